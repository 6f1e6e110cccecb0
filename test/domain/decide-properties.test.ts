import fc from 'fast-check';
import { decide } from '../../src/domain/decide.ts';
import { REASONS } from '../../src/domain/reasons.ts';
import type { Approval, Evidence } from '../../src/domain/register.ts';
import { buildSnapshot, NOW } from '../fakes/register-builder.ts';
import { parts, policy, question, snapshotOf, type Parts } from './random-register.ts';

/** Records that may also take away, so that to lose one may give back. */
const TAKES_AWAY: readonly Evidence['type'][] = ['suspension', 'award'];
const RUNS = { numRuns: 200 };

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
      { numRuns: 500 },
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
          ...given,
          practitioners: given.practitioners.toReversed(),
          evidence: given.evidence.toReversed(),
          approvals: given.approvals.toReversed(),
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
