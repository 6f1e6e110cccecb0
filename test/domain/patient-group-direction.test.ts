import { decideCoSignature, sealedWhereWanted } from '../../src/domain/co-signature.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Direction, Policy, Scheme } from '../../src/domain/policy.ts';
import type { Evidence, RegisterSnapshot } from '../../src/domain/register.ts';
import { coSignRegister, PHARMACIST } from '../fakes/co-sign-house.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aStudy,
  currentEvidence,
  MODEL,
  modelName,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  VERSION,
} from '../fakes/register-builder.ts';

const OPERATOR = practitionerId('radiographer');
const DAY_MS = 86_400_000;
const policy = shippedPolicy();
const fn = 'prescribing-suggestion' as const;

const SCHEME: Scheme = {
  id: 'pgd-contrast',
  title: 'Named under the patient-group direction for contrast',
  professions: ['radiographer'],
  entry: [],
  award: [
    {
      ...{ id: 'award', title: 'named under the direction', evidence: ['award'], minCount: 1 },
      ...{ consecutive: false, perModelFamily: false, graceMonths: 0, reason: 'requirement-missing' },
      source: 'PGD 12',
    },
  ],
  continuing: [],
  supervisedOnly: false,
  source: 'PGD 12',
};
const DIRECTION: Direction = {
  id: 'pgd-12',
  models: [MODEL],
  credentials: ['pgd-contrast'],
  source: 'PGD 12',
};

function withDirections(directions?: readonly Direction[]): Policy {
  const duties = policy.duties.map((duty) =>
    duty.function === fn && directions !== undefined ? { ...duty, directions } : duty,
  );
  return { ...policy, schemes: [...policy.schemes, SCHEME], duties };
}

const piece = { practitioner: OPERATOR, attestedBy: 'lead', happenedAt: NOW - DAY_MS } as const;
const NAMED: Evidence = { ...piece, id: 'named', type: 'award', scheme: 'pgd-contrast' };
const OSCE: Evidence = { ...piece, id: 'osce', type: 'osce-prescribing' };

function register(
  directions: readonly Direction[] | undefined = [DIRECTION],
  more: readonly Evidence[] = [NAMED, OSCE],
): RegisterSnapshot {
  return coSignRegister({
    policy: withDirections(directions),
    practitioners: [
      aPractitioner(),
      aRadiographer(),
      aPractitioner({ id: PHARMACIST, profession: 'pharmacist' }),
    ],
    evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(OPERATOR, 'ai-operator'), ...more],
    modelVersions: [aModelVersion({ endpoints: [aBinding({ function: fn })] })],
    approvals: [anApproval({ practitioner: OPERATOR, functions: [fn] })],
  });
}

function asked(within: RegisterSnapshot, subject: string = OPERATOR) {
  const question = {
    caller: aPrincipal({ subject }),
    function: fn,
    model: MODEL,
    version: VERSION,
    study: aStudy(),
    ...sealedWhereWanted(fn, within.policy),
  } as const;
  return decide(question, within, NOW);
}
const codes = (within: RegisterSnapshot) => asked(within).reasons.map(({ code }) => code);

test('an operator who is named under the direction may ask for contrast, and the case says by what', () => {
  expect(asked(register())).toMatchObject({
    permitted: true,
    credential: { id: 'pgd-contrast', status: 'current' },
  });
});

test.each<readonly [string, RegisterSnapshot, readonly string[]]>([
  ['no direction: as it ships', register([]), ['function-not-in-duty']],
  [
    'a direction for another model',
    register([{ ...DIRECTION, models: [modelName('sedation-adviser')] }]),
    ['function-not-in-duty'],
  ],
  [
    'a direction that names others',
    register([{ ...DIRECTION, credentials: ['registrar'] }]),
    ['function-not-in-duty'],
  ],
  ['not named under it', register([DIRECTION], [OSCE]), ['credential-in-training', 'requirement-missing']],
  ['named, without the prescribing station', register([DIRECTION], [NAMED]), ['requirement-missing']],
])('%s -> locked', (_name, within, expected) => {
  expect(codes(within)).toEqual(expected);
});

test('without the word in the policy nothing is decided otherwise', () => {
  const { duties: _duties, ...rest } = policy;
  const within = coSignRegister({ policy: { ...rest, duties: policy.duties } });
  expect(asked(within, RADIOLOGIST).permitted).toBe(true);
  const directed = coSignRegister({ policy: withDirections([DIRECTION]) });
  expect(asked(directed, RADIOLOGIST)).toMatchObject({ permitted: true, credential: { id: 'rc-ai' } });
});

test('under a direction it is sealed all the same, and who is named under it co-signs nothing', () => {
  const within = register();
  expect(sealedWhereWanted(fn, within.policy)).toEqual({ coSignature: 'to-come' });
  const question = {
    caller: aPrincipal({ subject: OPERATOR }),
    function: fn,
    model: MODEL,
    version: VERSION,
    study: aStudy(),
    asker: RADIOLOGIST,
    to: 'co-signed',
  } as const;
  expect(decideCoSignature(question, within, NOW).reasons.map(({ code }) => code)).toEqual([
    'function-not-in-duty',
  ]);
});
