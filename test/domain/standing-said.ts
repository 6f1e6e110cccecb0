import { decide } from '../../src/domain/decide.ts';
import type { Decision, Question } from '../../src/domain/decision.ts';
import { standingOfPerson } from '../../src/domain/person-standing.ts';
import type { Instant, RegisterSnapshot } from '../../src/domain/register.ts';
import { aPractitioner, aPrincipal, practitionerId, type buildSnapshot } from '../fakes/register-builder.ts';
import { aQuestion } from './reason-given.ts';
import { shortPolicy } from './short-log-book.ts';

/** With a log-book of three. */
export const policy = shortPolicy();
export const OTHER = practitionerId('other');
export const people = [aPractitioner(), aPractitioner({ id: OTHER })];
export const FAMILIES = ['lung-ct', 'brain-mr', 'other'];

export type Parts = Parameters<typeof buildSnapshot>[0];

interface Said {
  readonly decisions: readonly Decision[];
  readonly standings: unknown;
}

const question = (subject: string, now: Instant): Question =>
  aQuestion({ caller: aPrincipal({ subject, authenticatedAt: now, expiresAt: now + 1 }) });

/** Everything that is said of everybody at a moment. */
export const said = (register: RegisterSnapshot, now: Instant): Said => ({
  decisions: people.map(({ id }) => decide(question(id, now), register, now)),
  standings: people.map((person) =>
    standingOfPerson(register, person, now).schemes.map(({ inFamily }) =>
      [undefined, ...FAMILIES, 'unheard-of'].map(inFamily),
    ),
  ),
});
