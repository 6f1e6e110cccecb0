import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';

/** Makes files of datasets. */
export interface ResultWriter {
  /**
   * The dataset as a Part 10 file in Explicit VR Little Endian, read back and held against it: who made it stands in it as it did. Throws
   * GatewayError('internal') where it does not.
   */
  readonly write: (dataset: DicomJsonObject) => Uint8Array;
}
