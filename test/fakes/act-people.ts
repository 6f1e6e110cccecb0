import type { Policy } from '../../src/domain/policy.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { planAct, type ActPlan } from '../../src/domain/plan-act.ts';
import type { RecordDraft, RegisterAct } from '../../src/domain/register-acts.ts';
import type { Evidence, Instant, Practitioner, RegisterSnapshot } from '../../src/domain/register.ts';
import type { RegisterContents } from '../../src/register/index-register.ts';
import { parseTyped } from '../../src/register/parse-record.ts';
import { RECORD_SCHEMAS } from '../../src/register/register-schema.ts';
import {
  aModelVersion,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  buildSnapshot,
  currentEvidence,
  entryEvidence,
  NOW,
  practitionerId,
  shippedPolicy,
  versionString,
} from './register-builder.ts';

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

/** Everybody who has to do with the register: duties around it, Responsible Clinicians, operators, and those who have neither. */
export const PEOPLE = [
  'lead',
  'other-lead',
  'director',
  'faculty',
  'it',
  'auditor',
  'rc-one',
  'rc-two',
  'op-one',
  'op-two',
  'trainee',
  'registrar',
] as const;
export type PersonName = (typeof PEOPLE)[number];

const ROLES: Readonly<Partial<Record<PersonName, Practitioner['roles']>>> = {
  lead: ['programme-lead'],
  'other-lead': ['programme-lead'],
  director: ['clinical-director'],
  faculty: ['ai-faculty'],
  it: ['it'],
  auditor: ['auditor'],
};

/** One of them. Those with a duty around the register are registered with nobody. */
export function person(name: PersonName, changes: Partial<Practitioner> = {}): Practitioner {
  const id = practitionerId(name);
  const roles = ROLES[name];
  if (roles !== undefined) {
    return aPractitioner({ id, name, roles, profession: 'other', professionalBody: 'none', ...changes });
  }
  // A number of each person's own, as the register wants it.
  const said = { id, name, registrationNumber: `N-${changes.id ?? id}`, ...changes };
  if (name.startsWith('op-')) return aRadiographer(said);
  const profession = name === 'registrar' ? 'registrar' : 'radiologist';
  return aPractitioner({ profession, ...said });
}

/** What stands for them: credentials that are current, or the entry to the pathway. */
export function evidenceOfPeople(): readonly Evidence[] {
  return [
    ...currentEvidence(practitionerId('rc-one')),
    ...currentEvidence(practitionerId('rc-two')),
    ...currentEvidence(practitionerId('op-one'), 'ai-operator'),
    ...currentEvidence(practitionerId('op-two'), 'ai-operator'),
    ...entryEvidence(practitionerId('trainee')),
    ...entryEvidence(practitionerId('registrar')),
  ];
}

/** The policy that ships, read once. */
export const POLICY: Policy = shippedPolicy();
export const NEW_VERSION = versionString('3.0.0');

type Contents = Partial<RegisterContents>;

/** All of them, a released version, and a new one that is registered. */
export function peopleRegister(changes: Contents = {}, policy = POLICY): RegisterSnapshot {
  return snapshotOf(contentsOfPeople(changes), policy);
}

/** A register of exactly these records. */
export function snapshotOf(contents: Contents, policy = POLICY): RegisterSnapshot {
  return buildSnapshot({ ...contents, policy });
}

export function contentsOfPeople(changes: Contents = {}): Contents {
  return {
    practitioners: PEOPLE.map((name) => person(name)),
    evidence: evidenceOfPeople(),
    modelVersions: [
      aModelVersion(),
      aModelVersion({ version: NEW_VERSION, state: 'registered', releases: [] }),
    ],
    ...changes,
  };
}

/** Somebody of them who has just shown a smart card. */
export function signedIn(name: PersonName, changes: Partial<Principal> = {}): Principal {
  return aPrincipal({ subject: name, sessionRef: `session-of-${name}`, ...changes });
}

interface Doing {
  readonly by: PersonName;
  readonly register: RegisterSnapshot;
  readonly now?: Instant;
  readonly login?: Partial<Principal>;
}

/** What an act of theirs comes to. What it writes is held against the schemas of the register. */
export function planBy(act: RegisterAct, { by, register, now = NOW, login }: Doing): ActPlan {
  const actor = register.practitioner(practitionerId(by)) ?? person(by);
  let ids = 0;
  const newId = (): string => `new-${String((ids += 1))}`;
  const principal = signedIn(by, { authenticatedAt: now - 300_000, expiresAt: now + HOUR_MS, ...login });
  const plan = planAct(act, { actor, principal, register, now, newId });
  if (plan.permitted) checkDrafts(plan.changes);
  return plan;
}

/** Codes of what is against it; empty where it is permitted. */
export function codesOf(plan: ActPlan): readonly string[] {
  return plan.permitted ? [] : plan.reasons.map(({ code }) => code);
}

/** What a permitted act writes. Throws with the reasons where it is refused. */
export function draftsOf(plan: ActPlan): readonly RecordDraft[] {
  if (!plan.permitted) throw new Error(plan.reasons.map(({ code, text }) => `${code}: ${text}`).join('\n'));
  return plan.changes;
}

/** The words of one record that a permitted act writes. */
export function recordOf(plan: ActPlan, place = 0): Readonly<Record<string, unknown>> {
  const draft = draftsOf(plan)[place];
  if (draft === undefined || !('record' in draft)) throw new Error('it writes no such record');
  return draft.record;
}

function checkDrafts(drafts: readonly RecordDraft[]): void {
  for (const draft of drafts) {
    if ('record' in draft) RECORD_SCHEMAS[draft.kind].parse(draft.record);
    if (parseTyped(draft) === undefined) throw new Error(`${draft.kind} ${draft.id} names itself otherwise`);
  }
}

const SECTIONS = {
  practitioner: 'practitioners',
  evidence: 'evidence',
  'model-version': 'modelVersions',
  approval: 'approvals',
  'stop-use': 'stopUses',
  guideline: 'guidelines',
  plan: 'plans',
  'acceptance-test': 'acceptanceTests',
} as const;

/** The same records with some written, changed or taken back. */
export function withDrafts(contents: Contents, drafts: readonly RecordDraft[]): Contents {
  return drafts.reduce(withDraft, contents);
}

function withDraft(contents: Contents, draft: RecordDraft): Contents {
  const typed = parseTyped(draft);
  if (typed === undefined) throw new Error(`${draft.kind} ${draft.id} is none`);
  const section = SECTIONS[draft.kind];
  const isOther = (record: {
    readonly id?: string;
    readonly model?: string;
    readonly version?: string;
  }): boolean => nameOf(draft, record) !== draft.id;
  const others = [...(contents[section] ?? [])].filter((record) => isOther(record));
  const written = typed.record === undefined ? [] : [typed.record];
  return { ...contents, [section]: [...others, ...written] };
}

function nameOf(
  { kind }: RecordDraft,
  {
    id = '',
    model = '',
    version = '',
  }: { readonly id?: string; readonly model?: string; readonly version?: string },
): string {
  if (kind === 'model-version') return `${model}@${version}`;
  return kind === 'guideline' ? `${id}@${version}` : id;
}
