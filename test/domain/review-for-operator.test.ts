import { decideDisposition } from '../../src/domain/decide-disposition.ts';
import type { Approval } from '../../src/domain/register.ts';
import type { ReviewedCase } from '../../src/domain/review-for-operator.ts';
import { FINAL_DISPOSITIONS, type Assurance, type Disposition } from '../../src/domain/words.ts';
import {
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aRegister,
  currentEvidence,
  modelName,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  versionString,
} from '../fakes/register-builder.ts';

const OPERATOR = practitionerId('operator');
const SECOND = practitionerId('second');
const COLLEAGUE = practitionerId('colleague');
const ASKED = {
  function: 'detection',
  model: modelName('lung-nodule'),
  version: versionString('2.1.0'),
} as const;

function registerWith(approval: Partial<Approval> = {}) {
  return aRegister({
    practitioners: [
      aPractitioner(),
      aPractitioner({ id: COLLEAGUE }),
      aRadiographer({ id: OPERATOR }),
      aRadiographer({ id: SECOND }),
    ],
    evidence: [
      ...currentEvidence(RADIOLOGIST),
      ...currentEvidence(OPERATOR, 'ai-operator'),
      ...currentEvidence(SECOND, 'ai-operator'),
    ],
    approvals: [anApproval(approval), anApproval({ id: 'a-2', practitioner: SECOND })],
  });
}

interface Row {
  readonly name: string;
  readonly code?: string;
  readonly reviewed?: ReviewedCase;
  readonly approval?: Partial<Approval>;
  readonly subject?: string;
  readonly assurance?: Assurance;
}

const ROWS: readonly Row[] = [
  { name: 'an RC-AI with an approval for it' },
  { name: 'worked under another operator', reviewed: { supervisor: SECOND } },
  { name: 'without the card', assurance: 2, code: 'assurance-too-low' },
  { name: 'another operator', subject: SECOND, code: 'case-of-another' },
  { name: 'somebody in training', subject: COLLEAGUE, code: 'case-of-another' },
  { name: 'the case of another radiologist', reviewed: { caseOwner: COLLEAGUE }, code: 'case-of-another' },
  { name: 'one that a radiologist supervised', reviewed: { supervisor: COLLEAGUE }, code: 'case-of-another' },
  {
    name: 'of nobody in the register',
    reviewed: { caseOwner: practitionerId('gone') },
    code: 'case-of-another',
  },
  { name: 'an approval for another function', approval: { functions: ['view'] }, code: 'case-of-another' },
  {
    name: 'an approval for another version',
    approval: { version: versionString('2.0.0') },
    code: 'case-of-another',
  },
  {
    name: 'a supervised approval',
    approval: { mode: 'supervised', supervisor: COLLEAGUE },
    code: 'case-of-another',
  },
  { name: 'an approval yet to begin', approval: { from: NOW + 1 }, code: 'case-of-another' },
  { name: 'an approval that is over', approval: { until: NOW }, code: 'case-of-another' },
  { name: 'an approval that was ended', approval: { endedBecause: 'left' }, code: 'case-of-another' },
  {
    name: 'an approval of their own granting',
    approval: { grantedBy: RADIOLOGIST },
    code: 'case-of-another',
  },
  {
    name: 'an approval that the operator granted',
    approval: { grantedBy: OPERATOR },
    code: 'case-of-another',
  },
];

function codesOf(row: Row, disposition: Disposition): readonly string[] {
  const { reviewed, approval, subject = RADIOLOGIST, assurance = 3 } = row;
  const caller = aPrincipal({ subject, assurance });
  const question = { caller, disposition, caseOwner: OPERATOR, asked: ASKED, ...reviewed };
  return decideDisposition(question, registerWith(approval), NOW).reasons.map(({ code }) => code);
}

describe('the final interpretation of what an operator prepared', () => {
  test.each(ROWS.flatMap((row) => FINAL_DISPOSITIONS.map((disposition) => ({ ...row, disposition }))))(
    '$name, $disposition -> $code',
    ({ disposition, ...row }) => {
      const codes = codesOf(row, disposition);
      if (row.code === undefined) expect(codes).toEqual([]);
      else expect(codes).toContain(row.code);
    },
  );

  test.each(['ignored', 'flagged'] as const)('%s is theirs to say', (disposition) => {
    expect(codesOf({ name: '' }, disposition)).toEqual(['case-of-another']);
  });

  test('a policy that gives it to nobody gives it to nobody for another', () => {
    const bare = aRegister({ policy: { ...shippedPolicy(), dispositions: [] } });
    const question = {
      caller: aPrincipal(),
      disposition: 'edited',
      caseOwner: OPERATOR,
      asked: ASKED,
    } as const;
    const { reasons } = decideDisposition(question, bare, NOW);
    expect(reasons.map(({ code }) => code)).toEqual(['function-not-in-duty', 'case-of-another']);
  });

  test.each(['caseOwner', 'asked'] as const)('the log does not say its %s -> nobody’s', (left) => {
    const { [left]: _left, ...known } = { caseOwner: OPERATOR, asked: ASKED };
    const question = { caller: aPrincipal(), disposition: 'accepted', ...known } as const;
    expect(decideDisposition(question, registerWith(), NOW).reasons).toMatchObject([
      { code: 'case-of-another' },
    ]);
  });
});
