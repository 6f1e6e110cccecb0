import { parseCaseId, type CaseId } from '../../src/domain/identifiers.ts';
import { deliveredEntry, unsolicitedCaseId, unsolicitedEntry } from '../../src/domain/result-case.ts';
import type { Disposition } from '../../src/domain/words.ts';
import { readHolds } from '../../src/flows/read-holds.ts';
import { recordDisposition } from '../../src/flows/record-disposition.ts';
import { createHoldsIndex } from '../../src/register/holds-index.ts';
import { createFixedIdentity } from './fixed-identity.ts';
import { createMarkedHouse, MARKED_STUDY, storedOf, type Marked, type MarkedHouse } from './marked-study.ts';
import type { MemoryCaseLog } from './memory-case-log.ts';
import { createMemoryStoredResults } from './memory-stored-results.ts';
import {
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aRegister,
  currentEvidence,
  MODEL,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  VERSION,
} from './register-builder.ts';
import { CASE } from './result-files.ts';
import { sopInstanceUid } from './uids.ts';

const BOB = practitionerId('bob');
const OPERATOR = practitionerId('operator');
const SUPERVISOR = practitionerId('supervisor');

/** Alice asked; Bob and the supervisor are colleagues who could have; the operator may see results and accept none. */
export const VIEWERS = ['alice', 'bob', 'supervisor', 'operator'] as const;

export interface HeldHouse extends MarkedHouse {
  readonly storedResults: ReturnType<typeof createMemoryStoredResults>;
  /** Somebody answers this case, by the flow that pages and programs use. */
  readonly say: (who: string, disposition: Disposition, caseId: CaseId) => Promise<void>;
  /** The case that this person's last look opened. */
  readonly lookOf: (who: string) => CaseId;
  /** The case log can be asked no more. */
  readonly loseLog: () => void;
}

/** A register in which all of these people may see what the ready-made version made. */
export function heldRegister(storedResults?: 'held' | 'released'): ReturnType<typeof aRegister> {
  const radiologists = [RADIOLOGIST, BOB, SUPERVISOR];
  return aRegister({
    practitioners: [...radiologists.map((id) => aPractitioner({ id })), aRadiographer({ id: OPERATOR })],
    evidence: [
      ...radiologists.flatMap((id) => currentEvidence(id)),
      ...currentEvidence(OPERATOR, 'ai-operator'),
    ],
    approvals: [...radiologists, OPERATOR].map((id) => anApproval({ id: `of-${id}`, practitioner: id })),
    policy: { ...shippedPolicy(), ...(storedResults && { storedResults }) },
  });
}

/** What AI stored in a study, held by the policy; everything about it is asked of the case log. */
export async function createHeldHouse(marked: readonly Marked[], like?: HeldHouse): Promise<HeldHouse> {
  const made = createMarkedHouse(marked);
  const storedResults = like?.storedResults ?? createMemoryStoredResults();
  const caseLog = like?.caseLog ?? made.caseLog;
  let isLost = false;
  const caseLogReader = {
    entries: (...given: Parameters<MemoryCaseLog['entries']>) =>
      isLost ? Promise.reject(new Error('away')) : caseLog.entries(...given),
  };
  const patience = { monotonicMs: () => 0, patienceMs: 20_000 };
  const read = { storedResults, caseLogReader };
  const holds = createHoldsIndex((study, uids) => readHolds(read, study, uids), patience);
  made.changeRegister(heldRegister('held'));
  const deps = { ...made.deps, caseLog, holds, identity: createFixedIdentity(peopleOf()) };
  if (like === undefined)
    for (const { digest: _digest, ...row } of made.objects.flatMap(storedOf)) await storedResults.keep(row);
  const lookOf = (who: string): CaseId => {
    const user = who === 'alice' ? RADIOLOGIST : who;
    const looks = caseLog
      .all()
      .filter(({ kind, personal }) => kind === 'case.viewed' && personal.user === user);
    return caseId(looks.at(-1)?.caseId ?? '');
  };
  let said = 0;
  const ids = {
    newId: () => `said-${String((said += 1))}-${String(caseLog.all().length)}`,
    newCaseId: () => CASE,
  };
  const say: HeldHouse['say'] = async (who, disposition, id) => {
    const input = { evidence: { bearerToken: who }, requestId: 'r-2', caseId: id, disposition };
    const answer = { ...input, reason: undefined, disclosed: undefined };
    await recordDisposition({ ...deps, caseLogReader: caseLog, ids }, answer, new AbortController().signal);
  };
  return { ...made, deps, caseLog, storedResults, say, lookOf, loseLog: () => void (isLost = true) };
}

function peopleOf() {
  return {
    alice: aPrincipal(),
    'alice-without-card': aPrincipal({ assurance: 2, sessionRef: 'session-4' }),
    ...Object.fromEntries(
      ['bob', 'supervisor', 'operator', 'stranger'].map((subject) => [
        subject,
        aPrincipal({ subject, sessionRef: `session of ${subject}` }),
      ]),
    ),
  };
}

function caseId(text: string): CaseId {
  const parsed = parseCaseId(text);
  if (parsed === undefined) throw new Error(`no case: ${text}`);
  return parsed;
}

interface Storing {
  readonly uids: readonly string[];
  /** Of what is stored; other bytes are another delivery. */
  readonly bytes?: string;
  /** Who asked for it; Alice under her supervisor where it is not said. */
  readonly by?: 'operator';
}

/** Somebody asked for it: the call is over, and these objects were stored for it. */
export async function storeAsked(
  { caseLog, storedResults }: HeldHouse,
  { uids, bytes = 'a', by }: Storing,
): Promise<CaseId> {
  const base = { caseId: CASE, retainClass: 'imaging-record' } as const;
  const model = { id: MODEL, version: VERSION };
  const people = by === undefined ? { user: RADIOLOGIST, supervisor: SUPERVISOR } : { user: OPERATOR };
  const personal = { ...people, studyUid: MARKED_STUDY };
  if (!caseLog.all().some(({ kind }) => kind === 'case.intent')) {
    await caseLog.append({
      ...base,
      id: 'i-1',
      kind: 'case.intent',
      facts: { function: 'detection', model },
      personal,
    });
    const facts = { release: { action: 'released', reasons: [] } } as const;
    await caseLog.append({
      ...base,
      id: 'i-1:end',
      intent: 'i-1',
      kind: 'case.outcome',
      facts,
      personal: {},
    });
  }
  await caseLog.append(deliveredEntry(workOf(uids), CASE, [{ before: bytes, after: bytes }]));
  await storedResults.noteCase(uids.map(sopInstanceUid), CASE);
  return CASE;
}

/** An AI that ran by itself stored them. */
export async function storeUnasked(
  { caseLog, storedResults }: HeldHouse,
  { uids, bytes = 'a' }: Storing,
): Promise<void> {
  const work = workOf(uids);
  await caseLog.append(unsolicitedEntry(work));
  await caseLog.append(deliveredEntry(work, unsolicitedCaseId(work), [{ before: bytes, after: bytes }]));
  await storedResults.noteCase(uids.map(sopInstanceUid), unsolicitedCaseId(work));
}

function workOf(uids: readonly string[]): Parameters<typeof unsolicitedEntry>[0] {
  return {
    machine: 'ai',
    modelVersion: { model: MODEL, version: VERSION },
    studyInstanceUid: MARKED_STUDY,
    study: undefined,
    first: uids.map(sopInstanceUid)[0],
    requestId: 'r-9',
  };
}
