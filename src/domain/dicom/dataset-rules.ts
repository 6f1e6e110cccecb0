import type { UrlMapping } from './rewrite-dicom-urls.ts';

/** What a dataset says it is, at its top level only. */
export interface DatasetIdentity {
  readonly sopInstanceUid?: string;
  readonly sopClassUid?: string;
  readonly studyInstanceUid?: string;
  readonly seriesInstanceUid?: string;
}

/** The attributes that say so, in the order of the scans. */
export const IDENTITY_TAGS = ['00080018', '00080016', '0020000D', '0020000E'] as const;

/** Values in the order of the tags; padding goes, and what is empty names nothing. */
export function identityOf(values: readonly (string | undefined)[]): DatasetIdentity {
  const [sopInstanceUid, sopClassUid, studyInstanceUid, seriesInstanceUid] = values.map((value) =>
    value?.trim(),
  );
  return {
    ...(sopInstanceUid && { sopInstanceUid }),
    ...(sopClassUid && { sopClassUid }),
    ...(studyInstanceUid && { studyInstanceUid }),
    ...(seriesInstanceUid && { seriesInstanceUid }),
  };
}

/** What to do with each dataset of an answer. */
export interface DatasetRules {
  readonly mapping: UrlMapping;
  /** Asked for each dataset at the moment it leaves. One that names itself twice comes without a name. */
  readonly mayPass: (dataset: DatasetIdentity) => boolean;
  /**
   * Asked before datasets are judged, for all that have come: gives a promise where something must be looked up first. Must not reject.
   */
  readonly lookUp?: ((datasets: readonly DatasetIdentity[]) => Promise<void> | undefined) | undefined;
  /** Told of each dataset that passes, as it came; the bytes are good for this call only. */
  readonly onPassing?: ((dataset: DatasetIdentity, bytes: Uint8Array) => void) | undefined;
  /** Told when the answer was whole. */
  readonly onWhole?: (() => void) | undefined;
  /** Told how many addresses that left belong to no known host. */
  readonly onUnmapped?: ((count: number) => void) | undefined;
}
