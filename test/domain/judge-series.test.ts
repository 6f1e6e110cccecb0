import { askedThen } from '../../src/domain/asked-then.ts';
import { decide } from '../../src/domain/decide.ts';
import type { SeriesFacts } from '../../src/domain/dicom/series-facts.ts';
import { limitsOneSeries, statesSeriesLimits } from '../../src/domain/judge-series.ts';
import type { IntendedUse } from '../../src/domain/register.ts';
import { replayDecision } from '../../src/domain/replay-decision.ts';
import { decidedEntry } from '../fakes/decided-entry.ts';
import { aPrincipal, aRegister, aStudy, NOW } from '../fakes/register-builder.ts';
import { aQuestion, use } from './reason-given.ts';

const FITS: SeriesFacts = {
  modality: 'CT',
  sliceThicknessMm: { min: 1, max: 1.25 },
  kvp: { min: 100, max: 120 },
  orientation: 'axial',
  burnedIn: false,
  derived: false,
};
const ALL: IntendedUse = {
  modalities: ['CT'],
  minSliceThicknessMm: 1,
  maxSliceThicknessMm: 1.25,
  minKvp: 100,
  maxKvp: 120,
  orientations: ['axial'],
  burnedInAnnotation: 'refuse',
  derivedImages: 'refuse',
};
const { kvp: _kvp, ...noKvp } = FITS;
const { orientation: _lies, ...noOrientation } = FITS;

function reasonsOf(intendedUse: IntendedUse, series: readonly SeriesFacts[] | undefined, changes = {}) {
  const study = aStudy(series === undefined ? {} : { series });
  return decide(aQuestion({ study, ...changes }), aRegister(use(intendedUse)), NOW).reasons;
}

test.each<{
  readonly name: string;
  readonly use?: IntendedUse;
  readonly series: readonly SeriesFacts[] | undefined;
  readonly expect: readonly string[];
  readonly says?: string;
}>([
  { name: 'at both ends of every limit', series: [FITS], expect: [] },
  { name: 'one that fits among others', series: [{ ...FITS, derived: true }, FITS], expect: [] },
  {
    name: 'beyond the upper end by a hair',
    series: [{ ...FITS, sliceThicknessMm: { min: 1, max: 1.251 } }],
    expect: ['slice-thickness-outside-use'],
    says: '(meant for 1 to 1.25 mm)',
  },
  {
    name: 'below the lower end',
    series: [{ ...FITS, kvp: { min: 99, max: 120 } }],
    expect: ['kvp-outside-use'],
    says: '(meant for 100 to 120 kV)',
  },
  {
    name: 'only an upper limit',
    use: { maxKvp: 90 },
    series: [FITS],
    expect: ['kvp-outside-use'],
    says: '(meant for up to 90 kV)',
  },
  {
    name: 'only a lower limit',
    use: { minSliceThicknessMm: 3 },
    series: [FITS],
    expect: ['slice-thickness-outside-use'],
    says: '(meant from 3 mm)',
  },
  {
    name: 'mixed directions are none of them',
    series: [{ ...FITS, orientation: 'mixed' }],
    expect: ['orientation-outside-use'],
    says: '(meant for axial)',
  },
  {
    name: 'several limits at once, each said',
    series: [{ ...FITS, burnedIn: true, derived: true }],
    expect: ['burned-in-text-outside-use', 'derived-images-outside-use'],
  },
  { name: 'nothing was asked of the PACS', series: undefined, expect: ['context-missing'], says: '(series)' },
  { name: 'no series', series: [], expect: ['context-missing'], says: '(series)' },
  {
    name: 'no series of its modality',
    series: [{ ...FITS, modality: 'SR' }],
    expect: ['context-missing'],
    says: '(series)',
  },
  {
    name: 'any modality where the vendor limits none',
    use: { maxKvp: 120 },
    series: [{ ...FITS, modality: 'DX' }],
    expect: [],
  },
  { name: 'a series that does not say', series: [noKvp], expect: ['context-missing'], says: '(kilovoltage)' },
  {
    name: 'a series that says nothing',
    series: [{ modality: 'CT' }],
    expect: ['context-missing'],
    says: '(slice thickness; kilovoltage; orientation; burned-in text; image type)',
  },
  {
    name: 'one is outside, another does not say',
    series: [{ ...FITS, kvp: { min: 80, max: 80 } }, noKvp],
    expect: ['context-missing'],
    says: '(kilovoltage)',
  },
  {
    name: 'one is nearly all right, the other fits where it does not say',
    series: [noKvp, { ...FITS, burnedIn: true }],
    expect: ['context-missing'],
    says: '(kilovoltage)',
  },
  {
    name: 'each is outside something else',
    series: [
      { ...FITS, derived: true },
      { ...FITS, burnedIn: true },
    ],
    expect: ['series-outside-use'],
  },
  {
    name: 'none may fit, whatever is left out',
    series: [
      { ...noOrientation, derived: true },
      { ...FITS, burnedIn: true },
    ],
    expect: ['series-outside-use'],
  },
])('$name', ({ use: intendedUse = ALL, series, expect: codes, says = '' }) => {
  const reasons = reasonsOf(intendedUse, series);
  expect(reasons.map(({ code }) => code)).toEqual(codes);
  expect(reasons.map(({ text }) => text).join(' ')).toContain(says);
});

test('a study of another modality is refused for that alone', () => {
  const study = aStudy({ modalities: ['MR'], series: [] });
  expect(reasonsOf(ALL, [], { study }).map(({ code }) => code)).toEqual(['modality-outside-use']);
});

describe('a call that names a series', () => {
  const named = (series: readonly SeriesFacts[], intendedUse = ALL, modalities = ['CT', 'PT']) => {
    const study = aStudy({ modalities, series, seriesNamed: true });
    return reasonsOf(intendedUse, series, { study }).map(({ code, text }) => `${code} ${text}`);
  };

  test('that fits -> permitted', () => {
    expect(named([FITS])).toEqual([]);
  });

  test('of a modality that the version does not take, in a study that has such a series', () => {
    const [reason = '', ...others] = named([{ ...FITS, modality: 'PT' }]);
    expect(reason).toMatch(/^modality-outside-use .*PT/);
    expect(others).toEqual([]);
    expect(named([{ ...FITS, modality: 'PT' }], { modalities: ['CT'] })).toHaveLength(1);
  });

  test('of which the PACS says nothing', () => {
    expect(named([])).toEqual([expect.stringMatching(/^context-missing .*modality/)]);
    expect(named([], { maxKvp: 120 })).toEqual([expect.stringMatching(/^context-missing .*series/)]);
  });

  test('is replayed as it was', () => {
    const study = aStudy({
      modalities: ['CT', 'PT'],
      series: [{ ...FITS, modality: 'PT' }],
      seriesNamed: true,
    });
    const register = aRegister(use({ modalities: ['CT'] }));
    const question = aQuestion({ caller: aPrincipal(), study });
    const entry = decidedEntry({ question, register, at: NOW });
    expect(entry.facts.study?.seriesNamed).toBe(true);
    expect(replayDecision(entry, register)).toMatchObject({ kind: 'same', recorded: { result: 'deny' } });
  });
});

test('what is only viewed is not held against them', () => {
  expect(reasonsOf(ALL, undefined, { function: 'view', madeAt: NOW })).toEqual([]);
});

test.each<readonly [IntendedUse, boolean]>([
  [{}, false],
  [{ modalities: ['CT'], bodyParts: ['CHEST'], minAgeYears: 18 }, false],
  ...Object.entries(ALL)
    .filter(([name]) => name !== 'modalities')
    .map(([name, limit]): readonly [IntendedUse, boolean] => [{ [name]: limit }, true]),
])('%j asks the PACS for series: %s', (intendedUse, expected) => {
  expect(statesSeriesLimits(intendedUse)).toBe(expected);
});

test.each<readonly [IntendedUse, boolean]>([
  [{}, false],
  [{ bodyParts: ['CHEST'], minAgeYears: 18 }, false],
  [{ modalities: ['CT'] }, true],
  [{ maxSliceThicknessMm: 5 }, true],
])('%j can be held against one named series: %s', (intendedUse, expected) => {
  expect(limitsOneSeries(intendedUse)).toBe(expected);
});

test.each<readonly [string, SeriesFacts, string]>([
  ['fit', FITS, 'permit'],
  ['do not fit', { ...FITS, orientation: 'oblique' }, 'deny'],
  ['do not say', noKvp, 'deny'],
])('images that %s are on record, and a replay says the same', (_name, series, result) => {
  const register = aRegister(use(ALL));
  const question = aQuestion({ caller: aPrincipal(), study: aStudy({ series: [series] }) });
  const entry = decidedEntry({ question, register, at: NOW });
  expect(entry.facts.study?.series).toEqual([series]);
  expect(askedThen(entry.facts).study?.series).toEqual([series]);
  expect(replayDecision(entry, register)).toMatchObject({ kind: 'same', recorded: { result } });
});

test('that a call named its series is on record, and is told of the decision', () => {
  const register = aRegister(use(ALL));
  const study = aStudy({ series: [FITS], seriesNamed: true });
  const entry = decidedEntry({ question: aQuestion({ caller: aPrincipal(), study }), register, at: NOW });
  expect(askedThen(entry.facts).study).toMatchObject({ series: [FITS], seriesNamed: true });
  const others = decidedEntry({
    ...{
      question: aQuestion({ caller: aPrincipal(), study: aStudy({ series: [FITS] }) }),
      register,
      at: NOW,
    },
  });
  expect(askedThen(others.facts).study).not.toHaveProperty('seriesNamed');
});
