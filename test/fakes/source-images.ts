import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';

export const ROWS = 4;
export const COLUMNS = 6;

const one = (vr: string, ...values: readonly unknown[]) => ({ vr, Value: values });

/** The same image in another series. */
export function inSeries(series: string, image: DicomJsonObject): DicomJsonObject {
  return { ...image, '0020000E': one('UI', series), '00080018': one('UI', `${series}.${numberOf(image)}`) };
}

function numberOf(image: DicomJsonObject): string {
  return String(image['00200013']?.Value?.[0]);
}

/** Metadata of one image of a CT series of the study 1.2.3, as a PACS gives it. */
export function anImage(number: number, study = '1.2.3'): DicomJsonObject {
  return {
    '00080016': one('UI', '1.2.840.10008.5.1.4.1.1.2'),
    '00080018': one('UI', `${study}.1.${String(number)}`),
    '00080020': one('DA', '20260301'),
    '00080050': one('SH', 'A-1'),
    '00100010': one('PN', { Alphabetic: 'Grün^Ute' }),
    '00100020': one('LO', 'P-1'),
    '0020000D': one('UI', study),
    '0020000E': one('UI', `${study}.1`),
    '00200013': one('IS', number),
    '00200032': one('DS', 0, 0, number),
    '00200037': one('DS', 1, 0, 0, 0, 1, 0),
    '00200052': one('UI', `${study}.9`),
    '00180050': one('DS', 1),
    '00280010': one('US', ROWS),
    '00280011': one('US', COLUMNS),
    '00280030': one('DS', 0.5, 0.5),
  };
}
