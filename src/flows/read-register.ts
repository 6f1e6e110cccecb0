import { GatewayError, NotPermitted } from '../domain/errors.ts';
import { explain } from '../domain/finding.ts';
import type { PractitionerId } from '../domain/identifiers.ts';
import { judgeMapping } from '../domain/decide-identity.ts';
import { mayReadRecordsOf, mayReadRegister } from '../domain/judge-roles.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
import type { Practitioner, RegisterSnapshot } from '../domain/register.ts';
import { identifyPerson } from './identify-person.ts';
import type { RegisterRecord, RegisterRecords } from './ports-register.ts';
import type { IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader & Pick<RegisterRecords, 'find' | 'historyOf' | 'page'>;
}

interface PageInput {
  readonly evidence: LoginEvidence;
  readonly kind: RegisterKind;
  /** Id of the last record of the page before. */
  readonly after: string | undefined;
  readonly limit: number;
  /** Only records about this person. */
  readonly person?: PractitionerId;
}

/** Records of one kind as they stand. */
export interface RegisterPage {
  readonly records: readonly RegisterRecord[];
  /** Where the next page starts; absent at the end. */
  readonly next?: string;
  /** How far the register had come when it was read. */
  readonly sequence: number;
}

/** Kinds that are about people: theirs, and for those with a duty around the register. The others are for everybody in it. */
const PERSONAL: readonly RegisterKind[] = ['practitioner', 'evidence', 'approval'];

/**
 * A page of the register's records of one kind, in the order of their ids. Of what is about people, everybody reads their own.
 * Throws NotIdentified, GatewayError('not-permitted'), RegisterUnavailable.
 */
export async function readRegisterPage(
  deps: Deps,
  input: PageInput,
  signal: AbortSignal,
): Promise<RegisterPage> {
  const { kind, after, limit, person } = input;
  const { reader, register } = await readerOf(deps, input.evidence, signal);
  if (!isForEverybody(kind) && !mayReadRecordsOf(reader, person)) throw notYours();
  const asked = { kind, after, limit, ...(person === undefined ? {} : { person }) };
  const records = await deps.register.page(asked);
  const last = records.at(-1);
  const isMore = records.length === limit && last !== undefined;
  return { records, ...(isMore ? { next: last.id } : {}), sequence: register.sequence };
}

interface RecordInput {
  readonly evidence: LoginEvidence;
  readonly kind: RegisterKind;
  readonly id: string;
}

/** One record as it stands, and every state it had, oldest first. */
interface RegisterRecordStates {
  /** Absent where it was taken back. */
  readonly current?: RegisterRecord;
  readonly history: readonly RegisterRecord[];
}

/**
 * One record and its history. Of what is about people, everybody reads their own; whether there is another’s is not told.
 * Throws NotIdentified, GatewayError('not-permitted' | 'not-found'), RegisterUnavailable.
 */
export async function readRegisterRecord(
  deps: Deps,
  input: RecordInput,
  signal: AbortSignal,
): Promise<RegisterRecordStates> {
  const { kind, id } = input;
  const { reader } = await readerOf(deps, input.evidence, signal);
  const states = await deps.register.historyOf(kind, id);
  const isFree = isForEverybody(kind) || mayReadRegister(reader);
  if (!isFree && !mayReadRecordsOf(reader, holderOf(kind, id, states))) throw notYours();
  const current = await deps.register.find(kind, id);
  if (states.length === 0) throw new GatewayError('not-found', { detail: 'There is no such record.' });
  const history = isFree ? states : ownStates(kind, states, reader);
  return { ...(current === undefined ? {} : { current }), history };
}

function isForEverybody(kind: RegisterKind): boolean {
  return !PERSONAL.includes(kind);
}

/** Whom a record is about by its newest words. */
function holderOf(kind: RegisterKind, id: string, history: readonly RegisterRecord[]): unknown {
  if (kind === 'practitioner') return id;
  return history.findLast(({ record }) => record !== undefined)?.record?.['practitioner'];
}

/** Evidence may have been entered for somebody else before it was put right: what it said of them is not the reader's. */
function ownStates(
  kind: RegisterKind,
  states: readonly RegisterRecord[],
  { id }: Practitioner,
): readonly RegisterRecord[] {
  if (kind === 'practitioner') return states;
  return states.filter(({ record }) => record === undefined || record['practitioner'] === id);
}

function notYours(): GatewayError {
  const detail =
    'You may read your own records. Those of others are for people with a duty around the register.';
  return new GatewayError('not-permitted', { detail });
}

async function readerOf(
  deps: Deps,
  evidence: LoginEvidence,
  signal: AbortSignal,
): Promise<{ readonly reader: Practitioner; readonly register: RegisterSnapshot }> {
  const caller = await identifyPerson(deps, { evidence, scope: 'records' }, signal);
  const register = deps.register.snapshot();
  const unclear = judgeMapping(caller, register);
  const [reader] = register.practitionersByIdentity(caller.provider, caller.subject);
  if (unclear.length > 0 || reader === undefined) throw new NotPermitted(explain(unclear));
  return { reader, register };
}
