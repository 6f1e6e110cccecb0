import type { ActOffer } from './act-offer.ts';
import type { EvidenceType } from './evidence-types.ts';
import type { Evidence, Instant, Practitioner } from './register.ts';

/** Evidence of a person, a page at a time. */
export interface EvidenceList {
  readonly practitioner: Practitioner;
  readonly isOwn: boolean;
  /** How many pieces there are of each kind, the kind with the newest piece first. */
  readonly counts: readonly { readonly type: EvidenceType; readonly count: number }[];
  /** Newest first. */
  readonly pieces: readonly Evidence[];
  /** How many there are on all pages. */
  readonly total: number;
  readonly names: Readonly<Record<string, string>>;
}

/** One state that a record had. */
export interface RecordState {
  readonly recordedAt: Instant;
  /** In the words of an import file; absent where it was taken back. */
  readonly record?: Readonly<Record<string, unknown>>;
  readonly removedBecause?: string;
  /** Practitioners, or administrators with keys. */
  readonly by: readonly string[];
}

/** One piece of evidence with everything it ever said. */
export interface EvidencePiece {
  readonly practitioner: Practitioner;
  readonly isOwn: boolean;
  readonly piece: Evidence;
  /** Entity tag of the record as it stands. */
  readonly etag: string;
  /** Oldest first. */
  readonly history: readonly RecordState[];
  readonly names: Readonly<Record<string, string>>;
  readonly offers: readonly ActOffer[];
}

/** How many pieces there are of each kind, in the order in which the kinds first occur. */
export function countTypes(evidence: readonly Evidence[]): EvidenceList['counts'] {
  return [...Map.groupBy(evidence, ({ type }) => type)].map(([type, pieces]) => ({
    type,
    count: pieces.length,
  }));
}
