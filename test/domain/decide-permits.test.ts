import { decide } from '../../src/domain/decide.ts';
import type { Question } from '../../src/domain/decision.ts';
import type { Approval } from '../../src/domain/register.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aRegister,
  aStudy,
  currentEvidence,
  entryEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
  SITE,
  shippedPolicy,
} from '../fakes/register-builder.ts';
import { aQuestion, DAY_MS, evidence, plus, versions } from './reason-given.ts';

const TRAINEE = practitionerId('trainee');
const trainee = aPractitioner({ id: TRAINEE });
const asTrainee = aPrincipal({ subject: TRAINEE });
const read = currentEvidence(TRAINEE).filter((piece) => piece.type === 'guideline-acknowledgement');
const policy = shippedPolicy();
const STUDY = aStudy().studyInstanceUid;
const simulated = { study: aStudy({ simulator: true }) };
const simulator = { endpoints: [aBinding({ simulator: true })] };
const own = (changes: Partial<Approval>): Approval =>
  anApproval({ id: 'own', practitioner: TRAINEE, ...changes });
const inTraining = {
  practitioners: [aPractitioner(), trainee],
  evidence: [...evidence, ...entryEvidence(TRAINEE), ...read],
} as const;

interface PermitRow {
  readonly name: string;
  readonly question?: Partial<Question>;
  readonly parts?: Parameters<typeof aRegister>[0];
  readonly mode?: Approval['mode'];
}

const ROWS: readonly PermitRow[] = [
  {
    name: 'a trainee under a supervisor who may work alone',
    question: { caller: asTrainee },
    parts: { ...inTraining, approvals: [anApproval(), own({ mode: 'supervised', supervisor: RADIOLOGIST })] },
    mode: 'supervised',
  },
  {
    name: 'a trainee in the sandbox',
    question: { caller: asTrainee, ...simulated },
    parts: { ...inTraining, ...versions(simulator), approvals: [own({ mode: 'sandbox' })] },
    mode: 'sandbox',
  },
  {
    name: 'a trainee who sees a stored result of a simulated endpoint',
    question: { caller: asTrainee, function: 'view', ...simulated },
    parts: { ...inTraining, ...versions(simulator), approvals: [own({ mode: 'sandbox' })] },
    mode: 'sandbox',
  },
  {
    name: 'a trainee with a sandbox and a supervised approval on a real study',
    question: { caller: asTrainee },
    parts: {
      ...inTraining,
      approvals: [
        own({ mode: 'sandbox' }),
        anApproval(),
        own({ id: 'sup', mode: 'supervised', supervisor: RADIOLOGIST }),
      ],
    },
    mode: 'supervised',
  },
  {
    name: 'an expired approval beside a renewed one',
    parts: { approvals: [anApproval({ until: NOW }), anApproval({ id: 'renewed', from: NOW })] },
    mode: 'independent',
  },
  {
    name: 'the operator of the acceptance plan, on a study of the plan',
    parts: {
      ...versions({ state: 'acceptance', releases: [] }),
      approvals: [anApproval({ mode: 'acceptance', planStudies: [STUDY] })],
    },
    mode: 'acceptance',
  },
  { name: 'released at every site', parts: versions({ releases: [{ site: '*', from: NOW }] }) },
  {
    name: 'the endpoint attests what it should',
    question: { attested: { model: 'nodules', version: '3' } },
  },
  {
    name: 'name-only, and the endpoint names the model',
    question: { attested: { model: 'nodules' } },
    parts: versions({ endpoints: [aBinding({ attestation: 'name-only' })] }),
  },
  {
    name: "the caller's images where policy and binding take them",
    question: { input: 'caller' },
    parts: {
      ...versions({ endpoints: [aBinding({ input: 'caller' })] }),
      policy: { ...policy, callerInputAllowed: true },
    },
  },
  {
    name: 'no word about the input, as when a result is read again',
    parts: versions({ endpoints: [aBinding({ input: 'caller' })] }),
  },
  {
    name: 'an operator with a second factor',
    question: { caller: aPrincipal({ assurance: 2 }) },
    parts: {
      practitioners: [aRadiographer({ id: RADIOLOGIST })],
      evidence: currentEvidence(RADIOLOGIST, 'ai-operator'),
    },
  },
  {
    name: 'a stop-use of another version, one lifted, one to come',
    parts: {
      stopUses: [
        { id: 'a', family: 'other', from: 0, reason: 'drift', by: 'somebody' },
        { id: 'b', site: 'elsewhere', from: 0, reason: 'drift', by: 'somebody' },
        { id: 'c', from: 0, liftedAt: NOW, reason: 'drift', by: 'somebody' },
        { id: 'd', from: NOW + 1, reason: 'drift', by: 'somebody' },
      ],
    },
  },
  {
    name: 'a scope that covers the study',
    parts: {
      practitioners: [
        aPractitioner({ scope: { modalities: ['CT'], bodyParts: ['CHEST'], populations: ['adult'] } }),
      ],
    },
  },
  {
    name: 'no limits and no guideline stated by the vendor',
    question: { study: aStudy({ modalities: ['MR'], bodyParts: [] }) },
    parts: {
      modelVersions: [withoutGuideline()],
    },
  },
  { name: 'a suspension that was lifted', parts: { evidence: lifted() } },
  {
    name: 'a patient on the day they come of age, for a model and a scope of adults',
    question: { study: aStudy({ ageYears: 18 }) },
    parts: { practitioners: [aPractitioner({ scope: { populations: ['adult'] } })] },
  },
];

function withoutGuideline(): ReturnType<typeof aModelVersion> {
  const { guideline: _left, ...rest } = aModelVersion({ intendedUse: {} });
  return rest;
}

function lifted(): ReturnType<typeof plus> {
  const [suspension] = plus('suspension', { happenedAt: NOW - 2 * DAY_MS }).slice(-1);
  return [...plus('suspension-lifted'), ...(suspension === undefined ? [] : [suspension])];
}

describe('decide', () => {
  test.each(ROWS)('permits $name', ({ question = {}, parts = {}, mode = 'independent' }) => {
    const asked =
      'input' in question || parts.modelVersions === undefined
        ? aQuestion(question)
        : withoutInput(aQuestion(question));
    const decision = decide(asked, aRegister(parts), NOW);
    expect(decision.reasons).toEqual([]);
    expect(decision).toMatchObject({ permitted: true, approval: { mode } });
  });

  test('the order of the register does not change which approval is relied on', () => {
    const approvals = [anApproval({ id: 'b' }), anApproval({ id: 'a' })];
    const chosen = [approvals, approvals.toReversed()].map(
      (order) => decide(aQuestion(), aRegister({ approvals: order }), NOW).approval?.id,
    );
    expect(chosen).toEqual(['a', 'a']);
  });

  test('what stands in the way is told of the approval in date, not of one long gone', () => {
    const approvals = [
      anApproval({ id: 'old', until: NOW - 1 }),
      anApproval({ id: 'new', mode: 'supervised', supervisor: practitionerId('nobody') }),
    ];
    expect(decide(aQuestion(), aRegister({ approvals }), NOW).reasons.map(({ code }) => code)).toEqual([
      'supervisor-missing',
    ]);
  });
});

function withoutInput(question: Question): Question {
  const { input: _left, ...rest } = question;
  return rest;
}

describe('seeing a stored result (view)', () => {
  const retired = versions({
    state: 'retired',
    retiredAt: NOW - 10 * DAY_MS,
    releases: [{ site: SITE, from: NOW - 100 * DAY_MS, until: NOW - 10 * DAY_MS }],
  });
  test.each([
    {
      name: 'made while it was released, retired since',
      madeAt: NOW - 50 * DAY_MS,
      parts: retired,
      codes: [],
    },
    {
      name: 'made before it was released',
      madeAt: NOW - 101 * DAY_MS,
      parts: retired,
      codes: ['not-released'],
    },
    { name: 'made after it was retired', madeAt: NOW - DAY_MS, parts: retired, codes: ['model-retired'] },
    {
      name: 'of a retired version, nobody says when',
      madeAt: undefined,
      parts: retired,
      codes: ['model-retired'],
    },
    {
      name: 'dated in the future counts as made now',
      madeAt: NOW + 2 * DAY_MS,
      parts: versions({ releases: [{ site: SITE, from: NOW - DAY_MS, until: NOW + DAY_MS }] }),
      codes: [],
    },
    { name: 'of a released version, nobody says when', madeAt: undefined, parts: {}, codes: [] },
    {
      name: 'of a version under stop-use',
      madeAt: NOW - DAY_MS,
      parts: { stopUses: [{ id: 's', from: NOW, reason: 'drift', by: 'somebody' }] },
      codes: ['stop-use'],
    },
    {
      name: 'without an approval for viewing',
      madeAt: NOW - DAY_MS,
      parts: { approvals: [anApproval({ functions: ['detection'] })] },
      codes: ['approval-missing'],
    },
  ])('$name -> $codes', ({ madeAt, parts, codes }) => {
    const question = withoutInput(
      aQuestion({ function: 'view', ...(madeAt === undefined ? {} : { madeAt }) }),
    );
    expect(decide(question, aRegister(parts), NOW).reasons.map(({ code }) => code)).toEqual(codes);
  });
});
