import { NO_FINDINGS, type Finding } from './finding.ts';
import { standingOfPerson } from './person-standing.ts';
import type { Duty } from './policy.ts';
import type { Principal } from './principal.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** How strongly and freshly somebody must have signed in. */
type LoginDemand = Pick<Duty, 'minAssurance' | 'maxLoginAgeMinutes'>;

const MINUTE_MS = 60_000;
/** How far an identity provider's clock may run ahead of ours before its word on the time is not believed. */
const MAX_CLOCK_LEAD_MS = 5 * MINUTE_MS;

/** Whether the login names exactly one practitioner. */
export function judgeMapping(caller: Principal, register: RegisterSnapshot): readonly Finding[] {
  const people = register.practitionersByIdentity(caller.provider, caller.subject).length;
  if (people === 1) return NO_FINDINGS;
  return [{ code: people === 0 ? 'identity-unmapped' : 'identity-ambiguous' }];
}

/**
 * Whether what proves the login is good for AI: a session that this node cannot confirm opens images only, because it may have
 * been revoked meanwhile; a bearer token opens no more than its scopes say.
 */
export function judgeSession({ unconfirmed, scopes }: Principal): readonly Finding[] {
  const isForAi = scopes === undefined || scopes.includes('ai');
  if (isForAi && unconfirmed !== true) return NO_FINDINGS;
  const findings: Finding[] = [];
  if (unconfirmed === true) findings.push({ code: 'session-unconfirmed' });
  if (!isForAi) findings.push({ code: 'token-scope' });
  return findings;
}

/** Whether a person stands as such: not suspended, and registered with their professional body. */
export function judgePerson(
  practitioner: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): readonly Finding[] {
  return standingOfPerson(register, practitioner, now).findings;
}

/**
 * Whether the login is strong and fresh enough (1 password, 2 second factor, 3 smart card).
 * A break-glass login opens images only, whoever it names. A login that has ended, or that says it was made later than now,
 * is not fresh.
 */
export function judgeLogin(caller: Principal, demand: LoginDemand, now: Instant): readonly Finding[] {
  const isStrong = caller.method !== 'break-glass' && caller.assurance >= demand.minAssurance;
  const isFresh = isFreshEnough(caller, demand, now);
  if (isStrong && isFresh) return NO_FINDINGS;
  const findings: Finding[] = [];
  if (!isStrong) findings.push(tooWeak(caller, demand));
  if (!isFresh) findings.push({ code: 'login-too-old' });
  return findings;
}

function isFreshEnough(
  { authenticatedAt, expiresAt }: Principal,
  { maxLoginAgeMinutes }: LoginDemand,
  now: Instant,
): boolean {
  const ageMs = now - authenticatedAt;
  return ageMs >= -MAX_CLOCK_LEAD_MS && ageMs <= maxLoginAgeMinutes * MINUTE_MS && expiresAt > now;
}

function tooWeak({ method }: Principal, { minAssurance: assurance }: LoginDemand): Finding {
  const detail = method === 'break-glass' ? { detail: 'a break-glass sign-in opens images only' } : {};
  return { code: 'assurance-too-low', facts: { assurance, ...detail } };
}
