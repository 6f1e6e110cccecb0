import { randomBytes } from 'node:crypto';
import type { CaseId, PractitionerId } from '../../src/domain/identifiers.ts';
import { parseCaseId } from '../../src/domain/identifiers.ts';
import type { EntryFacts } from '../../src/domain/log-entry.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import type { Evidence } from '../../src/domain/register.ts';
import type { FeedTokens } from '../../src/flows/ports-due.ts';
import { createFixedIdentity } from './fixed-identity.ts';
import { createMemoryCaseLog } from './memory-case-log.ts';
import {
  anApproval,
  aPractitioner,
  aPrincipal,
  aRegister,
  currentEvidence,
  entryEvidence,
  MODEL,
  NOW,
  practitionerId,
  PROVIDER,
  RADIOLOGIST,
  shippedPolicy,
  VERSION,
} from './register-builder.ts';

export const TRAINEE = practitionerId('trainee');
export const LEAD = practitionerId('lead');
export const never = new AbortController().signal;
const DAY = 86_400_000;

/** Secrets in memory, with the real store's rules. */
function memoryFeedTokens(): FeedTokens {
  const held = new Map<PractitionerId, { token: string; at: number }>();
  return {
    issue: async (owner, at) => {
      const token = randomBytes(32).toString('base64url');
      held.set(owner, { token, at });
      return token;
    },
    revoke: async (owner) => held.delete(owner),
    ownerOf: async (token) => [...held].find(([, one]) => one.token === token)?.[0],
    madeAt: async (owner) => held.get(owner)?.at,
  };
}

export function caseIdOf(number: number): CaseId {
  const id = parseCaseId(`c-00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
  if (id === undefined) throw new Error('a made-up case identifier');
  return id;
}

/**
 * A register with an RC-AI who supervises a trainee, a programme lead, somebody else, and a login of two people; sessions named like
 * them; and their case log in memory.
 */
export function createDueHouse(options: { readonly evidence?: readonly Evidence[] } = {}) {
  const caseLog = createMemoryCaseLog({ clock: { nowMs: () => now } });
  const acts: RegisterAct[] = [];
  const feedTokens = memoryFeedTokens();
  let now = NOW;
  let count = 0;
  let turns = 0;
  let more: readonly Evidence[] = options.evidence ?? [];
  const policy = shippedPolicy();
  const twice = [{ provider: PROVIDER, subject: 'twice' }];
  const supervised = { practitioner: TRAINEE, mode: 'supervised', supervisor: RADIOLOGIST } as const;
  const snapshot = () =>
    aRegister({
      policy,
      practitioners: [
        aPractitioner(),
        aPractitioner({ id: TRAINEE, name: '=Tess Trainee' }),
        aPractitioner({ id: LEAD, name: 'Lee Lead', profession: 'other', roles: ['programme-lead'] }),
        aPractitioner({ id: practitionerId('stranger'), name: 'Sam Stranger' }),
        aPractitioner({ id: practitionerId('one'), identities: twice }),
        aPractitioner({ id: practitionerId('two'), identities: twice }),
      ],
      evidence: [...currentEvidence(RADIOLOGIST), ...entryEvidence(TRAINEE), ...more],
      approvals: [anApproval(), anApproval({ id: 'approval-2', ...supervised })],
    });
  const person = (subject: string, changes: Partial<Principal> = {}): Principal =>
    aPrincipal({ subject, ...changes });
  const identity = createFixedIdentity({
    radiologist: person(RADIOLOGIST),
    trainee: person(TRAINEE),
    lead: person(LEAD),
    stranger: person('stranger'),
    twice: person('twice'),
    nobody: person('nobody'),
    emergency: person('emergency', { method: 'break-glass' }),
    unconfirmed: person(RADIOLOGIST, { unconfirmed: true }),
    images: person(RADIOLOGIST, { scopes: ['images'] }),
    ai: person(RADIOLOGIST, { scopes: ['ai'] }),
  });
  const deps = {
    identity,
    register: { snapshot },
    caseLog,
    caseLogReader: caseLog,
    feedTokens,
    clock: { nowMs: () => now, monotonicMs: () => 0 },
    ids: { newId: () => `id-${String((count += 1))}`, newCaseId: () => caseIdOf(1) },
    timeZone: 'Europe/London',
    publicUrl: 'https://gateway.example',
    sites: ['general'],
    simulator: false,
    othersTurn: async () => {
      turns += 1;
    },
    performAct: async ({ act }: { readonly act: RegisterAct }): Promise<RegisterProposal> => {
      acts.push(act);
      return {
        digest: 'sha256:0',
        act: act.act,
        people: 1,
        proposedAt: now,
        changes: [],
        signedBy: [],
        keys: [],
        consents: [],
        state: 'applied',
      };
    },
  };
  return {
    deps,
    caseLog,
    /** How often others were given their turn. */
    turns: () => turns,
    acts,
    feedTokens,
    setNow: (at: number) => void (now = at),
    addEvidence: (pieces: readonly Evidence[]) => void (more = [...more, ...pieces]),
    /** Writes a supervised case of the trainee into the log, released. */
    runCase: async (number: number, supervisor: string = RADIOLOGIST): Promise<void> => {
      now += DAY / 1_000;
      const facts: EntryFacts = {
        function: 'detection',
        model: { id: MODEL, version: VERSION },
        approval: { id: 'approval-2', mode: 'supervised' },
      };
      const entry = { caseId: caseIdOf(number), retainClass: 'imaging-record' } as const;
      const personal = { user: TRAINEE, supervisor, studyUid: `1.2.${String(number)}`, patientId: 'P-1' };
      await caseLog.append({ ...entry, id: `i${String(number)}`, kind: 'case.intent', facts, personal });
      const release = { release: { action: 'released', reasons: [] } } as const;
      await caseLog.append({
        ...entry,
        id: `o${String(number)}`,
        kind: 'case.outcome',
        intent: `i${String(number)}`,
        facts: { ...facts, ...release },
        personal,
      });
    },
  };
}

export type DueHouse = ReturnType<typeof createDueHouse>;

/** Input of whoever has this session. */
export function as(session: string): {
  readonly evidence: { readonly sessionToken: string };
  readonly requestId: string;
} {
  return { evidence: { sessionToken: session }, requestId: 'request-1' };
}
