import { decide } from '../../src/domain/decide.ts';
import { ATTESTED_ROWS } from './attestation-rows.ts';
import type { Question } from '../../src/domain/decision.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Approval, Evidence } from '../../src/domain/register.ts';
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
  modelName,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
} from '../fakes/register-builder.ts';
import {
  aGuideline,
  aPlan,
  aQuestion,
  DAY_MS,
  evidence,
  plus,
  versions,
  withoutInput,
} from './reason-given.ts';

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
  {
    name: 'the operator whom the plan names, on a study of the plan',
    parts: {
      ...versions({ state: 'acceptance', releases: [] }),
      approvals: [anApproval({ mode: 'acceptance', plan: 'plan-1' })],
      plans: [aPlan()],
    },
    mode: 'acceptance',
  },
  {
    name: 'under supervision, a credential under which nobody works alone',
    question: { caller: asTrainee },
    parts: {
      practitioners: [aPractitioner(), aPractitioner({ id: TRAINEE, profession: 'registrar' })],
      evidence: [...evidence, ...currentEvidence(TRAINEE), awardOf(TRAINEE, 'registrar')],
      approvals: [anApproval(), own({ mode: 'supervised', supervisor: RADIOLOGIST })],
      policy: withRegistrars(),
    },
    mode: 'supervised',
  },
  {
    name: 'somebody with two credentials, one of which never lets them work alone',
    parts: {
      evidence: [...evidence, awardOf(RADIOLOGIST, 'registrar')],
      policy: withRegistrars(),
    },
  },
  {
    name: 'the same, under a policy that names the other credential first',
    parts: {
      evidence: [...evidence, awardOf(RADIOLOGIST, 'registrar')],
      policy: { ...withRegistrars(), schemes: withRegistrars().schemes.toReversed() },
    },
  },
  {
    name: 'a guideline of which the register has drafts and versions to come only',
    parts: {
      guidelines: [
        drafted(),
        aGuideline({ version: '5', effectiveFrom: NOW + 1 }),
        aGuideline({ version: '6', signedAt: NOW + 1 }),
        aGuideline({ version: '7', signedBy: RADIOLOGIST }),
      ],
    },
  },
  {
    name: 'the version in effect, while the model names another',
    parts: {
      ...versions({ guideline: { id: 'lung-nodules', version: '9' } }),
      guidelines: [aGuideline({ version: '2', effectiveFrom: NOW - 50 * DAY_MS }), aGuideline()],
    },
  },
  { name: 'released at every site', parts: versions({ releases: [{ site: '*', from: NOW }] }) },
  ...ATTESTED_ROWS,
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
    name: 'a stop-use of others, one lifted, one that ended by itself',
    parts: {
      stopUses: [
        { id: 'a', family: 'other', from: 0, reason: 'drift', by: 'somebody' },
        { id: 'b', site: 'elsewhere', from: 0, reason: 'drift', by: 'somebody' },
        { id: 'c', from: 0, liftedAt: NOW, reason: 'drift', by: 'somebody' },
        { id: 'e', from: 0, until: NOW, reason: 'drift', by: 'somebody' },
        { id: 'f', model: modelName('another'), from: 0, reason: 'drift', by: 'somebody' },
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

/** Registrars work under supervision; this policy lets radiologists hold their credential too, and names it first. */
function withRegistrars(): Policy {
  const registrar = policy.schemes
    .filter(({ id }) => id === 'rc-ai')
    .map((scheme) => ({
      ...scheme,
      id: 'registrar',
      professions: ['registrar', 'radiologist'] as const,
      supervisedOnly: true,
    }));
  return {
    ...policy,
    schemes: [...registrar, ...policy.schemes.filter(({ id }) => id !== 'registrar')],
    duties: policy.duties.map((duty) => ({ ...duty, credentials: [...duty.credentials, 'registrar'] })),
  };
}

function awardOf(practitioner: typeof TRAINEE, scheme: string): Evidence {
  return {
    id: `award-${practitioner}-${scheme}`,
    practitioner,
    type: 'award',
    scheme,
    happenedAt: NOW - 100 * DAY_MS,
    attestedBy: 'board',
  };
}

function drafted(): ReturnType<typeof aGuideline> {
  const { signedBy: _by, signedAt: _at, effectiveFrom: _from, ...draft } = aGuideline({ version: '4' });
  return draft;
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
