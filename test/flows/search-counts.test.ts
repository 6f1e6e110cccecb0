import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import type { RetrieveDeps } from '../../src/flows/retrieve.ts';
import type { AiResultReader } from '../../src/flows/ports.ts';
import { text } from '../fakes/dicom-objects.ts';
import { askDoor } from '../fakes/every-door.ts';
import { withLongAnswers } from '../fakes/long-answers.ts';
import { createMarkedHouse, MARKED_STUDY, type Marked, type MarkedHouse } from '../fakes/marked-study.ts';
import { createMemoryPacs } from '../fakes/memory-pacs.ts';

const MIXED: readonly Marked[] = [
  { kind: 'plain', series: 1 },
  { kind: 'stored', series: 1 },
  { kind: 'unlocked', series: 2 },
  { kind: 'probable, of another version', series: 3 },
];
const rowsOf = async (house: MarkedHouse, target: string, token = 'alice'): Promise<DicomJsonObject[]> =>
  JSON.parse((await askDoor(house, target, token)).body);
const valuesOf = (row: DicomJsonObject | undefined, ...tags: readonly string[]): readonly unknown[] =>
  tags.map((tag) => row?.[tag]?.Value);
const STUDY_COUNTS = ['00201206', '00201208', '00080061'];

const short = (house: MarkedHouse): MarkedHouse => house;
/** A long answer goes through in parts; whoever asks sees no difference. */
const BOTH_WAYS: readonly (readonly [string, (house: MarkedHouse) => MarkedHouse])[] = [
  ['short', short],
  ['long', withLongAnswers],
];

describe.each(BOTH_WAYS)('counts in a %s answer', (_name, answering) => {
  test.each([
    ['alice', [[2], [2], ['CT', 'SR']], ['1', '1']],
    ['stranger', [[1], [1], ['CT']], ['1']],
  ])('to %s are of what they may see', async (token, ofStudy, ofSeries) => {
    const house = answering(createMarkedHouse(MIXED));
    const [study] = await rowsOf(house, 'studies', token);
    expect(valuesOf(study, ...STUDY_COUNTS)).toEqual(ofStudy);
    const series = await rowsOf(house, `studies/${MARKED_STUDY}/series`, token);
    expect(series.flatMap((row) => valuesOf(row, '00201209'))).toEqual(ofSeries.map((count) => [count]));
    expect(await rowsOf(house, 'series', token)).toEqual(series);
  });

  test('of a study without locked results are the PACS’s own', async () => {
    const house = answering(
      createMarkedHouse([
        { kind: 'plain', series: 1 },
        { kind: 'unlocked', series: 2 },
      ]),
    );
    const [study] = await rowsOf(house, 'studies');
    expect(valuesOf(study, ...STUDY_COUNTS)).toEqual([[2], [2], ['CT', 'SR']]);
  });

  test.each(['studies', `studies/${MARKED_STUDY}/series`, 'instances'])(
    '%s shows nothing of a study that is locked whole',
    async (target) => {
      const house = answering(
        createMarkedHouse([
          { kind: 'locked', series: 1 },
          { kind: 'stored', series: 2 },
        ]),
      );
      expect(await rowsOf(house, target)).toEqual([]);
    },
  );

  test('nothing is found by what only locked results have', async () => {
    const house = answering(createMarkedHouse(MIXED));
    expect(await rowsOf(house, 'studies?ModalitiesInStudy=SEG')).toEqual([]);
    expect(await rowsOf(house, 'studies?ModalitiesInStudy=SR')).toHaveLength(1);
    expect(await rowsOf(house, 'studies?ModalitiesInStudy=SR', 'stranger')).toEqual([]);
  });
});

describe.each(BOTH_WAYS)('a list of many studies in a %s answer', (_name, answering) => {
  const many = Array.from({ length: 30 }, (_, at) => ({
    '0020000D': text('UI', `9.6.${String(at + 1)}`),
    '00080061': text('CS', 'CT', 'SR'),
    '00201208': text('IS', 7),
  }));
  const listing = (objectsOf: AiResultReader['objectsOf'], isOver: Promise<undefined>): MarkedHouse => {
    const house = createMarkedHouse(MIXED);
    const pacs = createMemoryPacs({ studies: { body: JSON.stringify(many) } });
    const after: RetrieveDeps['after'] = (_ms, act) => {
      void isOver.then(act);
      return () => undefined;
    };
    return answering({ ...house, deps: { ...house.deps, pacs, after, aiResults: { objectsOf } } });
  };

  test('does not wait for a PACS that is slow to tell what the studies hold, and then counts nothing', async () => {
    let begun = 0;
    const over = Promise.withResolvers<undefined>();
    const house = listing(async () => {
      begun += 1;
      if (begun === 4) over.resolve(undefined);
      return await new Promise(() => undefined);
    }, over.promise);
    const rows = await rowsOf(house, 'studies');
    expect(rows).toHaveLength(30);
    for (const row of rows) expect(valuesOf(row, '00201208', '00080061')).toEqual([undefined, ['CT']]);
    // No more at the same time, and no more after the moment.
    expect(begun).toBe(4);
  });

  test('counts what was told before the moment was over', async () => {
    const inner = createMarkedHouse(MIXED);
    let asked = 0;
    const over = Promise.withResolvers<undefined>();
    const house = listing(async (study, needs, signal) => {
      asked += 1;
      if (asked <= 3)
        return await inner.deps.aiResults.objectsOf(
          study === MARKED_STUDY ? study : MARKED_STUDY,
          needs,
          signal,
        );
      if (asked === 7) over.resolve(undefined);
      return await new Promise(() => undefined);
    }, over.promise);
    const rows = await rowsOf(house, 'studies');
    expect(rows.filter((row) => '00201208' in row)).toHaveLength(3);
    expect(valuesOf(rows[0], '00201208', '00080061')).toEqual([[5], ['CT', 'SR']]);
    expect(valuesOf(rows[29], '00201208', '00080061')).toEqual([undefined, ['CT']]);
  });

  test('says how many objects a study has, so that what is known of as many is enough', async () => {
    const needs: unknown[] = [];
    const house = listing(
      async (_study, asked) => {
        needs.push(asked);
        return await Promise.reject(new Error('away'));
      },
      new Promise(() => undefined),
    );
    await rowsOf(house, 'studies');
    expect(new Set(needs.map((one) => JSON.stringify(one)))).toEqual(new Set(['{"series":[],"count":7}']));
  });

  test('a PACS that cannot tell costs the counts, and nothing else', async () => {
    const house = listing(async () => await Promise.reject(new Error('away')), new Promise(() => undefined));
    const rows = await rowsOf(house, 'studies');
    expect(rows.map((row) => valuesOf(row, '00201208', '00080061'))).toEqual(
      many.map(() => [undefined, ['CT']]),
    );
  });
});
