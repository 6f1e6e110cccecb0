import { isoDate } from './calendar.ts';
import { suspensionOf } from './credential-status.ts';
import { isGood, isInForce, runsOutAt } from './evidence-count.ts';
import type { Finding } from './finding.ts';
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
  if (people === 1) return [];
  return [{ code: people === 0 ? 'identity-unmapped' : 'identity-ambiguous' }];
}

/**
 * Whether what proves the login is good for AI: a session that this node cannot confirm opens images only, because it may have
 * been revoked meanwhile; a bearer token opens no more than its scopes say.
 */
export function judgeSession({ unconfirmed, scopes }: Principal): readonly Finding[] {
  const findings: Finding[] = [];
  if (unconfirmed === true) findings.push({ code: 'session-unconfirmed' });
  if (scopes !== undefined && !scopes.includes('ai')) findings.push({ code: 'token-scope' });
  return findings;
}

/** Whether a person stands as such: not suspended, and registered with their professional body. */
export function judgePerson(
  practitioner: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): readonly Finding[] {
  const evidence = register.evidenceOf(practitioner.id);
  const suspension = suspensionOf(evidence, undefined, now);
  const registrations = evidence.filter((piece) => piece.type === 'registration' && isGood(piece, now));
  const findings: Finding[] = [];
  if (suspension !== undefined) {
    findings.push({ code: 'practitioner-suspended', facts: { date: isoDate(suspension.happenedAt) } });
  }
  if (!registrations.some((piece) => isInForce(piece, now))) {
    const ends = registrations.map((piece) => runsOutAt(piece));
    const facts = ends.length === 0 ? {} : { date: isoDate(Math.max(...ends)) };
    findings.push({ code: 'registration-lapsed', facts });
  }
  return findings;
}

/**
 * Whether the login is strong and fresh enough (1 password, 2 second factor, 3 smart card).
 * A break-glass login opens images only, whoever it names. A login that has ended, or that says it was made later than now,
 * is not fresh.
 */
export function judgeLogin(caller: Principal, demand: LoginDemand, now: Instant): readonly Finding[] {
  const findings: Finding[] = [];
  const { minAssurance } = demand;
  if (caller.method === 'break-glass') {
    const detail = 'a break-glass sign-in opens images only';
    findings.push({ code: 'assurance-too-low', facts: { assurance: minAssurance, detail } });
  } else if (caller.assurance < minAssurance) {
    findings.push({ code: 'assurance-too-low', facts: { assurance: minAssurance } });
  }
  const ageMs = now - caller.authenticatedAt;
  const isFresh = ageMs >= -MAX_CLOCK_LEAD_MS && ageMs <= demand.maxLoginAgeMinutes * MINUTE_MS;
  if (!isFresh || caller.expiresAt <= now) findings.push({ code: 'login-too-old' });
  return findings;
}
