import fc from 'fast-check';
import type { Question } from '../../src/domain/decision.ts';
import type { EvidenceType } from '../../src/domain/evidence-types.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type {
  Approval,
  Evidence,
  Instant,
  ModelVersion,
  Practitioner,
  StopUse,
} from '../../src/domain/register.ts';
import { APPROVAL_MODES, INPUT_SOURCES, MODEL_STATES } from '../../src/domain/words.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aRadiographer,
  aStudy,
  currentEvidence,
  entryEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  SITE,
} from './register-builder.ts';
import { ALL, around, ask, OPERATOR, often, TRAINEE, VERSIONS } from './life-questions.ts';

const DAY = 86_400_000;
const PEOPLE = [RADIOLOGIST, OPERATOR, TRAINEE];

/** The sections that the lives below change. */
export interface LivingRecords {
  readonly practitioners: readonly Practitioner[];
  readonly evidence: readonly Evidence[];
  readonly modelVersions: readonly ModelVersion[];
  readonly approvals: readonly Approval[];
  readonly stopUses: readonly StopUse[];
}

/** What happens next, so long after what came before. */
export type Step = { readonly afterMs: number } & (
  | { readonly change: (records: LivingRecords, now: Instant) => Partial<LivingRecords> }
  | { readonly policy: Policy }
  | { readonly ask: (now: Instant) => Question }
);

/** Where every life begins: a Responsible Clinician, an operator, somebody in training, two versions. */
export const BIRTH: LivingRecords = {
  practitioners: [
    aPractitioner(),
    aRadiographer({ id: OPERATOR }),
    aPractitioner({ id: TRAINEE, scope: { populations: ['adult'] } }),
  ],
  evidence: [
    ...currentEvidence(RADIOLOGIST),
    ...currentEvidence(OPERATOR, 'ai-operator'),
    ...entryEvidence(TRAINEE),
  ],
  modelVersions: VERSIONS.map((version) => aModelVersion({ version })),
  approvals: [
    anApproval({ functions: ALL }),
    anApproval({ id: 'of-operator', practitioner: OPERATOR, functions: ALL }),
    anApproval({ id: 'of-trainee', practitioner: TRAINEE, mode: 'supervised', supervisor: RADIOLOGIST }),
  ],
  stopUses: [],
};

const shipped = shippedPolicy();
/** The shipped one, one that takes the caller's images and any login, and one in which everybody is a child. */
const POLICIES: readonly Policy[] = [
  shipped,
  {
    ...shipped,
    digest: `sha256:${'1'.repeat(64)}`,
    callerInputAllowed: true,
    duties: shipped.duties.map((duty) => ({ ...duty, minAssurance: 1 })),
  },
  { ...shipped, digest: `sha256:${'2'.repeat(64)}`, adultFromYears: 90 },
];

const person = fc.constantFrom(...PEOPLE);
const version = fc.constantFrom(...VERSIONS);

type Change = Extract<Step, { change: unknown }>['change'];

const TYPES: readonly EvidenceType[] = [
  'suspension',
  'suspension-lifted',
  'cpd',
  'annual-declaration',
  'award',
  'registration',
];
const evidenceAdded: fc.Arbitrary<Change> = fc
  .record({ practitioner: person, type: fc.constantFrom(...TYPES), at: around, id: fc.uuid() })
  .map(({ at, ...facts }) => ({ evidence }, now) => ({
    evidence: [...evidence, { ...facts, happenedAt: now + at, attestedBy: 'assessor', scheme: 'rc-ai' }],
  }));
const suspensionLifted: fc.Arbitrary<Change> = fc
  .record({ id: fc.uuid(), practitioner: person })
  .map((facts) => ({ evidence }, now) => ({
    evidence: [
      ...evidence,
      { ...facts, type: 'suspension-lifted', happenedAt: now, attestedBy: 'director', scheme: 'rc-ai' },
    ],
  }));
const evidenceTakenBack: fc.Arbitrary<Change> = fc.nat().map((place) => ({ evidence }) => ({
  evidence: evidence.toSpliced(place % (evidence.length + 1), 1),
}));
const approvalGranted: fc.Arbitrary<Change> = fc
  .record({
    id: fc.uuid(),
    practitioner: person,
    version,
    functions: fc.subarray(ALL, { minLength: 1 }),
    mode: fc.constantFrom(...APPROVAL_MODES),
    supervisor: person,
    grantedBy: often<string>('lead', ...PEOPLE),
    from: around,
  })
  .map(({ from, ...facts }) => ({ approvals }, now) => ({
    approvals: [
      ...approvals,
      anApproval({
        ...facts,
        from: now + from,
        until: now + from + 60 * DAY,
        planStudies: [aStudy().studyInstanceUid],
      }),
    ],
  }));
const approvalEnded: fc.Arbitrary<Change> = fc.nat().map((place) => ({ approvals }) => ({
  approvals: approvals.toSpliced(place % (approvals.length + 1), 1),
}));
const modelChanged: fc.Arbitrary<Change> = fc
  .record({
    version,
    state: often('released' as const, ...MODEL_STATES),
    site: often(SITE, '*', 'elsewhere'),
    endpointVersion: often('3', '4'),
    input: fc.constantFrom(...INPUT_SOURCES),
    simulator: fc.boolean(),
    digest: fc.constantFrom('a', 'b').map((digit) => `sha256:${digit.repeat(64)}`),
  })
  .map(({ version: exact, state, site, digest, ...binding }) => ({ modelVersions }, now) => {
    const releases = [{ site, from: now - DAY }];
    const endpoints = [aBinding(binding), aBinding({ ...binding, function: 'triage' })];
    const next = aModelVersion({ version: exact, state, digest, releases, endpoints });
    return { modelVersions: [...modelVersions.filter((known) => known.version !== exact), next] };
  });
const stopped: fc.Arbitrary<Change> = fc
  .record({
    id: fc.uuid(),
    at: around,
    where: fc.constantFrom(
      { site: SITE },
      { family: 'lung-ct' },
      ...VERSIONS.map((one) => ({ model: MODEL, version: one })),
    ),
  })
  .map(({ id, at, where }) => ({ stopUses }, now) => ({
    stopUses: [...stopUses, { id, ...where, from: now + at, reason: 'drift', by: 'somebody' }],
  }));
const lifted: fc.Arbitrary<Change> = fc.constant(({ stopUses }, now) => ({
  stopUses: stopUses.map((stop) => ({ liftedAt: now, ...stop })),
}));
const personChanged: fc.Arbitrary<Change> = fc
  .record({
    id: person,
    scope: often<Practitioner['scope']>({}, { modalities: ['MR'] }, { populations: ['paediatric'] }),
    login: often<string | undefined>(undefined, ...PEOPLE),
  })
  .map(({ id, scope, login = id }) => ({ practitioners }) => ({
    practitioners: practitioners.map((one) =>
      one.id === id
        ? { ...one, scope, identities: aPractitioner({ id: practitionerId(login) }).identities }
        : one,
    ),
  }));

/** What goes wrong is put right more often than not, else all lives would end in the same refusals. */
const change = fc.oneof(
  evidenceAdded,
  { arbitrary: suspensionLifted, weight: 2 },
  evidenceTakenBack,
  { arbitrary: approvalGranted, weight: 2 },
  approvalEnded,
  modelChanged,
  stopped,
  { arbitrary: lifted, weight: 3 },
  personChanged,
);

const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.oneof(
      { arbitrary: change.map((one) => ({ change: one })), weight: 4 },
      { arbitrary: fc.constantFrom(...POLICIES).map((policy) => ({ policy })), weight: 1 },
      { arbitrary: ask.map((one) => ({ ask: one })), weight: 12 },
    ),
    often(0, 3_600_000, DAY, 20 * DAY),
  )
  .map(([what, afterMs]) => ({ ...what, afterMs }));

/** So many steps of a register's life; the first is so long after `LIFE_BEGINS`. */
export function life(steps: number): fc.Arbitrary<readonly Step[]> {
  return fc.array(step, { minLength: steps, maxLength: steps, size: 'max' });
}

export const LIFE_BEGINS: Instant = NOW;
