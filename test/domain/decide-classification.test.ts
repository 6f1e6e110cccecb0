import { decideClassification } from '../../src/domain/decide-classification.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Principal } from '../../src/domain/principal.ts';
import {
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aRegister,
  currentEvidence,
  entryEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
} from '../fakes/register-builder.ts';

const HOUR_MS = 3_600_000;
const TRAINEE = practitionerId('trainee');
const OPERATOR = practitionerId('operator');
const LAPSED = practitionerId('lapsed');
const PHYSICIST = practitionerId('physicist');

const records = {
  practitioners: [
    aPractitioner(),
    aPractitioner({ id: TRAINEE }),
    aRadiographer({ id: OPERATOR }),
    aPractitioner({ id: LAPSED }),
    aPractitioner({ id: PHYSICIST, profession: 'physicist' as const }),
    aPractitioner({
      id: practitionerId('one'),
      identities: [{ provider: aPrincipal().provider, subject: 'twin' }],
    }),
    aPractitioner({
      id: practitionerId('two'),
      identities: [{ provider: aPrincipal().provider, subject: 'twin' }],
    }),
  ],
  evidence: [
    ...currentEvidence(RADIOLOGIST),
    ...entryEvidence(TRAINEE),
    ...currentEvidence(OPERATOR, 'ai-operator'),
    ...currentEvidence(LAPSED).filter(({ type }) => type !== 'annual-declaration'),
    ...entryEvidence(PHYSICIST),
  ],
};
const policy = shippedPolicy();
const without = (changes: Partial<Policy>) => aRegister({ ...records, policy: { ...policy, ...changes } });

interface Row {
  readonly name: string;
  readonly caller?: Partial<Principal>;
  readonly policy?: Partial<Policy>;
  readonly see: readonly string[];
  readonly classify: readonly string[];
}

const both = (...codes: readonly string[]): Pick<Row, 'see' | 'classify'> => ({
  see: codes,
  classify: codes,
});

const ROWS: readonly Row[] = [
  { name: 'an RC-AI with a card', ...both() },
  {
    name: 'without the card: sees, and says nothing',
    caller: { assurance: 2 },
    see: [],
    classify: ['assurance-too-low'],
  },
  { name: 'with a password', caller: { assurance: 1 }, ...both('assurance-too-low') },
  {
    name: 'whose card was shown nine hours ago',
    caller: { authenticatedAt: NOW - 9 * HOUR_MS },
    see: [],
    classify: ['login-too-old'],
  },
  {
    name: 'by emergency access',
    caller: { method: 'break-glass' },
    ...both('assurance-too-low'),
  },
  {
    name: 'in a session that cannot be confirmed',
    caller: { unconfirmed: true },
    ...both('session-unconfirmed'),
  },
  { name: 'by a token for images', caller: { scopes: ['images'] }, ...both('token-scope') },
  { name: 'nobody of the register', caller: { subject: 'nobody' }, ...both('identity-unmapped') },
  { name: 'a login of two people', caller: { subject: 'twin' }, ...both('identity-ambiguous') },
  {
    name: 'a trainee',
    caller: { subject: TRAINEE },
    ...both('credential-in-training', 'requirement-missing'),
  },
  { name: 'an operator', caller: { subject: OPERATOR }, ...both('function-not-in-duty') },
  {
    name: 'one who has lapsed',
    caller: { subject: LAPSED },
    ...both('credential-lapsed', 'declaration-overdue'),
  },
  { name: 'a physicist', caller: { subject: PHYSICIST }, ...both('function-not-in-duty') },
  {
    name: 'where the policy lets nobody override',
    policy: { dispositions: policy.dispositions.filter(({ disposition }) => disposition !== 'overridden') },
    ...both('function-not-in-duty'),
  },
  {
    name: 'where the policy lets nobody view',
    policy: { duties: policy.duties.filter((duty) => duty.function !== 'view') },
    see: ['function-not-in-duty'],
    classify: [],
  },
  {
    name: 'where the credential never lets its holder work alone',
    policy: { schemes: policy.schemes.map((scheme) => ({ ...scheme, supervisedOnly: true })) },
    ...both('credential-supervised-only'),
  },
];

test.each(ROWS)('$name', ({ caller = {}, policy: changes = {}, see, classify }) => {
  for (const [to, codes] of [
    ['see', see],
    ['classify', classify],
  ] as const) {
    const decision = decideClassification({ caller: aPrincipal(caller), to }, without(changes), NOW);
    expect([to, decision.reasons.map(({ code }) => code)]).toEqual([to, codes]);
    expect(decision.permitted).toBe(codes.length === 0);
  }
});

test('a decision names the person, the policy and the place of the register it was made by', () => {
  const register = aRegister({ ...records, sequence: 7 });
  const decision = decideClassification({ caller: aPrincipal(), to: 'classify' }, register, NOW);
  const { id, version, digest } = register.policy;
  expect(decision).toMatchObject({ at: NOW, registerSequence: 7, policy: { id, version, digest } });
  expect(decision.practitioner?.id).toBe(RADIOLOGIST);
  const nobody = decideClassification({ caller: aPrincipal({ subject: 'twin' }), to: 'see' }, register, NOW);
  expect(nobody.practitioner).toBeUndefined();
});
