import { credentialStatus, type CredentialStanding } from '../../src/domain/credential-status.ts';
import type { Evidence } from '../../src/domain/register.ts';
import {
  aPractitioner,
  currentEvidence,
  NOW,
  RADIOLOGIST,
  shippedPolicy,
} from '../fakes/register-builder.ts';
import { DAY_MS } from './reason-given.ts';

const policy = shippedPolicy();

function standing(evidence: readonly Evidence[]): readonly CredentialStanding[] {
  return policy.schemes
    .filter(({ id }) => id === 'rc-ai')
    .map((scheme) => credentialStatus({ practitioner: aPractitioner(), scheme, evidence }, NOW));
}

const extra = (type: Evidence['type'], happenedAt: number, facts: Partial<Evidence> = {}): Evidence => ({
  id: `extra-${type}-${String(happenedAt)}`,
  practitioner: RADIOLOGIST,
  type,
  happenedAt,
  attestedBy: 'board',
  ...facts,
});

describe('suspension and lifting', () => {
  const lifting = (happenedAt: number, facts: Partial<Evidence> = {}): Evidence =>
    extra('suspension-lifted', happenedAt, facts);
  const SUSPENDED = NOW - 10 * DAY_MS;
  const own = { scheme: 'rc-ai' } as const;
  test.each([
    { name: 'the person', given: [extra('suspension', SUSPENDED)], codes: ['practitioner-suspended'] },
    { name: 'the credential', given: [extra('suspension', SUSPENDED, own)], codes: ['credential-suspended'] },
    {
      name: 'another credential',
      given: [extra('suspension', SUSPENDED, { scheme: 'ai-operator' })],
      codes: [],
    },
    {
      name: 'dated tomorrow by a clock that was ahead: it holds as soon as it stands',
      given: [extra('suspension', NOW + DAY_MS)],
      codes: ['practitioner-suspended'],
    },
    {
      name: 'the credential, dated tomorrow, with a lifting of a suspension before it',
      given: [extra('suspension', NOW + DAY_MS, own), lifting(NOW, own)],
      codes: ['credential-suspended'],
    },
    {
      name: 'for a time that is over',
      given: [extra('suspension', SUSPENDED, { validUntil: NOW })],
      codes: [],
    },
    {
      name: 'attested by themselves, it still holds',
      given: [extra('suspension', SUSPENDED, { attestedBy: RADIOLOGIST })],
      codes: ['practitioner-suspended'],
    },
    { name: 'lifted', given: [extra('suspension', SUSPENDED), lifting(SUSPENDED + 1)], codes: [] },
    {
      name: 'lifted at the same instant: in doubt, locked',
      given: [extra('suspension', SUSPENDED), lifting(SUSPENDED)],
      codes: ['practitioner-suspended'],
    },
    {
      name: 'lifted by themselves',
      given: [extra('suspension', SUSPENDED), lifting(NOW, { attestedBy: RADIOLOGIST })],
      codes: ['practitioner-suspended'],
    },
    {
      name: 'the person, when the credential’s was lifted',
      given: [extra('suspension', SUSPENDED), lifting(NOW, own)],
      codes: ['practitioner-suspended'],
    },
    {
      name: 'lifted, then suspended again',
      given: [extra('suspension', SUSPENDED), lifting(SUSPENDED + 1), extra('suspension', SUSPENDED + 2)],
      codes: ['practitioner-suspended'],
    },
  ])('$name', ({ given, codes }) => {
    const [result] = standing([...currentEvidence(RADIOLOGIST), ...given]);
    expect(result?.findings.map(({ code }) => code)).toEqual(codes);
    expect(result?.status).toBe(codes.length === 0 ? 'current' : 'suspended');
  });
});
