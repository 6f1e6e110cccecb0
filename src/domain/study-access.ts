import { createHash } from 'node:crypto';
import { loginFacts } from './case-facts.ts';
import { parseCaseId } from './identifiers.ts';
import type { EntryDraft } from './log-entry.ts';
import type { Principal, StudyReader } from './principal.ts';
import type { RecordedPurpose } from './purpose-of-use.ts';

/** Somebody reads images of a study. */
export interface StudyAccess {
  readonly caller: Principal | StudyReader;
  readonly study: string;
  readonly purpose: RecordedPurpose | undefined;
  /** Which of several PACS holds it; empty or absent for the main one. */
  readonly pacs?: string | undefined;
  /** When it was first read, ms since the epoch. */
  readonly at: number;
  /** The practitioner in the register, where the login is one person's. */
  readonly practitioner?: string | undefined;
  readonly requestId?: string;
}

/** Who an access counts for: the session of a person, or the case an AI endpoint reads for. */
export function readerOf(caller: Principal | StudyReader): string {
  return caller.kind === 'person' ? caller.sessionRef : caller.caseId;
}

/**
 * The record that images of a study were read (PS3.15 §A.5.3.6: event 110103, action R). Its id is a SHA-256 over reader, study and
 * purpose, so that the log itself keeps it to one entry, whichever node or process writes it, and however often.
 */
export function accessEntry(access: StudyAccess): EntryDraft {
  const { caller, study, requestId } = access;
  return {
    id: accessId(access),
    kind: 'study.accessed',
    ...caseOf(caller),
    ...(requestId === undefined ? {} : { requestId }),
    facts: { ...whoseFacts(caller), access: factsOf(access) },
    personal: { studyUid: study, ...personOf(access) },
    retainClass: 'security',
  };
}

/** Somebody sees a stored object that is probably AI's and names no version of the register. */
export interface UnnamedView {
  readonly caller: Principal;
  readonly study: string;
  /** One of the study that they see. */
  readonly sopInstanceUid: string;
  readonly practitioner: string | undefined;
  readonly at: number;
  readonly requestId: string;
}

/**
 * The record that a person sees what nobody has named yet. There is no version that a case could be of; it is an access to the study,
 * once for each session, and unlike one to its images it is to be written before anything is shown.
 */
export function unnamedViewEntry(view: UnnamedView): EntryDraft {
  const { caller, study, sopInstanceUid, practitioner, at, requestId } = view;
  const text = JSON.stringify(['study.accessed', 'unnamed-result', caller.sessionRef, study]);
  return {
    id: `access-${createHash('sha256').update(text).digest('hex')}`,
    kind: 'study.accessed',
    requestId,
    facts: {
      auth: loginFacts(caller),
      access: { reader: 'person', at, session: caller.sessionRef, unnamedResult: true },
    },
    personal: {
      studyUid: study,
      resultSop: sopInstanceUid,
      subject: caller.subject,
      ...(practitioner === undefined ? {} : { user: practitioner }),
    },
    retainClass: 'imaging-record',
  };
}

function accessId({ caller, study, purpose }: StudyAccess): string {
  // JSON of an array: no choice of parts can be read as another.
  const text = JSON.stringify(['study.accessed', caller.kind, readerOf(caller), study, purpose ?? null]);
  return `access-${createHash('sha256').update(text).digest('hex')}`;
}

function caseOf(caller: StudyAccess['caller']): Pick<EntryDraft, 'caseId'> {
  const caseId = caller.kind === 'person' ? undefined : parseCaseId(caller.caseId);
  return caseId === undefined ? {} : { caseId };
}

/** Who reads, as far as it names nobody; which endpoint a token was for stands in its case's intent. */
function whoseFacts(caller: StudyAccess['caller']): Pick<EntryDraft['facts'], 'auth' | 'performer'> {
  if (caller.kind === 'person') return { auth: loginFacts(caller) };
  return caller.machine === undefined ? {} : { performer: caller.machine };
}

function factsOf({ caller, purpose, pacs, at }: StudyAccess): NonNullable<EntryDraft['facts']['access']> {
  return {
    reader: caller.kind === 'person' ? 'person' : 'ai-endpoint',
    at,
    ...(purpose === undefined ? {} : { purpose }),
    ...(pacs === undefined || pacs === '' ? {} : { pacs }),
    ...(caller.kind === 'person' ? { session: caller.sessionRef } : {}),
    ...(caller.kind === 'person' && caller.method === 'break-glass' ? { emergency: true } : {}),
  };
}

function personOf({ caller, practitioner }: StudyAccess): EntryDraft['personal'] {
  if (caller.kind !== 'person') return {};
  return { subject: caller.subject, ...(practitioner === undefined ? {} : { user: practitioner }) };
}
