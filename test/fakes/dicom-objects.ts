import type { DicomJsonElement, DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';

/** Elements in the DICOM JSON model, written short. */
export const text = (vr: string, ...values: readonly unknown[]): DicomJsonElement => ({ vr, Value: values });
export const items = (...datasets: readonly DicomJsonObject[]): DicomJsonElement => ({
  vr: 'SQ',
  Value: datasets,
});
export const code = (value: string, scheme = 'DCM'): DicomJsonElement =>
  items({ '00080100': text('SH', value), '00080102': text('SH', scheme), '00080104': text('LO', 'meaning') });

/** A text item of a report. */
export const named = (concept: string, value: string): DicomJsonObject => ({
  '0040A010': text('CS', 'HAS CONCEPT MOD'),
  '0040A040': text('CS', 'TEXT'),
  '0040A043': code(concept),
  '0040A160': text('UT', value),
});

/** A container of a report. */
export const container = (...children: readonly DicomJsonObject[]): DicomJsonObject => ({
  '0040A040': text('CS', 'CONTAINER'),
  '0040A730': items(...children),
});

/** A coded item of a report. */
export const coded = (concept: string, value: string): DicomJsonObject => ({
  '0040A040': text('CS', 'CODE'),
  '0040A043': code(concept),
  '0040A168': code(value),
});

/** An Algorithm Identification (PS3.3 §10.16). */
export const algorithm = (name: string | undefined, version?: string): DicomJsonObject => ({
  '0066002F': code('1'),
  ...(name === undefined ? {} : { '00660036': text('LO', name) }),
  ...(version === undefined ? {} : { '00660031': text('LO', version) }),
});

/** A segmentation with these segments. */
export const segmentation = (...segments: readonly DicomJsonObject[]): DicomJsonObject => ({
  '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.66.4'),
  '00620002': items(...segments),
});

export const segment = (type: string, name?: string, identification?: DicomJsonObject): DicomJsonObject => ({
  '00620008': text('CS', type),
  ...(name === undefined ? {} : { '00620009': text('LO', name) }),
  ...(identification === undefined ? {} : { '00620007': items(identification) }),
});
