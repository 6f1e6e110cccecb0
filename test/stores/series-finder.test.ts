import { GatewayError, UpstreamFault } from '../../src/domain/errors.ts';
import { pacsProfile } from '../../src/domain/dicom/pacs-profile.ts';
import {
  parseSeriesUid,
  parseStudyUid,
  type SeriesUid,
  type StudyUid,
} from '../../src/domain/identifiers.ts';
import type { PacsRequest } from '../../src/flows/ports.ts';
import { createSeriesFinder, seriesOfSeveral } from '../../src/upstreams/series-finder.ts';

const known = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('malformed');
  return value;
};
const SERIES: SeriesUid = known(parseSeriesUid('1.2.3.7'));
const STUDY: StudyUid = known(parseStudyUid('1.2.3'));
const { signal } = new AbortController();

const row = (series: string, study: string) => ({
  '0020000E': { vr: 'UI', Value: [series] },
  '0020000D': { vr: 'UI', Value: [study] },
});

/** A PACS that answers every search like this. */
function house(status: number, rows: unknown, { maxEntries = 10 } = {}) {
  const asked: PacsRequest[] = [];
  let now = 0;
  const finder = createSeriesFinder({
    pacs: {
      fetch: async (request) => {
        asked.push(request);
        const bytes = Buffer.from(JSON.stringify(rows));
        async function* body() {
          yield bytes;
        }
        return { status, headers: {}, body: body(), cancel: () => undefined };
      },
    },
    profile: pacsProfile('generic'),
    ...{ nowMs: () => now, cacheTtlMs: 1_000, maxEntries },
  });
  return { finder, asked, pass: (ms: number) => void (now += ms) };
}

test('asks for the series by its UID, once while that is kept', async () => {
  const { finder, asked, pass } = house(200, [row(SERIES, STUDY)]);
  const both = await Promise.all([finder.studyOf(SERIES, signal), finder.studyOf(SERIES, signal)]);
  expect(both).toEqual([STUDY, STUDY]);
  expect(asked).toMatchObject([
    {
      segments: ['series'],
      query: [
        ['0020000E', SERIES],
        ['includefield', '0020000D'],
      ],
    },
  ]);
  pass(1_000);
  await finder.studyOf(SERIES, signal);
  expect(asked).toHaveLength(2);
});

test('what is kept is bounded', async () => {
  const other = known(parseSeriesUid('1.2.3.8'));
  const { finder, asked } = house(200, [row(SERIES, STUDY), row(other, STUDY)], { maxEntries: 1 });
  for (const series of [SERIES, other, SERIES]) await finder.studyOf(series, signal);
  expect(asked).toHaveLength(3);
});

test.each([
  ['nothing found', 204, [], 'not-found'],
  ['an empty list', 200, [], 'not-found'],
  ['a PACS that ignores what was asked for', 200, [row('1.2.3.9', '9.9')], 'not-found'],
  ['no study in the row', 200, [{ '0020000E': { vr: 'UI', Value: [SERIES] } }], 'not-found'],
  ['a study that is none', 200, [row(SERIES, '../1')], 'not-found'],
  ['several studies', 200, [row(SERIES, STUDY), row(SERIES, '9.9')], 'upstream-bad-answer'],
  ['one of several that is none', 200, [row(SERIES, STUDY), row(SERIES, 'x')], 'upstream-bad-answer'],
  ['refused', 403, [], 'upstream-bad-answer'],
])('%s -> %s', async (_name, status, rows, code) => {
  const { finder, asked } = house(status, rows);
  await expect(finder.studyOf(SERIES, signal)).rejects.toMatchObject({ code });
  await expect(finder.studyOf(SERIES, signal)).rejects.toMatchObject({ code });
  // A failure is not kept.
  expect(asked).toHaveLength(2);
});

describe('of several PACS', () => {
  const away = { studyOf: () => Promise.reject(new UpstreamFault('upstream-unreachable', 'pacs')) };
  const without = { studyOf: () => Promise.reject(new GatewayError('not-found')) };
  const has = { studyOf: () => Promise.resolve(STUDY) };
  const broken = { studyOf: () => Promise.reject(new TypeError('a bug')) };

  test.each([
    ['the first', [has, away], STUDY],
    ['a later one', [without, has], STUDY],
    ['one behind another that is away', [away, has], STUDY],
  ])('found: %s', async (_name, finders, study) => {
    expect(await seriesOfSeveral(finders).studyOf(SERIES, signal)).toBe(study);
  });

  test.each([
    ['none has it', [without, without], 'not-found'],
    ['one is away, which may have it', [without, away], 'upstream-unreachable'],
    ['the other way round', [away, without], 'upstream-unreachable'],
    ['there is none', [], 'not-found'],
  ])('not found: %s', async (_name, finders, code) => {
    await expect(seriesOfSeveral(finders).studyOf(SERIES, signal)).rejects.toMatchObject({ code });
  });

  test('a bug is not taken for an answer', async () => {
    await expect(seriesOfSeveral([broken, has]).studyOf(SERIES, signal)).rejects.toThrow(TypeError);
  });
});
