import { createHash } from 'node:crypto';
import { caseNameFrom } from './case-name.ts';
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
  return { entryId: `view-${hex}`, caseId: caseNameFrom(hex) };
}
