import fc from 'fast-check';
import { decide } from '../../src/domain/decide.ts';
import type { Question } from '../../src/domain/decision.ts';
import { REASONS } from '../../src/domain/reasons.ts';
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
  currentEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
  SITE,
  shippedPolicy,
} from '../fakes/register-builder.ts';
import { aQuestion, DAY_MS } from './reason-given.ts';

const policy = shippedPolicy();
const OTHER = practitionerId('other');
/** Records that may also take away, so that to lose one may give back. */
const TAKES_AWAY: readonly Evidence['type'][] = ['suspension', 'award'];

type Parts = Required<Omit<Parameters<typeof buildSnapshot>[0], 'policy' | 'sequence'>>;

/** Usually the first value, sometimes one of the others. */
function usually<T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 8, arbitrary: fc.constant(first) }, ...others.map((other) => fc.constant(other)));
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
  })
  .map((facts) => anApproval({ ...facts, planStudies: [aStudy().studyInstanceUid] }));

const evidenceOf = (id: typeof OTHER): fc.Arbitrary<readonly Evidence[]> => {
  const all = [...currentEvidence(id), ...currentEvidence(id, 'ai-operator')].map((piece, place) => ({
    ...piece,
    id: `${String(place)}-${piece.id}`,
  }));
  const suspension: Evidence = {
    id: 's',
    practitioner: id,
    type: 'suspension',
    happenedAt: NOW,
    attestedBy: 'x',
  };
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(all) },
    {
      weight: 2,
      arbitrary: fc.integer({ min: 0, max: all.length - 1 }).map((place) => all.toSpliced(place, 1)),
    },
    { weight: 1, arbitrary: fc.subarray([...all, suspension]) },
  );
};

const parts: fc.Arbitrary<Parts> = fc
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
      site: usually(SITE, 'elsewhere'),
      simulator: fc.boolean(),
    }),
    approvals: fc
      .tuple(fc.constantFrom([anApproval({ functions: ALL })], []), fc.array(approval, { maxLength: 3 }))
      .map((both) => both.flat()),
    stopUses: usually([], [{ from: NOW - DAY_MS, site: SITE }], [{ from: NOW - DAY_MS, site: 'elsewhere' }]),
  })
  .map(({ people, evidence, version, approvals, stopUses }) => ({
    practitioners: people,
    evidence,
    modelVersions: [
      aModelVersion({
        state: version.state,
        releases: [{ site: version.site, from: NOW - DAY_MS }],
        endpoints: [aBinding({ simulator: version.simulator })],
      }),
    ],
    approvals: approvals.map((one, place) => ({ ...one, id: `${String(place)}-${one.id}` })),
    stopUses: stopUses.map((stop) => ({ ...stop, id: 's', reason: 'drift', by: 'somebody' })),
    guidelines: [],
    plans: [],
    acceptanceTests: [],
  }));

const question: fc.Arbitrary<Question> = fc
  .record({
    subject: usually<string>(RADIOLOGIST, OTHER, OTHER, OTHER, 'nobody'),
    assurance: usually<Assurance>(3, 2, 1),
    function: usually<AiFunction>('detection', ...AI_FUNCTIONS),
    simulator: fc.boolean(),
    ageYears: usually(40, 12),
  })
  .map(({ subject, assurance, function: fn, simulator, ageYears }) =>
    aQuestion({
      caller: aPrincipal({ subject, assurance }),
      function: fn,
      study: aStudy({ simulator, ageYears }),
    }),
  );

const snapshotOf = (given: Parts): RegisterSnapshot => buildSnapshot({ ...given, policy });
const RUNS = { numRuns: 400 };

describe('decide, whatever the register holds', () => {
  test('reasons are empty exactly when it permits; each code once, in the order of REASONS', () => {
    fc.assert(
      fc.property(parts, question, (given, asked) => {
        const { permitted, reasons } = decide(asked, snapshotOf(given), NOW);
        const codes = reasons.map((reason) => reason.code);
        expect(permitted).toBe(codes.length === 0);
        expect(codes).toEqual(REASONS.filter((code) => codes.includes(code)));
      }),
      RUNS,
    );
  });

  test('what is permitted stands on a person, a version, a credential and an approval (default deny)', () => {
    fc.assert(
      fc.property(parts, question, (given, asked) => {
        const decision = decide(asked, snapshotOf(given), NOW);
        fc.pre(decision.permitted);
        expect(decision.practitioner?.id).toBe(asked.caller.subject);
        expect(decision.modelVersion?.version).toBe(asked.version);
        expect(['current', 'in-training']).toContain(decision.credential?.status);
        expect(decision.approval).toMatchObject({
          practitioner: decision.practitioner?.id,
          version: asked.version,
        });
        expect(decision.approval?.functions).toContain(asked.function);
      }),
      RUNS,
    );
  });

  test('an empty register permits nobody anything', () => {
    fc.assert(
      fc.property(question, (asked) => {
        expect(decide(asked, buildSnapshot({ policy }), NOW).permitted).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  test('losing evidence or an approval never turns deny into permit', () => {
    fc.assert(
      fc.property(parts, question, fc.nat(), (given, asked, which) => {
        const before = decide(asked, snapshotOf(given), NOW).permitted;
        const { evidence, approvals } = given;
        const lost = which % (evidence.length + approvals.length + 1);
        const piece = evidence[lost];
        fc.pre(piece === undefined || !TAKES_AWAY.includes(piece.type));
        const after = decide(
          asked,
          snapshotOf({
            ...given,
            evidence: piece === undefined ? evidence : evidence.toSpliced(lost, 1),
            approvals: piece === undefined ? approvals.toSpliced(lost - evidence.length, 1) : approvals,
          }),
          NOW,
        ).permitted;
        expect(before || !after).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('losing an award never unlocks anything for those who work alone', () => {
    fc.assert(
      fc.property(parts, question, (given, asked) => {
        const approvals = given.approvals.map((one): Approval => ({ ...one, mode: 'independent' }));
        const evidence = given.evidence.filter((piece) => piece.type !== 'award');
        const register = snapshotOf({ ...given, approvals, evidence });
        expect(decide(asked, register, NOW).permitted).toBe(false);
      }),
      RUNS,
    );
  });

  test('the same inputs give the same answer, in whatever order the register holds its records', () => {
    fc.assert(
      fc.property(parts, question, (given, asked) => {
        const turned: Parts = {
          practitioners: given.practitioners.toReversed(),
          evidence: given.evidence.toReversed(),
          modelVersions: given.modelVersions,
          approvals: given.approvals.toReversed(),
          stopUses: given.stopUses,
          guidelines: [],
          plans: [],
          acceptanceTests: [],
        };
        const [first, again, other] = [given, given, turned].map((one) =>
          decide(asked, snapshotOf(one), NOW),
        );
        expect(again).toEqual(first);
        expect({ ...other, approval: other?.approval?.id }).toEqual({
          ...first,
          approval: first?.approval?.id,
        });
      }),
      RUNS,
    );
  });

  test('the generator reaches both answers', () => {
    const permitted = fc
      .sample(fc.tuple(parts, question), { numRuns: 400, seed: 7 })
      .filter(([given, asked]) => decide(asked, snapshotOf(given), NOW).permitted);
    expect(permitted.length).toBeGreaterThan(15);
    expect(permitted.length).toBeLessThan(385);
  });
});
