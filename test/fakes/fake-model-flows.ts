import { NotIdentified } from '../../src/domain/errors.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { guidelineId } from '../../src/domain/record-text.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import type { RegisterRecord } from '../../src/flows/ports-register.ts';
import { listAllGuidelines, readGuideline } from '../../src/flows/read-guidelines.ts';
import {
  listModelVersions,
  readModelChoices,
  readModelVersion,
  readStopUse,
} from '../../src/flows/read-models.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { ETAG, loginOf } from './fake-people-flows.ts';
import { LEAD, modelRegister, RC } from './model-register.ts';
import { NOW } from './register-builder.ts';

const KNOWN_SESSION = 'known-session';
const DAY = 86_400_000;

type ModelFlows = Pick<
  Flows,
  | 'listModelVersions'
  | 'readModelVersion'
  | 'readModelChoices'
  | 'readStopUse'
  | 'listAllGuidelines'
  | 'readGuideline'
>;

/** Who looks at which register, and when. */
export interface ModelScene {
  readonly register: RegisterSnapshot;
  readonly viewer: Principal;
  readonly now: number;
}

/** What the flows about models and guidelines are given, over a register in memory. */
export function modelDeps({ register, viewer, now }: ModelScene) {
  return {
    identity: {
      verifyEvidence: async ({ sessionToken }: { readonly sessionToken?: string }) => {
        if (sessionToken !== KNOWN_SESSION) throw new NotIdentified();
        return viewer;
      },
    },
    clock: { nowMs: () => now, monotonicMs: () => 0 },
    register: {
      snapshot: () => register,
      find: async (kind: RegisterRecord['kind'], id: string) =>
        idsOf(register).includes(id) ? recordOf(kind, id) : undefined,
      findAll: async (kind: RegisterRecord['kind'], ids: readonly string[]) =>
        ids.map((id) => recordOf(kind, id)),
      historyOf: async (kind: RegisterRecord['kind'], id: string) => historyOf(register, kind, id),
    },
  };
}

/** The flows of the pages about models and guidelines; by default a Responsible Clinician looks. */
export function fakeModelFlows(changes: Partial<ModelScene> = {}): ModelFlows {
  const deps = modelDeps({ register: modelRegister(), viewer: loginOf(RC), now: NOW, ...changes });
  return {
    listModelVersions: (input, signal) => listModelVersions(deps, input, signal),
    readModelVersion: (input, signal) => readModelVersion(deps, input, signal),
    readModelChoices: (input, signal) => readModelChoices(deps, input, signal),
    readStopUse: (input, signal) => readStopUse(deps, input, signal),
    listAllGuidelines: (input, signal) => listAllGuidelines(deps, input, signal),
    readGuideline: (input, signal) => readGuideline(deps, input, signal),
  };
}

function idsOf(register: RegisterSnapshot): readonly string[] {
  return [
    ...register.modelVersions().map(({ model, version }) => `${model}@${version}`),
    ...register.stopUses().map(({ id }) => id),
    ...register.guidelines().map(guidelineId),
  ];
}

function recordOf(kind: RegisterRecord['kind'], id: string): RegisterRecord {
  return { kind, id, sequence: 41, recordedAt: NOW - 40 * DAY, etag: ETAG, record: {}, by: [LEAD] };
}

/** Registered by the lead, and a day later what it is now. */
function historyOf(
  register: RegisterSnapshot,
  kind: RegisterRecord['kind'],
  id: string,
): readonly RegisterRecord[] {
  const known = register.modelVersions().find(({ model, version }) => `${model}@${version}` === id);
  if (known === undefined) return [];
  const first = { ...recordOf(kind, id), record: { state: 'registered' } };
  if (known.state === 'registered') return [first];
  const { state } = known;
  return [first, { ...first, recordedAt: first.recordedAt + DAY, record: { state }, by: [RC, 'ada'] }];
}
