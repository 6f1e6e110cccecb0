import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { addMonths } from '../../src/domain/calendar.ts';
import { credentialStatus } from '../../src/domain/credential-status.ts';
import type { Evidence, Instant, RegisterSnapshot } from '../../src/domain/register.ts';
import { aModelVersion, anApproval, buildSnapshot, NOW, RADIOLOGIST } from '../fakes/register-builder.ts';
import { aGuideline, DAY_MS } from './reason-given.ts';
import { shortEvidence } from './short-log-book.ts';
import { FAMILIES, OTHER, people, policy, said, type Parts } from './standing-said.ts';

/** What may also be there, and what takes away. */
function extrasOf(id: typeof OTHER): readonly Evidence[] {
  const extra = (type: Evidence['type'], facts: Partial<Evidence> = {}): Evidence => ({
    id: `${id}-${type}`,
    practitioner: id,
    type,
    happenedAt: NOW,
    attestedBy: 'x',
    ...facts,
  });
  return [
    extra('suspension'),
    extra('suspension', { scheme: 'rc-ai' }),
    extra('suspension-lifted'),
    extra('osce-prescribing'),
    extra('cpd', { credits: 10, modelFamily: 'other', attestedBy: id }),
    extra('award', { scheme: 'rc-ai' }),
  ];
}

/** Pieces of a radiologist who is current, a few gone, at other times or with an end, and perhaps some that take away. */
function evidenceOf(id: typeof OTHER): fc.Arbitrary<readonly Evidence[]> {
  const all = shortEvidence(id);
  const change = fc.record({
    place: fc.nat({ max: all.length - 1 }),
    days: fc.integer({ min: -400, max: 400 }),
    lasts: fc.option(fc.integer({ min: -5, max: 400 }), { nil: undefined }),
    isGone: fc.constantFrom(false, false, true),
  });
  const extras = fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    fc.subarray([...extrasOf(id)], { maxLength: 3 }),
  );
  return fc.tuple(fc.array(change, { maxLength: 3 }), extras).map(([changes, more]) => [
    ...all.flatMap((piece, place): readonly Evidence[] => {
      const made = changes.find((one) => one.place === place);
      if (made === undefined) return [piece];
      const happenedAt = piece.happenedAt + made.days * DAY_MS;
      const end = made.lasts === undefined ? {} : { validUntil: happenedAt + made.lasts * DAY_MS };
      return made.isGone ? [] : [{ ...piece, happenedAt, ...end }];
    }),
    ...more,
  ]);
}

const nearNow = fc.integer({ min: -20, max: 60 }).map((days) => NOW + days * DAY_MS);

const parts: fc.Arbitrary<Parts> = fc
  .record({
    evidence: fc.tuple(evidenceOf(RADIOLOGIST), evidenceOf(OTHER)).map((both) => both.flat()),
    family: fc.constantFrom('lung-ct', 'lung-ct', 'lung-ct', ...FAMILIES),
    mode: fc.constantFrom('independent' as const, 'supervised' as const),
    ends: fc.tuple(nearNow, nearNow),
    effectiveFrom: fc.oneof(fc.constant(NOW * 2), fc.constant(NOW * 2), nearNow),
  })
  .map(({ evidence, family, mode, ends: [end, otherEnd], effectiveFrom }) => ({
    policy,
    practitioners: people,
    evidence,
    modelVersions: [aModelVersion({ family, releases: [{ site: '*', from: 0 }] })],
    approvals: [
      anApproval({ from: 0, until: end }),
      anApproval({ id: 'renewed', from: end, until: NOW * 2 }),
      anApproval({ id: 'b', practitioner: OTHER, mode, supervisor: RADIOLOGIST, from: 0, until: otherEnd }),
    ],
    guidelines: [aGuideline(), aGuideline({ version: '4', effectiveFrom })],
  }));

/** Moments at which something may change by itself. */
function momentsOf({ evidence = [], approvals = [], guidelines = [] }: Parts): readonly Instant[] {
  const marks = evidence.flatMap(({ happenedAt, validUntil }) => [
    happenedAt,
    ...(validUntil === undefined ? [] : [validUntil]),
    ...[3, 6, 12, 24].map((months) => addMonths(happenedAt, months)),
  ]);
  const others = [
    ...approvals.map(({ until }) => until),
    ...guidelines.map(({ effectiveFrom = NOW }) => effectiveFrom),
  ];
  const recent = [...marks, ...others].filter((mark) => Math.abs(mark - NOW) < 60 * DAY_MS);
  return [NOW, NOW - 5 * DAY_MS, ...recent];
}

/** The same by the plain rule, from evidence alone. */
const plainStandings = (register: RegisterSnapshot, now: Instant): unknown =>
  people.map((practitioner) =>
    policy.schemes
      .filter(({ professions }) => professions.includes(practitioner.profession))
      .map((scheme) =>
        [undefined, ...FAMILIES, 'unheard-of'].map((modelFamily) =>
          credentialStatus(
            {
              practitioner,
              scheme,
              evidence: register.evidenceOf(practitioner.id),
              ...(modelFamily === undefined ? {} : { modelFamily }),
            },
            now,
          ),
        ),
      ),
  );

/** Where two answers that ought to be the same differ is for the test to find; this says only whether they do. */
const isSame = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one, other);

test('what is kept of people is what would be worked out anew, at any moment and in any order', () => {
  const answers = { permitted: 0, refused: 0 };
  fc.assert(
    fc.property(parts, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (given, picks) => {
      const warm = buildSnapshot(given);
      const moments = momentsOf(given);
      const marks = picks.map((pick) => moments[pick % moments.length] ?? NOW);
      // Over the mark and back again.
      for (const now of marks.flatMap((mark) => [mark - 1, mark, mark - 1])) {
        const known = said(warm, now);
        for (const { permitted } of known.decisions) answers[permitted ? 'permitted' : 'refused'] += 1;
        expect(isSame(known, said(buildSnapshot(given), now))).toBe(true);
        expect(isSame(known.standings, plainStandings(warm, now))).toBe(true);
      }
    }),
    { numRuns: 80 },
  );
  // The variations reach both answers, else the property would say little.
  expect(Math.min(answers.permitted, answers.refused)).toBeGreaterThan(10);
});

test('after a change it is right again once the people concerned are forgotten', () => {
  fc.assert(
    fc.property(parts, parts, fc.nat(), (before, after, pick) => {
      const first = buildSnapshot(before);
      const moments = momentsOf(after);
      const now = moments[pick % moments.length] ?? NOW;
      said(first, now);
      const second: RegisterSnapshot = { ...buildSnapshot(after), memo: first.memo };
      for (const { id } of people) second.memo.forget(id);
      expect(isSame(said(second, now), said(buildSnapshot(after), now))).toBe(true);
    }),
    { numRuns: 80 },
  );
});
