import { parseSearchQuery } from '../../src/domain/dicom/dicomweb-query.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import type { Caller, Machine } from '../../src/domain/principal.ts';
import { cancelWorkitem, updateWorkitem } from '../../src/flows/change-workitem.ts';
import { changeWorkitemState } from '../../src/flows/change-workitem-state.ts';
import { createWorkitem } from '../../src/flows/create-workitem.ts';
import { readWorkitem, searchWorkitems, type FoundWorkitems } from '../../src/flows/read-workitems.ts';
import {
  subscribeToWorkitems,
  suspendSubscription,
  unsubscribeFromWorkitems,
} from '../../src/flows/subscribe-workitems.ts';
import { sweepWorkitems } from '../../src/flows/sweep-workitems.ts';
import { createWorkitemEvents, type ChannelEnd } from '../../src/flows/workitem-events.ts';
import type { StoredResult } from '../../src/flows/ports-store.ts';
import type { OtherNodes } from '../../src/flows/ports-workitems.ts';
import { createInferenceHouse, SESSION } from './inference-house.ts';
import { createMemoryStoredResults } from './memory-stored-results.ts';
import { createMemorySubscriptions } from './memory-subscriptions.ts';
import { createMemoryWorkitems } from './memory-workitems.ts';
import {
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aRegister,
  aStudy,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  VERSION,
} from './register-builder.ts';
import { seriesUid, sopInstanceUid } from './uids.ts';
import { aWorkitemDraft, toState } from './workitem-drafts.ts';

const OPERATOR = practitionerId('radiographer');
const DAY = 86_400_000;
/** The performer of the ready-made version, and one that is its twin. */
export const PERFORMER = 'chest-ai';
export const TWIN = 'chest-ai-two';
export const KEY = '1.77';

const never = new AbortController().signal;
const bearer = (token: string) => ({ evidence: { bearerToken: token }, requestId: 'request-1' });

function machine(id: string, models: Machine['models'], purpose: Machine['purpose'] = 'ai-results'): Machine {
  return { kind: 'machine', id, purpose, models, proof: 'key' };
}

/** Everybody who comes, by their token. */
function callers(): Readonly<Record<string, Caller>> {
  const own = [{ model: MODEL, version: VERSION }];
  const operator = aPrincipal({ subject: OPERATOR, sessionRef: 'session-2' });
  return {
    [SESSION]: aPrincipal(),
    rcai: aPrincipal(),
    operator,
    images: aPrincipal({ scopes: ['images'] }),
    unsure: aPrincipal({ unconfirmed: true }),
    emergency: aPrincipal({ method: 'break-glass' }),
    stranger: aPrincipal({ subject: 'nobody' }),
    [PERFORMER]: machine(PERFORMER, own),
    [TWIN]: machine(TWIN, own),
    'other-ai': machine('other-ai', [
      { model: MODEL, version: '9.9.9' },
      { model: '!', version: '1' },
    ]),
    ct: machine('ct', [], 'modality'),
    endpoint: { kind: 'study-reader', studyInstanceUid: '1.7', caseId: 'c-1', expiresAt: NOW + 1 },
  };
}

/** A register with an RC-AI, and an operator who has no more than an approval of their own. */
export function workitemRegister(
  changes: Parameters<typeof aRegister>[0] = {},
): ReturnType<typeof aRegister> {
  return aRegister({
    practitioners: [aPractitioner(), aRadiographer()],
    evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(OPERATOR, 'ai-operator')],
    approvals: [
      anApproval(),
      anApproval({ id: 'approval-2', practitioner: OPERATOR, functions: ['detection'] }),
    ],
    ...changes,
  });
}

/** Everything around workitems, in memory, with the flows as each caller calls them. `beside` is a node with the same store. */
export function createWorkitemHouse(
  beside?: {
    readonly workitems: ReturnType<typeof createMemoryWorkitems>;
    readonly subscriptions: ReturnType<typeof createMemorySubscriptions>;
  },
  others?: OtherNodes,
) {
  const people = callers();
  const house = createInferenceHouse({ register: workitemRegister(), people });
  const workitems = beside?.workitems ?? createMemoryWorkitems();
  const subscriptions = beside?.subscriptions ?? createMemorySubscriptions(workitems);
  const storedResults = createMemoryStoredResults();
  let nowMs = NOW;
  const clock = { nowMs: () => nowMs, monotonicMs: () => 0 };
  const terms = { openMs: 7 * DAY, keepMs: 7 * DAY, lockedMs: 90 * DAY };
  const { identity, register } = house.deps;
  const events = createWorkitemEvents({ identity, register, clock, workitems, subscriptions }, others);
  const left = new Set<string>();
  const creators = {
    stands: async ({ sessionRef }: { readonly sessionRef: string }) => !left.has(sessionRef),
  };
  const shared = { workitems, subscriptions, events, storedResults, creators };
  const deps = {
    ...house.deps,
    ...shared,
    caseLogReader: house.log,
    clock,
    terms,
    pause: async () => undefined,
  };
  const uidOf = sopInstanceUid;
  const named = (token: string, uid: string, dataset: DicomJsonObject) => ({
    ...bearer(token),
    uid: uidOf(uid),
    dataset,
  });
  return {
    ...house,
    deps,
    workitems,
    subscriptions,
    events,
    storedResults,
    callers: people,
    /** Whoever is known by this token signs out. */
    leave: (token: string) => void left.add(sessionOf(people[token])),
    setNow: (next: number) => void (nowMs = next),
    create: (token = 'operator', uid = '1.5.1', dataset: DicomJsonObject = aWorkitemDraft()) =>
      createWorkitem(deps, named(token, uid, dataset), never),
    createNameless: () => createWorkitem(deps, { ...bearer('operator'), dataset: aWorkitemDraft() }, never),
    read: (token: string, uid = '1.5.1') => readWorkitem(deps, { ...bearer(token), uid: uidOf(uid) }, never),
    search: (token: string, query = ''): Promise<FoundWorkitems> =>
      searchWorkitems(deps, { ...bearer(token), query: parseSearchQuery(query) }, never),
    update: (token: string, dataset: DicomJsonObject, transactionUid?: string) =>
      updateWorkitem(
        deps,
        { ...named(token, '1.5.1', dataset), ...(transactionUid === undefined ? {} : { transactionUid }) },
        never,
      ),
    state: (token: string, state: string, key: string | undefined = KEY) =>
      changeWorkitemState(deps, named(token, '1.5.1', toState(state, key)), never),
    stateWithoutKey: (token: string, state: string) =>
      changeWorkitemState(deps, named(token, '1.5.1', toState(state)), never),
    cancel: (token: string, dataset: DicomJsonObject = {}) =>
      cancelWorkitem(deps, named(token, '1.5.1', dataset), never),
    subscribe: (token: string, of: string, aet = 'ME', query = '') =>
      subscribeToWorkitems(deps, { ...bearer(token), of, aet, query }, never),
    unsubscribe: (token: string, of: string, aet = 'ME') =>
      unsubscribeFromWorkitems(deps, { ...bearer(token), of, aet }, never),
    suspend: (token: string, of: string, aet = 'ME') =>
      suspendSubscription(deps, { ...bearer(token), of, aet }, never),
    listen: async (token: string, aet = 'ME') => {
      const [reports, ends]: [DicomJsonObject[], ChannelEnd[]] = [[], []];
      const { evidence } = bearer(token);
      const send = (report: DicomJsonObject): void => void reports.push(report);
      const end = (why: ChannelEnd): void => void ends.push(why);
      return { ...(await events.open({ aet, evidence, send, end }, never)), reports, ends };
    },
    sweep: () => sweepWorkitems(deps),
    /** The performer stores a result of this study through the gateway; `isWhole` says whether all of it arrived. */
    store: async (uid: string, by = PERFORMER, isWhole = true, changes: Partial<StoredResult> = {}) => {
      const sopInstanceUid = uidOf(uid);
      await storedResults.keep({
        sopInstanceUid,
        sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
        study: aStudy().studyInstanceUid,
        series: seriesUid('1.7'),
        machine: by,
        madeBy: { model: MODEL, version: VERSION },
        keptAt: nowMs,
        ...changes,
      });
      if (isWhole) await storedResults.noteDigests([{ sopInstanceUid, digest: 'sha256:aa' }]);
    },
  };
}

function sessionOf(caller: Caller | undefined): string {
  if (caller?.kind !== 'person') throw new TypeError('there is no such person');
  return caller.sessionRef;
}

export type WorkitemHouse = ReturnType<typeof createWorkitemHouse>;
