import fc from 'fast-check';
import { decide } from '../../src/domain/decide.ts';
import { describeStanding } from '../../src/domain/describe-standing.ts';
import type { Approval, Evidence, ModelVersion, StopUse } from '../../src/domain/register.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  aRegister,
  currentEvidence,
  NOW,
  RADIOLOGIST,
  SITE,
} from '../fakes/register-builder.ts';
import { parts, policy, question, snapshotOf, type Parts } from './random-register.ts';
import { aGuideline, aPlan, aQuestion, DAY_MS, evidence, plus, without } from './reason-given.ts';

/** No register lets these in; should one stand there all the same, it must lock and not break. */
const NO_TIMES = [NaN, Infinity, -Infinity, 9e15, -9e15] as const;

const stop = (changes: Partial<StopUse>): readonly StopUse[] => [
  { id: 's', from: NOW - 1, reason: 'drift', by: 'somebody', ...changes },
];
const released = (changes: Partial<ModelVersion>): { readonly modelVersions: readonly ModelVersion[] } => ({
  modelVersions: [aModelVersion(changes)],
});
const ended = (type: Evidence['type'], validUntil: number): readonly Evidence[] =>
  evidence.map((piece) => (piece.type === type ? { ...piece, validUntil } : piece));

interface Row {
  readonly name: string;
  readonly parts: Parameters<typeof aRegister>[0];
}

const ROWS: readonly Row[] = [
  { name: 'an approval that begins at no time', parts: { approvals: [anApproval({ from: NaN })] } },
  { name: 'an approval that ends at no time', parts: { approvals: [anApproval({ until: NaN })] } },
  {
    name: 'an approval that ends before it begins',
    parts: { approvals: [anApproval({ from: NOW + 1, until: NOW - 1 })] },
  },
  { name: 'a release from no time on', parts: released({ releases: [{ site: SITE, from: NaN }] }) },
  {
    name: 'a release until no time',
    parts: released({ releases: [{ site: SITE, from: 0, until: NaN }] }),
  },
  { name: 'a retirement at no time', parts: released({ retiredAt: NaN }) },
  { name: 'a stop-use from no time on', parts: { stopUses: stop({ from: NaN }) } },
  { name: 'a stop-use until no time', parts: { stopUses: stop({ until: NaN }) } },
  { name: 'a stop-use lifted at no time', parts: { stopUses: stop({ liftedAt: NaN }) } },
  { name: 'a suspension from no time on', parts: { evidence: plus('suspension', { happenedAt: NaN }) } },
  { name: 'a suspension until no time', parts: { evidence: plus('suspension', { validUntil: NaN }) } },
  {
    name: 'a suspension lifted at no time',
    parts: {
      evidence: [
        ...plus('suspension', { happenedAt: NOW - DAY_MS }),
        ...plus('suspension-lifted', { happenedAt: NaN }).slice(-1),
      ],
    },
  },
  { name: 'a registration until no time', parts: { evidence: ended('registration', NaN) } },
  { name: 'an award until no time', parts: { evidence: ended('award', NaN) } },
  {
    name: 'an award at no time',
    parts: { evidence: evidence.map((one) => (one.type === 'award' ? { ...one, happenedAt: NaN } : one)) },
  },
  {
    name: 'a guideline that takes effect at no time, and a model that names another',
    parts: {
      ...released({ guideline: { id: 'lung-nodules', version: '9' } }),
      guidelines: [aGuideline({ effectiveFrom: NaN })],
    },
  },
  {
    name: 'a plan approved at no time',
    parts: {
      ...released({ state: 'acceptance', releases: [] }),
      approvals: [anApproval({ mode: 'acceptance', plan: 'plan-1' })],
      plans: [aPlan({ approvedAt: NaN })],
    },
  },
  {
    name: 'a duty for a credential of which there is no scheme',
    parts: { policy: { ...policy, duties: policy.duties.map((duty) => ({ ...duty, credentials: ['no'] })) } },
  },
  {
    name: 'an award that has ended, under a scheme that does not ask for one',
    parts: {
      evidence: ended('award', NOW - 1),
      policy: {
        ...policy,
        schemes: policy.schemes.map((scheme) => ({
          ...scheme,
          award: scheme.award.filter(({ id }) => id !== 'award'),
        })),
      },
    },
  },
  {
    name: 'somebody whose band is no number, under a scheme that asks for one',
    parts: {
      practitioners: [aPractitioner({ band: NaN })],
      policy: {
        ...policy,
        schemes: policy.schemes.map((scheme) => ({
          ...scheme,
          entry: scheme.entry.map((asked) => ({ ...asked, minBand: 6 })),
        })),
      },
    },
  },
  {
    name: 'an acknowledgement of nothing',
    parts: { evidence: [...without('guideline-acknowledgement'), ...nothingRead()] },
  },
];

function nothingRead(): readonly Evidence[] {
  return plus('guideline-acknowledgement').slice(-1);
}

test.each(ROWS)('$name locks', ({ parts: given }) => {
  const { permitted, reasons } = decide(aQuestion(), aRegister(given), NOW);
  expect(permitted).toBe(false);
  expect(reasons.length).toBeGreaterThan(0);
});

test('with a clock far back everything is locked, and nothing breaks', () => {
  for (const now of [0, -1, ...NO_TIMES]) {
    expect(decide(aQuestion(), aRegister({ evidence: currentEvidence(RADIOLOGIST) }), now).permitted).toBe(
      false,
    );
  }
});

/** One time of one record becomes none. */
function spoiled(given: Parts, which: number, time: number): Parts {
  const lists = { evidence: given.evidence.length, approvals: given.approvals.length };
  const place = which % (lists.evidence + lists.approvals + 1);
  const evidenceNow = given.evidence.map((piece, at): Evidence => {
    if (at !== place) return piece;
    return which % 2 === 0 ? { ...piece, happenedAt: time } : { ...piece, validUntil: time };
  });
  const approvals = given.approvals.map((approval, at): Approval => {
    if (at + lists.evidence !== place) return approval;
    return which % 2 === 0 ? { ...approval, from: time } : { ...approval, until: time };
  });
  const modelVersions = given.modelVersions.map((known) =>
    place === lists.evidence + lists.approvals ? { ...known, retiredAt: time } : known,
  );
  return { ...given, evidence: evidenceNow, approvals, modelVersions };
}

test('a time that is none never throws, and what it permits stands on an approval in date', () => {
  fc.assert(
    fc.property(parts, question, fc.nat(), fc.constantFrom(...NO_TIMES), (given, asked, which, time) => {
      const register = snapshotOf(spoiled(given, which, time));
      const { permitted, approval } = decide(asked, register, NOW);
      for (const practitioner of register.practitioners()) {
        describeStanding({ register, practitioner, now: NOW });
      }
      if (!permitted) return;
      expect(approval?.from).toBeLessThanOrEqual(NOW);
      expect(approval?.until).toBeGreaterThan(NOW);
    }),
    { numRuns: 300 },
  );
});
