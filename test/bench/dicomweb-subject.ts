/** What the bench asks for: one study of plain images, of one series. */
export const STUDY = '1.2.826.0.1.3680043.8.498.1';
export const SERIES = `${STUDY}.2`;
export const INSTANCES = 600;
export const FRAME_BYTES = 512 * 1024;
export const LONG_STUDY_BYTES = 4 * 1024 ** 3;

export function instanceUid(at: number): string {
  return `${SERIES}.${String(at + 1)}`;
}

/** A patient of whom the PACS says something else each time. */
export const CHANGING = 'CHANGING';

export const PATHS = {
  frame: `/dicom-web/studies/${STUDY}/series/${SERIES}/instances/${instanceUid(300)}/frames/1`,
  qido: '/dicom-web/studies?PatientID=P0001&limit=101',
  /** Answered otherwise each time. */
  changing: `/dicom-web/studies?PatientID=${CHANGING}&limit=101`,
  study: `/dicom-web/studies/${STUDY}`,
} as const;
