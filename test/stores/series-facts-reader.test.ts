import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { createStudyContextReader } from '../../src/upstreams/study-context-reader.ts';
import { text } from '../fakes/dicom-objects.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createMemoryPacs, type CannedAnswer, type MemoryPacs } from '../fakes/memory-pacs.ts';
import { seriesUid, studyUid } from '../fakes/uids.ts';

const UID = studyUid('1.2');
const CT = '1.2.840.10008.5.1.4.1.1.2';
const SR = '1.2.840.10008.5.1.4.1.1.88.33';
const WANTED = { series: true } as const;
const never = (): AbortSignal => new AbortController().signal;
const json = (rows: readonly unknown[]): CannedAnswer => ({ body: JSON.stringify(rows) });

interface Made {
  readonly series: string;
  readonly images: number;
  readonly modality?: string;
  readonly sopClass?: string;
}

/** A study with these series; each image says the number of its series as its thickness. */
function answersOf(made: readonly Made[]): Record<string, CannedAnswer> {
  const images = made.flatMap(({ series, images: count, sopClass = CT }) =>
    Array.from({ length: count }, (_image, place) => ({
      series,
      sop: `${series}.${String(place + 1)}`,
      sopClass,
    })),
  );
  return {
    studies: json([{ '0020000D': text('UI', '1.2') }]),
    'studies/1.2/series': json(
      made.map(({ series, modality = 'CT' }) => ({
        '0020000E': text('UI', series),
        '00080060': text('CS', modality),
      })),
    ),
    'studies/1.2/instances': json(
      images.map(({ series, sop, sopClass }) => ({
        '0020000E': text('UI', series),
        '00080018': text('UI', sop),
        '00080016': text('UI', sopClass),
      })),
    ),
    ...Object.fromEntries(
      images.map(({ series, sop }) => [
        `studies/1.2/series/${series}/instances/${sop}/metadata`,
        json([{ '00180050': text('DS', Number(series)) } satisfies DicomJsonObject]),
      ]),
    ),
  };
}

function readerOf(pacs: MemoryPacs, clock = { now: 0 }) {
  return createStudyContextReader({
    pacs,
    sites: [],
    bodyPartRules: [],
    simulator: false,
    nowMs: () => clock.now,
    cacheTtlMs: 10_000,
    maxEntries: 2,
  });
}

const metadataAsked = (pacs: MemoryPacs): readonly string[] =>
  pacs.asked.map(({ segments }) => segments.join('/')).filter((path) => path.endsWith('/metadata'));

test('a plain question costs nothing more, and says nothing of series', async () => {
  const [plain, limited] = [1, 2].map(() => createMemoryPacs(answersOf([{ series: '3', images: 9 }])));
  if (plain === undefined || limited === undefined) throw new Error('no PACS');
  expect(await readerOf(plain).studyContext(UID, never())).not.toHaveProperty('series');
  expect(await readerOf(limited).studyContext(UID, never(), { series: false })).not.toHaveProperty('series');
  expect(metadataAsked(plain)).toEqual(['studies/1.2/series/3/instances/3.1/metadata']);
  expect(limited.asked).toEqual(plain.asked);
});

test('the first, middle and last image of each series with images', async () => {
  const pacs = createMemoryPacs(
    answersOf([
      { series: '3', images: 9 },
      { series: '4', images: 1 },
      { series: '5', images: 2, modality: 'SR', sopClass: SR },
    ]),
  );
  const { series } = await readerOf(pacs).studyContext(UID, never(), WANTED);
  expect(series).toEqual([
    { modality: 'CT', sliceThicknessMm: { min: 3, max: 3 } },
    { modality: 'CT', sliceThicknessMm: { min: 4, max: 4 } },
  ]);
  const images = metadataAsked(pacs).map((path) => path.split('/')[5]);
  expect(new Set(images)).toEqual(new Set(['3.1', '3.5', '3.9', '4.1']));
});

test('is kept for its time, shared by all who ask at once, and forgotten with the study', async () => {
  const pacs = createMemoryPacs(answersOf([{ series: '3', images: 1 }]));
  const clock = { now: 0 };
  const reader = readerOf(pacs, clock);
  const lookUps = async (): Promise<number> => {
    const before = pacs.asked.length;
    await Promise.all([1, 2].map(async () => await reader.studyContext(UID, never(), WANTED)));
    return pacs.asked.length - before;
  };
  const first = await lookUps();
  expect(first).toBeGreaterThan(0);
  expect(await lookUps()).toBe(0);
  clock.now = 10_000;
  expect(await lookUps()).toBe(first);
  reader.forget(UID);
  expect(await lookUps()).toBe(first);
});

describe('a call that names a series', () => {
  const named = (series: string) => ({ series: true, named: seriesUid(series) }) as const;
  const read = async (pacs: MemoryPacs, series: string) =>
    await readerOf(pacs).studyContext(UID, never(), named(series));

  test('is told of that one alone, and no other is looked at', async () => {
    const pacs = createMemoryPacs(
      answersOf([
        { series: '3', images: 9 },
        { series: '4', images: 2, modality: 'PT' },
      ]),
    );
    const context = await read(pacs, '4');
    expect(context.series).toEqual([{ modality: 'PT', sliceThicknessMm: { min: 4, max: 4 } }]);
    expect(context.seriesNamed).toBe(true);
    expect(context.modalities).toEqual(['CT', 'PT']);
    // The study's own sample is of its first series.
    expect(metadataAsked(pacs).filter((path) => !path.endsWith('/3.1/metadata'))).toEqual([
      'studies/1.2/series/4/instances/4.1/metadata',
      'studies/1.2/series/4/instances/4.2/metadata',
    ]);
  });

  test('is told of one among very many', async () => {
    const many = Array.from({ length: 40 }, (_series, place) => ({ series: String(place + 10), images: 2 }));
    const pacs = createMemoryPacs(answersOf([...many, { series: '3', images: 1 }]));
    expect((await read(pacs, '3')).series).toEqual([
      { modality: 'CT', sliceThicknessMm: { min: 3, max: 3 } },
    ]);
  });

  test.each([
    ['holds no images', '5'],
    ['is of another study', '9'],
  ])('is told of none where it %s', async (_name, series) => {
    const made = [
      { series: '3', images: 1 },
      { series: '5', images: 2, modality: 'SR', sopClass: SR },
    ];
    const context = await read(createMemoryPacs(answersOf(made)), series);
    expect(context).toMatchObject({ series: [], seriesNamed: true });
  });

  test('it is kept, apart from the whole, and forgotten with the study', async () => {
    const pacs = createMemoryPacs(answersOf([{ series: '3', images: 1 }]));
    const reader = readerOf(pacs);
    const lookUps = async (): Promise<number> => {
      const before = metadataAsked(pacs).length;
      await reader.studyContext(UID, never(), named('3'));
      return metadataAsked(pacs).length - before;
    };
    expect(await lookUps()).toBeGreaterThan(0);
    expect(await lookUps()).toBe(0);
    reader.forget(UID);
    expect(await lookUps()).toBeGreaterThan(0);
    expect(await reader.studyContext(UID, never(), WANTED)).not.toHaveProperty('seriesNamed');
  });
});

test('an image whose metadata the PACS does not give leaves its series unknown', async () => {
  const answers = answersOf([{ series: '3', images: 3 }]);
  answers['studies/1.2/series/3/instances/3.2/metadata'] = { status: 404 };
  const reader = readerOf(createMemoryPacs(answers));
  expect((await reader.studyContext(UID, never(), WANTED)).series).toEqual([{ modality: 'CT' }]);
});

test('a PACS that fails half way fails it, and is asked anew', async () => {
  const answers = answersOf([{ series: '3', images: 3 }]);
  const broken = 'studies/1.2/series/3/instances/3.3/metadata';
  const { [broken]: whole = {} } = answers;
  const reader = readerOf(createMemoryPacs(answers));
  answers[broken] = { body: 'nonsense' };
  expect((await faultOf(reader.studyContext(UID, never(), WANTED))).code).toBe('upstream-bad-answer');
  expect((await reader.studyContext(UID, never())).instanceCount).toBe(3);
  answers[broken] = whole;
  expect((await reader.studyContext(UID, never(), WANTED)).series).toHaveLength(1);
});

test('of a study of very many series, those with the most images are looked at', async () => {
  const many = Array.from({ length: 40 }, (_series, place) => ({
    series: String(place + 10),
    images: place < 8 ? 1 : 2,
  }));
  const pacs = createMemoryPacs(answersOf(many));
  const { series } = await readerOf(pacs).studyContext(UID, never(), WANTED);
  expect(series).toHaveLength(32);
  expect(series?.every(({ sliceThicknessMm }) => (sliceThicknessMm?.min ?? 0) >= 18)).toBe(true);
});
