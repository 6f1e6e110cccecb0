import type { DicomJsonObject } from './dicom-json.ts';

/** What the storage SOP classes of PS3.4 Annex B.5 hold, as far as telling AI results from images needs it. */

const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/**
 * Classes that scanners write: pictures as acquired. An object of these classes is an image and is not read any further.
 * Secondary capture, reports, segmentations, maps and everything unknown are not among them, because AI writes those.
 */
const ACQUISITION = new Set(
  [
    '1',
    '1.1',
    '1.1.1',
    '1.2',
    '1.2.1',
    '1.3',
    '1.3.1', // CR, DX, mammography, intra-oral
    '2',
    '2.1',
    '2.2', // CT
    '3',
    '3.1',
    '6',
    '6.1',
    '6.2', // ultrasound
    '4',
    '4.1',
    '4.2',
    '4.3',
    '4.4', // MR
    '12.1',
    '12.1.1',
    '12.2',
    '12.2.1',
    '12.3',
    '13.1.1',
    '13.1.2',
    '13.1.3',
    '13.1.4',
    '13.1.5', // XA, RF, breast tomography
    '14.1',
    '14.2', // intravascular OCT
    '5',
    '20',
    '128',
    '128.1',
    '130', // NM, PET
    '77.1.1',
    '77.1.1.1',
    '77.1.2',
    '77.1.2.1',
    '77.1.3',
    '77.1.4',
    '77.1.4.1',
    '77.1.5.1',
    '77.1.5.2',
    '77.1.5.4',
    '77.1.6', // visible light
    '481.1',
    '481.4',
    '481.6',
    '481.7',
    '481.8',
    '481.9', // radiotherapy
    '9.1.1',
    '9.1.2',
    '9.1.3',
    '9.2.1',
    '9.3.1',
    '9.4.1',
    '9.4.2',
    '9.5.1',
    '9.6.1', // waveforms
  ].map((tail) => STORAGE + tail),
);

/** Radiation dose reports: a machine's own account of dose, signed by no person, and nothing a model found. */
const DOSE_REPORTS = new Set(['88.67', '88.68', '88.73', '88.76'].map((tail) => STORAGE + tail));

/** Reports of computer-aided detection: by their class the work of an algorithm. */
const DETECTION_REPORTS = new Set(['88.50', '88.65', '88.69'].map((tail) => STORAGE + tail));

const SECONDARY_CAPTURE = new Set(['7', '7.1', '7.2', '7.3', '7.4'].map((tail) => STORAGE + tail));

/** Prefixes of classes that hold no picture to diagnose from: presentation states, maps, segmentations, reports, PDF. */
const NOT_IMAGES = [
  '9.',
  '11.',
  '30',
  '66',
  '67',
  '68.',
  '88.',
  '90.',
  '91.',
  '104.',
  '481.3',
  '481.4',
  '481.5',
  '481.8',
  '481.9',
].map((tail) => STORAGE + tail);

/** Prefixes of classes without any picture: reports and presentation states. */
const WITHOUT_PICTURE = ['11.', '88.'].map((tail) => STORAGE + tail);

/** True for classes that cannot hold an AI result as far as we judge by class: acquired images and dose reports. */
export function isPlainClass(sopClassUid: string): boolean {
  return ACQUISITION.has(sopClassUid) || DOSE_REPORTS.has(sopClassUid);
}

/** What says who made an object stands in here, for the classes that name it: segments, contours, the content of a report. */
const TOLD_IN: readonly (readonly [prefix: string, tag: string])[] = [
  ['66.4', '00620002'],
  ['66.7', '00620002'],
  ['481.3', '30060020'],
  ['88.', '0040A730'],
].map(([tail = '', tag = '']) => [STORAGE + tail, tag] as const);

/** True where metadata lack the part that would say who made the object, as some archives shorten them: it can be told from nothing. */
export function lacksContent(sopClassUid: string, metadata: DicomJsonObject): boolean {
  const tag = TOLD_IN.find(([prefix]) => sopClassUid.startsWith(prefix))?.[1];
  return tag !== undefined && !Array.isArray(metadata[tag]?.Value);
}

/** True for reports of computer-aided detection. */
export function isDetectionReport(sopClassUid: string): boolean {
  return DETECTION_REPORTS.has(sopClassUid);
}

/** True for secondary captures: screen shots, digitised film, overlays. */
export function isSecondaryCapture(sopClassUid: string): boolean {
  return SECONDARY_CAPTURE.has(sopClassUid);
}

/** True for classes with pictures, as far as intended use is concerned. */
export function isImageClass(sopClassUid: string): boolean {
  return !NOT_IMAGES.some((prefix) => sopClassUid.startsWith(prefix));
}

/** True where a small picture of the object could show what it says; unknown classes could. */
export function mayShowInThumbnail(sopClassUid: string): boolean {
  return !WITHOUT_PICTURE.some((prefix) => sopClassUid.startsWith(prefix));
}

/** Modalities of series that hold no picture to diagnose from (PS3.3 §C.7.3.1.1.1). */
const NON_IMAGE_MODALITIES = new Set([
  'SR',
  'SEG',
  'KO',
  'PR',
  'DOC',
  'REG',
  'FID',
  'RWV',
  'ANN',
  'PLAN',
  'SMR',
  'AU',
  'ECG',
  'EPS',
  'HD',
  'M3D',
  'RTSTRUCT',
  'RTPLAN',
  'RTDOSE',
  'RTRECORD',
  'RTSEGANN',
  'STAIN',
  'TEXTUREMAP',
  'POS',
  'OPTBSV',
  'OPTENF',
]);

/** True for modalities of image series. */
export function isImageModality(modality: string): boolean {
  return !NON_IMAGE_MODALITIES.has(modality);
}
