import fc from 'fast-check';
import type { Question } from '../../src/domain/decision.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Approval, Evidence, RegisterSnapshot } from '../../src/domain/register.ts';
import {
  AI_FUNCTIONS,
  APPROVAL_MODES,
  MODEL_STATES,
  type AiFunction,
  type Assurance,
  type ModelState,
} from '../../src/domain/words.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aStudy,
  buildSnapshot,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  SITE,
} from '../fakes/register-builder.ts';
import { aGuideline, aPlan, aQuestion, DAY_MS } from './reason-given.ts';
import { shortEvidence, shortPolicy } from './short-log-book.ts';

/** With a log-book of three. */
export const policy = shortPolicy();
const supervisedPolicy: Policy = {
  ...policy,
  schemes: policy.schemes.map((scheme) => ({ ...scheme, supervisedOnly: true })),
};
const OTHER = practitionerId('other');
const ELSEWHERE = 'elsewhere';

/** All that a register is made of. */
export type Parts = Required<Omit<Parameters<typeof buildSnapshot>[0], 'sequence'>>;

/** Usually the first value, sometimes one of the others. */
function usually<T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(first) },
    ...others.map((other) => fc.constant(other)),
  );
}

const ALL = [...AI_FUNCTIONS];
const approval: fc.Arbitrary<Approval> = fc
  .record({
    practitioner: fc.constantFrom(RADIOLOGIST, OTHER),
    functions: usually<readonly AiFunction[]>(ALL, ['view']),
    mode: fc.constantFrom('independent' as const, ...APPROVAL_MODES),
    from: usually(NOW - DAY_MS, NOW + DAY_MS),
    until: usually(NOW + DAY_MS, NOW),
    grantedBy: usually<string>('lead', RADIOLOGIST, OTHER),
    supervisor: fc.constantFrom(RADIOLOGIST, OTHER),
    id: fc.uuid(),
    hasPlan: fc.boolean(),
  })
  .map(({ hasPlan, ...facts }) =>
    anApproval({
      ...facts,
      planStudies: [aStudy().studyInstanceUid],
      ...(hasPlan ? { plan: 'plan-1' } : {}),
    }),
  );

const evidenceOf = (id: typeof OTHER): fc.Arbitrary<readonly Evidence[]> => {
  const common = { practitioner: id, attestedBy: 'x', happenedAt: NOW } as const;
  const operator: Evidence = { ...common, id: `o-${id}`, type: 'award', scheme: 'ai-operator' };
  const all = [...shortEvidence(id), operator];
  const suspension: Evidence = { ...common, id: `s-${id}`, type: 'suspension' };
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(all) },
    {
      weight: 2,
      arbitrary: fc.integer({ min: 0, max: all.length - 1 }).map((place) => all.toSpliced(place, 1)),
    },
    { weight: 1, arbitrary: fc.subarray([...all, suspension]) },
  );
};

/** Registers in which one or two things are wrong, and sometimes nothing. */
export const parts: fc.Arbitrary<Parts> = fc
  .record({
    people: usually(
      [aPractitioner(), aRadiographer({ id: OTHER })],
      [aRadiographer({ id: OTHER })],
      [aPractitioner({ scope: { modalities: ['US'] } })],
      [aPractitioner(), aPractitioner({ id: OTHER, identities: aPractitioner().identities })],
    ),
    evidence: fc.tuple(evidenceOf(RADIOLOGIST), evidenceOf(OTHER)).map((both) => both.flat()),
    version: fc.record({
      state: usually<ModelState>('released', ...MODEL_STATES),
      sites: usually<readonly string[]>([SITE], [ELSEWHERE], [SITE, ELSEWHERE], ['*']),
      simulator: usually(false, true),
    }),
    approvals: fc
      .tuple(usually([anApproval({ functions: ALL })], [], [], []), fc.array(approval, { maxLength: 3 }))
      .map((both) => both.flat()),
    stopUses: usually<readonly { readonly from: number; readonly site?: string; readonly until?: number }[]>(
      [],
      [{ from: NOW - DAY_MS, site: SITE }],
      [{ from: NOW - DAY_MS, site: ELSEWHERE }],
      [{ from: NOW - DAY_MS, until: NOW }],
      [{ from: NOW - DAY_MS, until: NOW + 1 }],
    ),
    guidelines: usually([], [aGuideline()], [aGuideline({ version: '4' })]),
    plans: usually([aPlan()], [aPlan({ operator: OTHER })], []),
    policy: usually(policy, supervisedPolicy),
  })
  .map(({ people, version, approvals, stopUses, ...others }) => ({
    ...others,
    practitioners: people,
    modelVersions: [
      aModelVersion({
        state: version.state,
        releases: version.sites.map((site) => ({ site, from: NOW - DAY_MS })),
        endpoints: [aBinding({ simulator: version.simulator })],
      }),
    ],
    approvals: approvals.map((one, place) => ({ ...one, id: `${String(place)}-${one.id}` })),
    stopUses: stopUses.map((stop) => ({ ...stop, model: MODEL, id: 's', reason: 'drift', by: 'somebody' })),
    acceptanceTests: [],
  }));

/** Questions about the one version of these registers. */
export const question: fc.Arbitrary<Question> = fc
  .record({
    subject: usually<string>(RADIOLOGIST, OTHER, OTHER, OTHER, 'nobody'),
    assurance: usually<Assurance>(3, 2, 1),
    function: usually<AiFunction>('detection', ...AI_FUNCTIONS),
    simulator: usually(false, true),
    site: usually(SITE, ELSEWHERE),
    ageYears: usually(40, 12),
  })
  .map(({ subject, assurance, function: fn, ...study }) =>
    aQuestion({ caller: aPrincipal({ subject, assurance }), function: fn, study: aStudy(study) }),
  );

/** A snapshot of exactly these. */
export const snapshotOf = (given: Parts): RegisterSnapshot => buildSnapshot(given);
