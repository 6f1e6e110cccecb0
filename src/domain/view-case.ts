import { createHash } from 'node:crypto';
import type { CaseId } from './identifiers.ts';

/** What makes two looks at stored AI results one case. */
export interface ViewKey {
  readonly kind: 'case.viewed' | 'case.refused';
  readonly sessionRef: string;
  readonly studyInstanceUid: string;
  readonly model: string;
  readonly version: string;
  /** Reason codes of a refusal: other reasons are another refusal. */
  readonly reasons: readonly string[];
}

/** Names of a case that follow from what it is about. */
export interface ViewNames {
  /** Idempotency id of the entry. */
  readonly entryId: string;
  readonly caseId: CaseId;
}

/**
 * Names a look at stored AI results by a SHA-256 over its key: the same session, study and model version always give the
 * same names, so that the log itself keeps it to one entry, whichever node or process writes it.
 */
export function viewNames(key: ViewKey): ViewNames {
  const { kind, sessionRef, studyInstanceUid, model, version, reasons } = key;
  // JSON of an array: no choice of parts can be read as another.
  const text = JSON.stringify([kind, sessionRef, studyInstanceUid, model, version, ...reasons]);
  const hex = createHash('sha256').update(text).digest('hex');
  return { entryId: `view-${hex}`, caseId: parseDigestAsCaseId(hex) };
}

/** A case identifier from a digest: it has the shape of one by construction. */
function parseDigestAsCaseId(hex: string): CaseId {
  return `c-${uuidFrom(hex)}` as CaseId;
}

/** RFC 9562 §5.8: a UUID of version 8, whose other bits are ours to choose. */
function uuidFrom(hex: string): string {
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
