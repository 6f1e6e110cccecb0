import type { ActFinding } from './act-finding.ts';
import { isAwardFor, suspensionOf } from './credential-status.ts';
import { bestStanding } from './decide-credential.ts';
import { judgeLogin, judgePerson } from './decide-identity.ts';
import type { Principal } from './principal.ts';
import type { RegisterActName } from './register-acts.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';
import type { ActRule, Policy } from './policy.ts';
import type { TokenScope } from './words.ts';

/** Whom a rule lets do something: any one of these roles, or of these credentials. Neither: everybody in the register. */
type Entitled = Pick<ActRule, 'roles' | 'credentials'>;

/** Whether it is the first who does an act, or the second who confirms it. */
type Seat = 'first' | 'second';

/** What stops AI takes effect at once, by one person alone and from any session of theirs: no policy slows it down. */
export const SAFETY_ACTS: readonly RegisterActName[] = ['stop-use', 'hold-model', 'suspend'];
const FROM_ANY_SESSION: readonly RegisterActName[] = ['stop-use', 'hold-model'];

/** Scopes of a token, any one of which is good for an act. */
export function scopesFor(act: RegisterActName): readonly TokenScope[] {
  return FROM_ANY_SESSION.includes(act) ? ['records', 'ai'] : ['records'];
}

/** The policy's rule for an act; an act without one is nobody's. */
export function ruleFor(act: RegisterActName, policy: Policy): ActRule | undefined {
  return policy.acts.find((rule) => rule.act === act);
}

interface Seated {
  readonly act: RegisterActName;
  readonly person: Practitioner;
  readonly seat: Seat;
}

/** Whether a person may do, or confirm, acts of this name as they are signed in: the policy's rule, their standing, and their login. */
export function judgeActor(
  seated: Seated & { readonly principal: Principal },
  register: RegisterSnapshot,
  now: Instant,
): readonly ActFinding[] {
  const { act, principal } = seated;
  const rule = ruleFor(act, register.policy);
  return [
    ...judgeActSession(act, principal),
    ...(rule === undefined ? [] : judgeLogin(principal, loginFor(act, rule), now)),
    ...judgeDuty(seated, register, now),
  ];
}

/** No policy asks more of a login for what stops AI than that it is one, and has not ended. */
function loginFor(act: RegisterActName, rule: ActRule): Pick<ActRule, 'minAssurance' | 'maxLoginAgeMinutes'> {
  return FROM_ANY_SESSION.includes(act) ? { minAssurance: 1, maxLoginAgeMinutes: Infinity } : rule;
}

/** The part of it that does not hang on a login: whether they still are somebody who may. */
export function judgeDuty(
  { act, person, seat }: Seated,
  register: RegisterSnapshot,
  now: Instant,
): readonly ActFinding[] {
  const rule = ruleFor(act, register.policy);
  if (rule === undefined) return [{ code: 'act-not-listed', facts: { detail: spoken(act) } }];
  const entitled = seat === 'second' ? (rule.second ?? rule) : rule;
  const suspended = judgeSuspension(person, register, now);
  // Stopping is the safe direction: a credential that has lapsed on its day still stops.
  if (FROM_ANY_SESSION.includes(act) && hasHeld(entitled, person, { register, now })) return suspended;
  return [...suspended, ...judgeEntitled(entitled, person, { register, now })];
}

/** Whether somebody was ever awarded one of the credentials, and nobody has suspended it. */
function hasHeld(
  { credentials }: Entitled,
  { id }: Practitioner,
  { register, now }: { readonly register: RegisterSnapshot; readonly now: Instant },
): boolean {
  const evidence = register.evidenceOf(id);
  return credentials.some(
    (scheme) =>
      evidence.some((piece) => isAwardFor(piece, scheme, now)) &&
      suspensionOf(evidence, scheme, now) === undefined,
  );
}

/**
 * Whether one of the roles or credentials is a person's. A role is a duty around the register and asks for no registration with a
 * professional body; a credential stands on it.
 */
export function judgeEntitled(
  { roles, credentials }: Entitled,
  person: Practitioner,
  { register, now }: { readonly register: RegisterSnapshot; readonly now: Instant },
): readonly ActFinding[] {
  if (roles.length + credentials.length === 0) return [];
  if (roles.some((role) => person.roles.includes(role))) return [];
  const standing = bestStanding({ practitioner: person, credentials }, register, now);
  if (standing === undefined) {
    return [{ code: 'act-not-in-duty', facts: { detail: namesOf({ roles, credentials }, register.policy) } }];
  }
  return [...judgePerson(person, register, now), ...standing.findings];
}

function judgeSuspension(
  person: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): readonly ActFinding[] {
  return judgePerson(person, register, now).filter(({ code }) => code === 'practitioner-suspended');
}

/** A session that cannot be confirmed may have been revoked meanwhile; a token does no more than its scopes say. */
function judgeActSession(act: RegisterActName, { unconfirmed, scopes }: Principal): readonly ActFinding[] {
  const wanted = scopesFor(act);
  const findings: ActFinding[] = [];
  if (unconfirmed === true) findings.push({ code: 'session-unconfirmed' });
  if (scopes !== undefined && !scopes.some((scope) => wanted.includes(scope))) {
    findings.push({ code: 'act-token-scope' });
  }
  return findings;
}

/** `programme lead, RC-AI`: whose duty it is. */
function namesOf({ roles, credentials }: Entitled, { schemes }: Policy): string {
  const titles = credentials.map((id) => schemes.find((scheme) => scheme.id === id)?.title ?? id);
  return [...roles.map(spoken), ...titles].join(', ');
}

/** The name of an act or role as people say it. */
export function spoken(name: string): string {
  return name.replaceAll('-', ' ');
}
