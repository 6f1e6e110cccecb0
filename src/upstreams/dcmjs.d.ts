/**
 * The shape of dcmjs, which ships no types, as far as the gateway, fixtures and tests use it. Narrow on purpose: an `any` here would switch
 * the type checker off wherever it flows.
 */
declare module 'dcmjs' {
  /** One element of the DICOM JSON-like form (PS3.18 §F.2): `Value` as dcmjs reads it. */
  export interface DicomElement {
    readonly vr: string;
    readonly Value?: readonly unknown[];
  }
  /** Elements by tag, `00100020`. */
  export type DicomElements = Record<string, DicomElement>;
  /** Values by keyword, `PatientID`; `_meta` and `_vrMap` are dcmjs's own. */
  export type NaturalDataset = Record<string, unknown>;

  export class DicomDict {
    constructor(meta: DicomElements);
    meta: DicomElements;
    dict: DicomElements;
    /** The file, Part 10 preamble and all. */
    write(options?: Readonly<Record<string, unknown>>): ArrayBuffer;
  }

  export const data: {
    readonly DicomDict: typeof DicomDict;
    readonly DicomMessage: {
      readFile(buffer: ArrayBuffer, options?: Readonly<Record<string, unknown>>): DicomDict;
    };
    readonly DicomMetaDictionary: {
      readonly nameMap: Readonly<
        Record<string, { readonly tag: string; readonly vr: string; readonly name: string }>
      >;
      uid(): string;
      date(): string;
      time(): string;
      naturalizeDataset(elements: DicomElements): NaturalDataset;
      denaturalizeDataset(dataset: NaturalDataset): DicomElements;
    };
    datasetToDict(dataset: NaturalDataset): DicomDict;
    datasetToBuffer(dataset: NaturalDataset): Buffer;
  };
  export const log: { setLevel(level: string): void };

  const dcmjs: { readonly data: typeof data; readonly log: typeof log };
  export default dcmjs;
}
