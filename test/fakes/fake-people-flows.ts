import { NotIdentified } from '../../src/domain/errors.ts';
import type { PractitionerId } from '../../src/domain/identifiers.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { RecordDraft, RegisterActName } from '../../src/domain/register-acts.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import { listPeople } from '../../src/flows/list-people.ts';
import type { RegisterRecord } from '../../src/flows/ports-register.ts';
import { readApproval, readApprovalChoices, readCarryOver } from '../../src/flows/read-approvals.ts';
import { listEvidence, readEvidencePiece } from '../../src/flows/read-evidence.ts';
import { readProfile } from '../../src/flows/read-profile.ts';
import { listWaiting, readWaiting } from '../../src/flows/read-waiting.ts';
import { whoAmI } from '../../src/flows/who-am-i.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { DIRECTOR, LEAD, peopleRegister, RADIOGRAPHER } from './people-register.ts';
import { NOW } from './register-builder.ts';

const KNOWN_SESSION = 'known-session';
/** What every record of the fakes has for an entity tag. */
export const ETAG = '41-abc';

type PeopleFlows = Pick<
  Flows,
  | 'whoAmI'
  | 'readProfile'
  | 'listPeople'
  | 'listEvidence'
  | 'readEvidencePiece'
  | 'readApprovalChoices'
  | 'readApproval'
  | 'readCarryOver'
  | 'listWaiting'
  | 'readWaiting'
>;

/** Somebody of the register with a smart card shown five minutes ago. */
export function loginOf(subject: PractitionerId, changes: Partial<Principal> = {}): Principal {
  return {
    kind: 'person',
    provider: 'urn:example:idp',
    subject,
    method: 'saml',
    assurance: 3,
    authenticatedAt: NOW - 300_000,
    expiresAt: NOW + 3_600_000,
    sessionRef: 'ref-1',
    ...changes,
  };
}

export const AWARD_DIGEST = `sha256:${'e'.repeat(64)}`;

/** Something that Alice proposed and nobody has confirmed. */
export function waitingProposal(changes: Partial<RegisterProposal> = {}): RegisterProposal {
  return {
    digest: AWARD_DIGEST,
    act: 'change-practitioner',
    people: 2,
    proposedAt: NOW - 60_000,
    changes: [
      {
        kind: 'practitioner',
        id: RADIOGRAPHER,
        action: 'changed',
        digest: `sha256:${'a'.repeat(64)}`,
        entry: 'register.change',
        person: RADIOGRAPHER,
      },
    ],
    signedBy: [],
    keys: [],
    consents: [
      { practitioner: LEAD, method: 'saml', assurance: 3, authenticatedAt: NOW - 300_000, at: NOW - 60_000 },
    ],
    state: 'pending',
    ...changes,
  };
}

interface Pending {
  readonly proposal: RegisterProposal;
  readonly drafts: readonly RecordDraft[];
}

const CHANGE: Pending = {
  proposal: waitingProposal(),
  drafts: [
    {
      kind: 'practitioner',
      id: RADIOGRAPHER,
      record: {
        id: RADIOGRAPHER,
        name: 'Ben Adéyemi',
        profession: 'radiographer',
        professionalBody: 'HCPC',
        registrationNumber: 'RA12345',
        band: 8,
        roles: ['ai-faculty'],
        identities: [{ provider: 'urn:example:idp', subject: 'ben.adeyemi' }],
        scope: { modalities: ['CT', 'MR'], bodyParts: ['CHEST'], populations: ['adult'] },
      },
    },
  ],
};

/** Who looks at which register, and what waits in it. */
export interface PeopleScene {
  readonly register: RegisterSnapshot;
  readonly viewer: Principal;
  readonly pending: readonly Pending[];
  readonly now: number;
}

/** The flows of the pages about people, over a made-up register in memory; by default Alice, who leads the programme, looks. */
export function fakePeopleFlows(changes: Partial<PeopleScene> = {}): PeopleFlows {
  const { register, viewer, pending, now }: PeopleScene = {
    register: peopleRegister(),
    viewer: loginOf(LEAD),
    pending: [CHANGE],
    now: NOW,
    ...changes,
  };
  const one = (digest: string): Pending => {
    const found = pending.find(({ proposal }) => proposal.digest === digest);
    if (found === undefined) throw new TypeError('the fakes know no such proposal');
    return found;
  };
  const deps = {
    identity: {
      verifyEvidence: async ({ sessionToken }: { readonly sessionToken?: string }) => {
        if (sessionToken !== KNOWN_SESSION) throw new NotIdentified();
        return viewer;
      },
    },
    clock: { nowMs: () => now, monotonicMs: () => 0 },
    register: {
      snapshot: () => register,
      pending: async () => pending.map(({ proposal }) => proposal),
      draftsOf: async (digest: string) => one(digest).drafts,
      proposal: async (digest: string) => one(digest).proposal,
      find: async (kind: RegisterRecord['kind'], id: string) => recordOf(register, kind, id),
      historyOf: async (kind: RegisterRecord['kind'], id: string) =>
        [recordOf(register, kind, id)].flatMap((record) => record ?? []),
    },
  };
  return {
    whoAmI: (input, signal) => whoAmI(deps, input, signal),
    readProfile: (input, signal) => readProfile(deps, input, signal),
    listPeople: (input, signal) => listPeople(deps, input, signal),
    listEvidence: (input, signal) => listEvidence(deps, input, signal),
    readEvidencePiece: (input, signal) => readEvidencePiece(deps, input, signal),
    readApprovalChoices: (input, signal) => readApprovalChoices(deps, input, signal),
    readApproval: (input, signal) => readApproval(deps, input, signal),
    readCarryOver: (input, signal) => readCarryOver(deps, input, signal),
    listWaiting: (input, signal) => listWaiting(deps, input, signal),
    readWaiting: (input, signal) => readWaiting(deps, input, signal),
  };
}

/** A record as the store would tell it. */
function recordOf(
  register: RegisterSnapshot,
  kind: RegisterRecord['kind'],
  id: string,
): RegisterRecord | undefined {
  const all = register.practitioners();
  const found: object | undefined =
    kind === 'practitioner'
      ? all.find((person) => person.id === id)
      : all
          .flatMap((person) => [...register.evidenceOf(person.id), ...register.approvalsOf(person.id)])
          .find((record) => record.id === id);
  if (found === undefined) return undefined;
  return {
    kind,
    id,
    sequence: 41,
    recordedAt: NOW - 86_400_000,
    etag: ETAG,
    record: { ...found },
    by: [LEAD, DIRECTOR],
  };
}

/** A proposal that is in force, as the flow of an act answers it. */
export function appliedAct(act: RegisterActName): RegisterProposal {
  return waitingProposal({ act, people: 1, state: 'applied' });
}
