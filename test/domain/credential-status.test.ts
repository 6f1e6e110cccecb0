import fc from 'fast-check';
import { addMonths } from '../../src/domain/calendar.ts';
import { credentialStatus, type CredentialStanding } from '../../src/domain/credential-status.ts';
import type { Scheme } from '../../src/domain/policy.ts';
import type { Evidence } from '../../src/domain/register.ts';
import {
  aPractitioner,
  aRadiographer,
  currentEvidence,
  entryEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
} from '../fakes/register-builder.ts';
import { DECLARATION_STATEMENTS } from '../../src/domain/words.ts';
import { DAY_MS } from './reason-given.ts';

const policy = shippedPolicy();
const schemeOf = (id: string): Scheme => {
  const scheme = policy.schemes.find((one) => one.id === id);
  if (scheme === undefined) throw new Error(`no scheme ${id}`);
  return scheme;
};

const CASES = {
  'rc-ai': { practitioner: aPractitioner(), scheme: schemeOf('rc-ai') },
  'ai-operator': {
    practitioner: aRadiographer({ id: practitionerId('radiographer') }),
    scheme: schemeOf('ai-operator'),
  },
} as const;
type SchemeId = keyof typeof CASES;

const allOf = (id: SchemeId): readonly Evidence[] => currentEvidence(CASES[id].practitioner.id, id);

function standing(
  id: SchemeId,
  evidence: readonly Evidence[],
  now = NOW,
  modelFamily?: string,
): CredentialStanding {
  const family = modelFamily === undefined ? {} : { modelFamily };
  return credentialStatus({ ...CASES[id], evidence, ...family }, now);
}

const codesOf = ({ findings }: CredentialStanding): readonly string[] => findings.map(({ code }) => code);
const missingOf = ({ missing }: CredentialStanding): readonly string[] => missing.map(({ id }) => id);
const extra = (type: Evidence['type'], happenedAt: number, facts: Partial<Evidence> = {}): Evidence => ({
  id: `extra-${type}-${String(happenedAt)}`,
  practitioner: RADIOLOGIST,
  type,
  happenedAt,
  attestedBy: 'board',
  ...facts,
});

describe('each phase of the pathway, from entry to lapse to restoration', () => {
  test.each(['rc-ai', 'ai-operator'] as const)('%s: one step after another', (id) => {
    const { scheme } = CASES[id];
    const all = allOf(id);
    const withTypes = (types: readonly string[]): readonly Evidence[] =>
      all.filter(({ type }) => types.includes(type));
    const types = [...scheme.entry, ...scheme.award].flatMap(({ evidence }) => evidence);
    expect(standing(id, [])).toMatchObject({ status: 'none' });
    for (const requirement of scheme.entry) {
      const without = withTypes(types.filter((type) => !requirement.evidence.includes(type)));
      const noAward = without.filter(({ type }) => type !== 'award');
      expect(missingOf(standing(id, noAward))).toContain(requirement.id);
      expect(standing(id, noAward).status).toBe('none');
      expect(standing(id, without).status).toBe('lapsed');
    }
    for (const requirement of scheme.award) {
      const without = all.filter(({ type }) => !requirement.evidence.includes(type));
      expect(standing(id, without)).toMatchObject({
        status: 'in-training',
        missing: [{ id: requirement.id }],
      });
    }
    for (const requirement of scheme.continuing.filter((one) => !one.perModelFamily)) {
      const without = all.filter(({ type }) => !requirement.evidence.includes(type));
      const lapsed = standing(id, without);
      expect(lapsed).toMatchObject({ status: 'lapsed', missing: [{ id: requirement.id }] });
      expect(codesOf(lapsed)).toEqual(['credential-lapsed', requirement.reason]);
      const restored = all.filter(({ type }) => requirement.evidence.includes(type));
      expect(standing(id, [...without, ...restored])).toMatchObject({
        status: 'current',
        findings: [],
        missing: [],
      });
    }
  });

  test('a radiographer below Band 6, or of a year’s experience, is not on the pathway', () => {
    const evidence = entryEvidence(CASES['ai-operator'].practitioner.id);
    const { scheme, practitioner } = CASES['ai-operator'];
    const { band: _none, ...bandless } = practitioner;
    const junior = evidence.map((piece) =>
      piece.type === 'hcpc-experience' ? { ...piece, score: 1.5 } : piece,
    );
    const unscored = evidence.map(({ score: _score, ...piece }) => piece);
    const given = [
      { practitioner, evidence },
      { practitioner: { ...practitioner, band: 5 }, evidence },
      { practitioner: bandless, evidence },
      { practitioner, evidence: junior },
      { practitioner, evidence: unscored },
    ];
    expect(given.map((one) => credentialStatus({ ...one, scheme }, NOW).status)).toEqual([
      'in-training',
      'none',
      'none',
      'none',
      'none',
    ]);
  });

  test.each([
    { name: 'an exam of 80', change: { score: 80 }, status: 'current' },
    { name: 'an exam of 79.9', change: { score: 79.9 }, status: 'in-training' },
    { name: 'an exam tomorrow', change: { happenedAt: NOW + 1 }, status: 'in-training' },
    { name: 'an exam attested by themselves', change: { attestedBy: RADIOLOGIST }, status: 'in-training' },
    {
      name: 'an exam that counts for another scheme',
      change: { scheme: 'ai-operator' },
      status: 'in-training',
    },
    { name: 'an exam that counts for this scheme', change: { scheme: 'rc-ai' }, status: 'current' },
  ])('$name -> $status', ({ change, status }) => {
    const evidence = allOf('rc-ai').map((piece) =>
      piece.type === 'exam-ai-literacy' ? { ...piece, ...change } : piece,
    );
    expect(standing('rc-ai', evidence).status).toBe(status);
  });

  test('forty-nine cases are not fifty', () => {
    const cases = allOf('rc-ai').filter(({ type }) => type === 'log-book-case');
    const rest = allOf('rc-ai').filter(({ type }) => type !== 'log-book-case');
    expect(standing('rc-ai', [...rest, ...cases]).status).toBe('current');
    expect(standing('rc-ai', [...rest, ...cases.slice(1)])).toMatchObject({
      status: 'in-training',
      missing: [{ id: 'log-book' }],
    });
  });

  test.each(['ai-operator', undefined])('an award of scheme %s is no award of this one', (scheme) => {
    const others = allOf('rc-ai').filter(({ type }) => type !== 'award');
    const named = scheme === undefined ? {} : { scheme };
    expect(standing('rc-ai', [...others, extra('award', NOW - DAY_MS, named)])).toMatchObject({
      status: 'in-training',
      missing: [{ id: 'award' }],
    });
  });

  test('an award that has run out lapses, whatever else there is', () => {
    const evidence = allOf('rc-ai').map((piece) =>
      piece.type === 'award' ? { ...piece, validUntil: NOW } : piece,
    );
    expect(standing('rc-ai', evidence).status).toBe('lapsed');
  });
});

describe('windows are calendar months, and end by the minute', () => {
  const signed = Date.parse('2025-08-31T10:00:00Z');
  const evidence = [
    ...allOf('rc-ai').filter(({ type }) => type !== 'annual-declaration'),
    extra('annual-declaration', signed, { statements: DECLARATION_STATEMENTS }),
  ];
  const due = addMonths(signed, 12);

  test.each([
    { name: 'a millisecond before', now: due - 1, date: undefined },
    { name: 'on the minute', now: due, date: '2026-08-31' },
    { name: 'a month later', now: addMonths(due, 1), date: '2026-08-31' },
  ])('the declaration $name', ({ now, date }) => {
    const finding = standing('rc-ai', evidence, now).findings.find(
      ({ code }) => code === 'declaration-overdue',
    );
    expect(finding?.facts?.date).toBe(date);
  });

  test('credits run out one by one: it falls short when the piece that carried it does', () => {
    const others = allOf('rc-ai').filter(({ type }) => type !== 'cpd');
    const cpd = [
      extra('cpd', addMonths(NOW, -20), { credits: 15 }),
      extra('cpd', addMonths(NOW, -10), { credits: 10 }),
      extra('cpd', addMonths(NOW, -1), { credits: 4 }),
    ];
    const shortOn = addMonths(addMonths(NOW, -20), 24);
    expect(standing('rc-ai', [...others, ...cpd], shortOn - 1).missing.map(({ id }) => id)).not.toContain(
      'cpd',
    );
    const facts = standing('rc-ai', [...others, ...cpd], shortOn).findings.find(
      ({ code }) => code === 'cpd-short',
    )?.facts;
    expect(facts).toEqual({
      detail: '20 AI-specific CPD credits in two years',
      date: new Date(shortOn).toISOString().slice(0, 10),
    });
  });

  test('grace counts from the first award: nothing is asked before it ends, and then at once', () => {
    const award = addMonths(NOW, -3);
    const fresh = allOf('rc-ai')
      .filter(({ type }) => !schemeOf('rc-ai').continuing.some((one) => one.evidence.includes(type)))
      .map((piece) => (piece.type === 'award' ? { ...piece, happenedAt: award } : piece));
    expect(standing('rc-ai', fresh, addMonths(award, 3) - 1).status).toBe('current');
    const lapsed = standing('rc-ai', fresh, addMonths(award, 3));
    expect(lapsed).toMatchObject({ status: 'lapsed', missing: [{ id: 'quarterly-audit' }] });
    expect(lapsed.findings.at(-1)?.facts?.date).toBe(
      new Date(addMonths(award, 3)).toISOString().slice(0, 10),
    );
    expect(standing('rc-ai', fresh, addMonths(award, 3) + DAY_MS).status).toBe('lapsed');
    const anew = extra('award', addMonths(award, 3), { scheme: 'rc-ai' });
    expect(standing('rc-ai', [...fresh, anew], addMonths(award, 3) + DAY_MS).status).toBe('lapsed');
  });

  test('an award that follows one that ended gives no new grace: what was owed stays owed', () => {
    const ended = allOf('rc-ai').flatMap((piece) => {
      if (piece.type === 'award') return [{ ...piece, validUntil: addMonths(NOW, -1) }];
      return piece.type === 'annual-declaration' ? [] : [piece];
    });
    expect(standing('rc-ai', ended, NOW)).toMatchObject({ status: 'lapsed' });
    const anew = [...ended, extra('award', NOW, { scheme: 'rc-ai' })];
    expect(standing('rc-ai', anew, NOW)).toMatchObject({
      status: 'lapsed',
      missing: [{ id: 'annual-declaration' }],
    });
    const declared = extra('annual-declaration', NOW, {
      statements: ['followed-guidelines', 'reported-incidents', 'stayed-in-scope'],
    });
    expect(standing('rc-ai', [...anew, declared], NOW).status).toBe('current');
  });
});

describe('per model family', () => {
  test.each([
    { name: 'not asked for', family: undefined, status: 'current', codes: [] },
    { name: 'the family there is CPD for', family: 'lung-ct', status: 'current', codes: [] },
    { name: 'a family there is none for', family: 'brain-mr', status: 'lapsed', codes: ['cpd-short'] },
  ])('$name', ({ family, status, codes }) => {
    const result = standing('rc-ai', allOf('rc-ai'), NOW, family);
    expect(result.status).toBe(status);
    expect(codesOf(result)).toEqual(codes);
  });
});

test('the less evidence, the less a status allows; current exactly without findings', () => {
  const rank = { none: 0, suspended: 0, lapsed: 0, 'in-training': 1, current: 2 } as const;
  const all = allOf('rc-ai');
  fc.assert(
    fc.property(fc.subarray([...all]), fc.nat(), fc.integer({ min: -60, max: 60 }), (some, which, months) => {
      const now = addMonths(NOW, months);
      const evidence = [...some, ...all.filter(({ type }) => type === 'award' || type === 'log-book-case')];
      const before = standing('rc-ai', evidence, now);
      const losable = evidence.filter(({ type }) => type !== 'award');
      const lost = losable[which % losable.length];
      const after = standing(
        'rc-ai',
        evidence.filter((piece) => piece !== lost),
        now,
      );
      expect(rank[after.status]).toBeLessThanOrEqual(rank[before.status]);
      expect(before.findings.length === 0).toBe(before.status === 'current');
    }),
  );
});
