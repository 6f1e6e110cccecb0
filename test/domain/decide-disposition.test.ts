import { answersOf, decideDisposition } from '../../src/domain/decide-disposition.ts';
import {
  DISPOSITIONS,
  FINAL_DISPOSITIONS,
  type Assurance,
  type Disposition,
} from '../../src/domain/words.ts';
import {
  anApproval,
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

const TRAINEE = practitionerId('trainee');
const OPERATOR = practitionerId('operator');
const LAPSED = practitionerId('lapsed');
const PHYSICIST = practitionerId('physicist');
const HOUR_MS = 3_600_000;

const register = aRegister({
  practitioners: [
    aPractitioner(),
    aPractitioner({ id: TRAINEE }),
    aRadiographer({ id: OPERATOR }),
    aPractitioner({ id: LAPSED }),
    aPractitioner({ id: PHYSICIST, profession: 'physicist' }),
  ],
  evidence: [
    ...currentEvidence(RADIOLOGIST),
    ...entryEvidence(TRAINEE),
    ...currentEvidence(OPERATOR, 'ai-operator'),
    ...currentEvidence(LAPSED).filter(({ type }) => type !== 'annual-declaration'),
    ...entryEvidence(PHYSICIST),
  ],
  approvals: [anApproval()],
});

const FINAL = FINAL_DISPOSITIONS;
const OTHER: readonly Disposition[] = ['ignored', 'flagged'];
const ALL = DISPOSITIONS;

interface Row {
  readonly name: string;
  readonly subject: string;
  readonly dispositions: readonly Disposition[];
  readonly codes: readonly string[];
  readonly caseOwner?: typeof TRAINEE;
  readonly supervisor?: typeof TRAINEE;
  readonly assurance?: Assurance;
  readonly ageMs?: number;
}

const own = (id: typeof TRAINEE): { readonly subject: string; readonly caseOwner: typeof TRAINEE } => ({
  subject: id,
  caseOwner: id,
});
const UNTRAINED = ['credential-in-training', 'requirement-missing'];

const ROWS: readonly Row[] = [
  { name: 'an RC-AI with a card, of their own case', ...own(RADIOLOGIST), dispositions: ALL, codes: [] },
  {
    name: 'an RC-AI without the card',
    ...own(RADIOLOGIST),
    assurance: 2,
    dispositions: FINAL,
    codes: ['assurance-too-low'],
  },
  { name: 'an RC-AI without the card', ...own(RADIOLOGIST), assurance: 2, dispositions: OTHER, codes: [] },
  {
    name: 'an RC-AI whose card was shown nine hours ago',
    ...own(RADIOLOGIST),
    ageMs: 9 * HOUR_MS,
    dispositions: FINAL,
    codes: ['login-too-old'],
  },
  {
    name: 'an RC-AI whose card was shown nine hours ago',
    ...own(RADIOLOGIST),
    ageMs: 9 * HOUR_MS,
    dispositions: OTHER,
    codes: [],
  },
  { name: 'an operator', ...own(OPERATOR), dispositions: FINAL, codes: ['function-not-in-duty'] },
  { name: 'an operator', ...own(OPERATOR), dispositions: OTHER, codes: [] },
  {
    name: 'a trainee under supervision',
    ...own(TRAINEE),
    supervisor: RADIOLOGIST,
    dispositions: FINAL,
    codes: UNTRAINED,
  },
  {
    name: 'a trainee under supervision',
    ...own(TRAINEE),
    supervisor: RADIOLOGIST,
    dispositions: OTHER,
    codes: [],
  },
  { name: 'a trainee without a supervisor', ...own(TRAINEE), dispositions: ALL, codes: UNTRAINED },
  {
    name: 'the supervisor of a trainee',
    subject: RADIOLOGIST,
    caseOwner: TRAINEE,
    supervisor: RADIOLOGIST,
    dispositions: ALL,
    codes: [],
  },
  {
    name: 'a trainee named as supervisor',
    subject: TRAINEE,
    caseOwner: RADIOLOGIST,
    supervisor: TRAINEE,
    dispositions: ALL,
    codes: UNTRAINED,
  },
  {
    name: 'somebody whose credential lapsed since',
    ...own(LAPSED),
    dispositions: ALL,
    codes: ['credential-lapsed', 'declaration-overdue'],
  },
  {
    name: 'a colleague',
    subject: RADIOLOGIST,
    caseOwner: LAPSED,
    dispositions: ALL,
    codes: ['case-of-another'],
  },
  {
    name: 'anybody, once the owner was erased',
    subject: RADIOLOGIST,
    dispositions: ALL,
    codes: ['case-of-another'],
  },
  {
    name: 'a profession without duties',
    ...own(PHYSICIST),
    dispositions: ALL,
    codes: ['function-not-in-duty'],
  },
  {
    name: 'a login nobody knows',
    subject: 'nobody',
    caseOwner: RADIOLOGIST,
    dispositions: ALL,
    codes: ['identity-unmapped'],
  },
];

describe('who may say what became of a result', () => {
  test.each(ROWS.flatMap((row) => row.dispositions.map((disposition) => ({ ...row, disposition }))))(
    '$name, $disposition -> $codes',
    ({ subject, disposition, codes, caseOwner, supervisor, assurance = 3, ageMs = 0 }) => {
      const decision = decideDisposition(
        {
          caller: aPrincipal({ subject, assurance, authenticatedAt: NOW - ageMs }),
          disposition,
          ...(caseOwner === undefined ? {} : { caseOwner }),
          ...(supervisor === undefined ? {} : { supervisor }),
        },
        register,
        NOW,
      );
      expect(decision.reasons.map(({ code }) => code)).toEqual(codes);
      expect(decision.permitted).toBe(codes.length === 0);
      expect(decision.practitioner?.id).toBe(subject === 'nobody' ? undefined : subject);
    },
  );

  test('a disposition that the policy gives to nobody', () => {
    const bare = aRegister({ policy: { ...shippedPolicy(), dispositions: [] } });
    const { reasons } = decideDisposition(
      { caller: aPrincipal(), disposition: 'edited', caseOwner: RADIOLOGIST },
      bare,
      NOW,
    );
    expect(reasons).toEqual([
      {
        code: 'function-not-in-duty',
        text: 'Marking a result as edited is not among the duties of your role.',
        remedy: 'Ask a Responsible Clinician for AI to do it.',
      },
    ]);
  });

  test.each(ALL)('%s by somebody whose credential never lets them work alone', (disposition) => {
    const policy = shippedPolicy();
    const schemes = policy.schemes.map((scheme) => ({ ...scheme, supervisedOnly: true }));
    const { permitted, reasons } = decideDisposition(
      { caller: aPrincipal(), disposition, caseOwner: RADIOLOGIST },
      aRegister({ policy: { ...policy, schemes } }),
      NOW,
    );
    const isFinal = FINAL.includes(disposition);
    expect(permitted).toBe(!isFinal);
    expect(reasons.map(({ code }) => code)).toEqual(isFinal ? ['credential-supervised-only'] : []);
  });

  test('a login that names two people names nobody', () => {
    const two = aRegister({
      practitioners: [
        aPractitioner(),
        aPractitioner({ id: TRAINEE, identities: aPractitioner().identities }),
      ],
    });
    const decision = decideDisposition(
      { caller: aPrincipal(), disposition: 'flagged', caseOwner: RADIOLOGIST },
      two,
      NOW,
    );
    expect(decision).toMatchObject({ permitted: false, reasons: [{ code: 'identity-ambiguous' }] });
    expect(decision).not.toHaveProperty('practitioner');
  });
});

test.each([
  ['a radiologist', RADIOLOGIST, DISPOSITIONS],
  ['a radiologist in training', TRAINEE, DISPOSITIONS],
  ['a radiologist whose credential has lapsed, who is told so on the press', LAPSED, DISPOSITIONS],
  ['an operator', OPERATOR, ['ignored', 'flagged']],
  ['a physicist', PHYSICIST, []],
] as const)('what %s can say of results at all', (_who, id, answers) => {
  const person = register.practitioner(id);
  expect(person === undefined ? undefined : answersOf(person, register, NOW)).toEqual(answers);
});
