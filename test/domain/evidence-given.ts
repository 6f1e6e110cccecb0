import type { Holder } from '../../src/domain/evidence-count.ts';
import type { Requirement } from '../../src/domain/policy.ts';
import type { Evidence } from '../../src/domain/register.ts';
import { aPractitioner, NOW, RADIOLOGIST } from '../fakes/register-builder.ts';
import { DAY_MS } from './reason-given.ts';

/** Asks for one log-book case. */
export const requirement = (changes: Partial<Requirement> = {}): Requirement => ({
  id: 'r',
  title: 'something',
  evidence: ['log-book-case'],
  minCount: 1,
  consecutive: false,
  perModelFamily: false,
  graceMonths: 0,
  reason: 'requirement-missing',
  source: 'somewhere',
  ...changes,
});

/** A log-book case of the ready-made radiologist. */
export const piece = (facts: Partial<Evidence> = {}): Evidence => ({
  id: 'p',
  practitioner: RADIOLOGIST,
  type: 'log-book-case',
  happenedAt: NOW - DAY_MS,
  attestedBy: 'assessor',
  ...facts,
});

/** The ready-made radiologist, with this evidence. */
export function holder(evidence: readonly Evidence[]): Holder {
  return {
    practitioner: aPractitioner(),
    evidence: Map.groupBy(evidence, ({ type }) => type),
    schemeId: 'rc-ai',
    now: NOW,
  };
}
