import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { text } from '../fakes/dicom-objects.ts';
import { askDoor } from '../fakes/every-door.ts';
import { withLongAnswers } from '../fakes/long-answers.ts';
import {
  createMarkedHouse,
  MARKED_STUDY,
  type KindName,
  type Marked,
  type MarkedHouse,
} from '../fakes/marked-study.ts';
import { createMemoryPacs } from '../fakes/memory-pacs.ts';

/** An image and a locked result in one series, and a report that Alice may see. */
const MIXED: readonly Marked[] = [
  { kind: 'plain', series: 1 },
  { kind: 'stored', series: 1 },
  { kind: 'unlocked', series: 2 },
];
const SERIES = `studies/${MARKED_STUDY}/series`;
const ASKED = ['0008103E', '00700080', '00400275.00401001'];

interface Pacs {
  readonly house: MarkedHouse;
  /** How often it was asked which objects fit. */
  readonly asked: () => number;
  /** How it was to compare. */
  readonly flags: readonly (readonly string[])[];
}

/** A PACS that finds the objects of these kinds by what is searched for, and every study and series. */
function finding(objects: readonly Marked[], kinds: readonly KindName[], status = 200): Pacs {
  const house = createMarkedHouse(objects);
  let asked = 0;
  const rows = house.objects.filter(({ kind }) => kinds.includes(kind));
  const found = rows.map(({ uid }) => ({ '00080018': text('UI', uid) }));
  const few = createMemoryPacs({
    [`studies/${MARKED_STUDY}/instances`]: { status, body: JSON.stringify(found) },
  });
  const flags: (readonly string[])[] = [];
  const pacs: MarkedHouse['deps']['pacs'] = {
    ...house.deps.pacs,
    fetch: async (request, signal) => {
      const isOfObjects = request.segments.at(-1) === 'instances';
      if (!isOfObjects || !request.query.some(([name]) => ASKED.includes(name)))
        return await house.deps.pacs.fetch(request, signal);
      asked += 1;
      flags.push(...request.query.filter(([name]) => name.endsWith('matching')));
      return await few.fetch(request, signal);
    },
  };
  return { house: { ...house, deps: { ...house.deps, pacs } }, asked: () => asked, flags };
}
/** A long answer goes through in parts; whoever asks sees no difference. */
const rowsOf = async (
  { house }: Pick<Pacs, 'house'>,
  target: string,
): Promise<readonly DicomJsonObject[]> => {
  const { body } = await askDoor(house, target, 'alice');
  expect((await askDoor(withLongAnswers(house), target, 'alice')).body).toBe(body);
  return JSON.parse(body);
};

describe('a study that holds locked results', () => {
  test.each<[string, readonly KindName[], number]>([
    ['studies?SeriesDescription=AI-finding', ['stored'], 0],
    ['studies?SeriesDescription=AI-finding', [], 0],
    ['studies?SeriesDescription=Thorax', ['stored', 'plain'], 1],
    ['studies?ContentLabel=NODULES', ['stored'], 0],
    ['studies?00400275.00401001=7', ['unlocked'], 1],
    ['studies?PatientID=P&SeriesDescription=AI-finding', ['stored'], 0],
    ['studies?ModalitiesInStudy=CT&SeriesDescription=AI-finding', ['stored'], 0],
    ['studies?NumberOfStudyRelatedInstances=3', [], 0],
    ['studies?NumberOfStudyRelatedSeries=2', [], 0],
    ['studies?PatientID=P&AccessionNumber=7&StudyDescription=x', [], 1],
    ['studies?SeriesDescription=*', [], 1],
  ])('%s, which %j have: %s', async (target, kinds, count) => {
    expect(await rowsOf(finding(MIXED, kinds), target)).toHaveLength(count);
  });

  test.each<[string, readonly KindName[], readonly string[]]>([
    ['ContentLabel=NODULES', ['stored'], ['9.7.2']],
    ['ContentLabel=NODULES', ['stored', 'plain'], ['9.7.1', '9.7.2']],
    ['NumberOfSeriesRelatedInstances=2', [], ['9.7.2']],
    ['SeriesDescription=Thorax', [], ['9.7.1', '9.7.2']],
  ])('its series by %s, which %j have', async (query, kinds, expected) => {
    for (const target of [`${SERIES}?${query}`, `series?${query}`]) {
      const rows = await rowsOf(finding(MIXED, kinds), target);
      expect(rows.map((row) => row['0020000E']?.Value?.[0])).toEqual(expected);
    }
  });

  test.each([400, 500])('is not found where the PACS does not say by what: %s', async (status) => {
    expect(await rowsOf(finding(MIXED, ['plain'], status), 'studies?SeriesDescription=x')).toEqual([]);
  });

  test('is not found by what only results have, though its row counts nothing', async () => {
    const row = { '0020000D': text('UI', MARKED_STUDY) };
    const pacs = createMemoryPacs({ studies: { body: JSON.stringify([row]) } });
    const house = createMarkedHouse([
      { kind: 'plain', series: 1 },
      { kind: 'locked', series: 2 },
    ]);
    const locked = { house: { ...house, deps: { ...house.deps, pacs } } };
    expect(await rowsOf(locked, 'studies?ModalitiesInStudy=SR')).toEqual([]);
    expect(await rowsOf(locked, 'studies?ModalitiesInStudy=CT')).toHaveLength(1);
  });
});

test.each(['studies?SeriesDescription=x', `${SERIES}?ContentLabel=x`, 'studies?PatientID=P'])(
  'where nothing is locked the PACS is not asked again: %s',
  async (target) => {
    const plain = finding(
      [
        { kind: 'plain', series: 1 },
        { kind: 'unlocked', series: 2 },
      ],
      [],
    );
    expect((await rowsOf(plain, target)).length).toBeGreaterThan(0);
    expect(plain.asked()).toBe(0);
  },
);

test.each<[string, number]>([
  ['studies?SeriesDescription=x', 0],
  ['studies?ModalitiesInStudy=SEG', 0],
  ['studies?ModalitiesInStudy=OT', 0],
  ['studies?ModalitiesInStudy=CT', 1],
  ['studies?PatientID=P', 1],
  [`${SERIES}?ContentLabel=x`, 0],
  [`${SERIES}?SeriesDescription=x`, 1],
])('where nothing is known of a study: %s', async (target, count) => {
  const { house } = finding(MIXED, ['plain']);
  const aiResults = { objectsOf: async () => await Promise.reject(new Error('away')) };
  const away = { ...house, deps: { ...house.deps, aiResults } };
  expect(await rowsOf({ house: away }, target)).toHaveLength(count);
});

test('objects are compared as the search wants values compared', async () => {
  const pacs = finding(MIXED, ['plain']);
  expect(await rowsOf(pacs, 'studies?fuzzymatching=true&SeriesDescription=Thorax')).toHaveLength(1);
  expect(pacs.flags.length).toBeGreaterThan(0);
  expect(new Set(pacs.flags.map(String))).toEqual(new Set(['fuzzymatching,true']));
});
