import fc from 'fast-check';
import { addMonths } from '../../src/domain/calendar.ts';
import { credentialStatus, requirementsOf } from '../../src/domain/credential-status.ts';
import { decide } from '../../src/domain/decide.ts';
import type { DueItem } from '../../src/domain/due-item.ts';
import { fallingDue } from '../../src/domain/falling-due.ts';
import type { Evidence, Instant } from '../../src/domain/register.ts';
import {
  aPractitioner,
  aPrincipal,
  aRegister,
  aStudy,
  currentEvidence,
  MODEL,
  NOW,
  RADIOLOGIST,
  shippedPolicy,
  VERSION,
} from '../fakes/register-builder.ts';

const DAY = 86_400_000;
const FAR = NOW + 5_000 * DAY;
const policy = shippedPolicy();
const practitioner = aPractitioner();
const base = currentEvidence(RADIOLOGIST);
const [rcAi] = policy.schemes;
if (rcAi === undefined) throw new Error('the policy has schemes');

const registerOf = (evidence: readonly Evidence[]) => aRegister({ policy, evidence });
const itemsOf = (evidence: readonly Evidence[], now: Instant): readonly DueItem[] =>
  fallingDue(registerOf(evidence), now, FAR, RADIOLOGIST);

/** A piece that was, or was not, put on record, at another time, and may run out. */
const pieces: fc.Arbitrary<readonly Evidence[]> = fc
  .tuple(...base.filter(({ type }) => type !== 'log-book-case').map((piece) => variantOf(piece)))
  .map((some) => [...some.flat(), ...base.filter(({ type }) => type === 'log-book-case')]);

function variantOf(piece: Evidence): fc.Arbitrary<readonly Evidence[]> {
  const shifted = fc
    .record({
      days: fc.integer({ min: -700, max: 0 }),
      validDays: fc.option(fc.integer({ min: 1, max: 1_500 }), { nil: undefined, freq: 4 }),
    })
    .map(({ days, validDays }): readonly Evidence[] => {
      const happenedAt = piece.happenedAt + days * DAY;
      const { validUntil: _before, ...rest } = piece;
      const end = validDays === undefined ? {} : { validUntil: happenedAt + validDays * DAY };
      return [{ ...rest, happenedAt, ...end }];
    });
  return fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 6, arbitrary: shifted });
}

const missingAt = (evidence: readonly Evidence[], now: Instant): ReadonlySet<string> => {
  const standing = credentialStatus({ practitioner, scheme: rcAi, evidence, modelFamily: 'lung-ct' }, now);
  return new Set(standing.missing.map(({ id }) => id));
};
const requirementOf = ({ id }: DueItem): string | undefined => {
  const [kind, , scheme, requirement] = id.split('/');
  return kind === 'requirement' && scheme === 'rc-ai' ? requirement : undefined;
};

test('each date is the very instant at which the credential begins to lack it', () => {
  fc.assert(
    fc.property(pieces, (evidence) => {
      const wrong = itemsOf(evidence, NOW).filter((item) => {
        const requirement = requirementOf(item);
        if (requirement === undefined) return false;
        const isMissing = (now: Instant): boolean => missingAt(evidence, now).has(requirement);
        return !isMissing(item.dueAt) || (item.dueAt > NOW && isMissing(item.dueAt - 1));
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('whatever the credential will lack by a later day was told, or is lacking already', () => {
  const seenTo = ['registration', 'award'];
  const later = fc.integer({ min: 1, max: 1_500 }).map((days) => NOW + days * DAY);
  fc.assert(
    fc.property(pieces, later, (evidence, then) => {
      fc.pre(evidence.some(({ type }) => type === 'award'));
      const told = itemsOf(evidence, NOW).filter(({ dueAt }) => dueAt <= then);
      const known = new Set([...told.map(requirementOf), ...missingAt(evidence, NOW), ...seenTo]);
      expect([...missingAt(evidence, then)].filter((id) => !known.has(id))).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('more evidence never brings a date nearer that was told before, but for an earlier award', () => {
  const awardedAt = (evidence: readonly Evidence[]): Instant =>
    Math.min(...evidence.filter(({ type }) => type === 'award').map(({ happenedAt }) => happenedAt));
  fc.assert(
    fc.property(pieces, pieces, (evidence, more) => {
      const first = awardedAt(evidence);
      const added = more
        .map((piece) => ({ ...piece, id: `${piece.id}-more` }))
        .filter(({ type, happenedAt }) => type !== 'award' || first === Infinity || happenedAt >= first);
      const before = new Map(itemsOf(evidence, NOW).map(({ id, dueAt }) => [id, dueAt]));
      const after = itemsOf([...evidence, ...added], NOW);
      expect(after.filter(({ id, dueAt }) => dueAt < (before.get(id) ?? -Infinity))).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('what is not asked of this profession is asked of nobody: each name is a requirement of a scheme of theirs', () => {
  const known = policy.schemes
    .filter(({ professions }) => professions.includes('radiologist'))
    .flatMap((scheme) => requirementsOf(scheme).map(({ requirement }) => `${scheme.id}/${requirement.id}`));
  for (const { id } of itemsOf(base, NOW).filter((item) => item.id.startsWith('requirement/'))) {
    expect(known).toContain(id.split('/').slice(2, 4).join('/'));
  }
});

describe('a lapse happens by itself, at the very minute, with no job that has to run', () => {
  const question = {
    caller: aPrincipal({ expiresAt: FAR, authenticatedAt: NOW }),
    function: 'detection',
    model: MODEL,
    version: VERSION,
    study: aStudy(),
  } as const;
  // The very same snapshot before and after: nothing was computed anew, nothing was told.
  const register = registerOf(base);
  const reasonsAt = (now: Instant): readonly string[] => {
    const caller = { ...question.caller, authenticatedAt: now - 60_000 };
    return decide({ ...question, caller }, register, now).reasons.map(({ code }) => code);
  };

  test.each<{ kind: DueItem['kind']; dueAt: Instant; reason: string }>([
    { kind: 'audit', dueAt: addMonths(addMonths(NOW, -1), 3), reason: 'audit-overdue' },
    { kind: 'declaration', dueAt: addMonths(addMonths(NOW, -6), 12), reason: 'declaration-overdue' },
    { kind: 'registration', dueAt: NOW + 200 * DAY, reason: 'registration-lapsed' },
    { kind: 'approval', dueAt: NOW + 300 * DAY, reason: 'approval-expired' },
  ])('$kind', ({ kind, dueAt, reason }) => {
    expect(itemsOf(base, NOW).find((item) => item.kind === kind)?.dueAt).toBe(dueAt);
    expect(reasonsAt(dueAt - 1)).not.toContain(reason);
    expect(reasonsAt(dueAt)).toContain(reason);
  });

  test('permitted until the first of them, and not from then on', () => {
    const first = itemsOf(base, NOW)[0]?.dueAt ?? NaN;
    expect(reasonsAt(first - 60_000)).toEqual([]);
    expect(reasonsAt(first - 1)).toEqual([]);
    expect(reasonsAt(first)).not.toEqual([]);
  });
});
