import type { GatewayDatabase } from '../../src/db/gateway-database.ts';
import type { ResultClassification } from '../../src/domain/result-verdict.ts';
import type { Classifications, WaitingResult, WaitingResults } from '../../src/flows/ports-classify.ts';
import { createClassifications } from '../../src/register/result-classifications.ts';
import { createWaitingResults } from '../../src/register/waiting-results.ts';
import { createWordsIndex } from '../../src/register/words-index.ts';
import { describeOnBoth } from '../fakes/gateway-databases.ts';
import { createMemoryClassifications, createMemoryWaiting } from '../fakes/memory-classifications.ts';
import { MODEL, RADIOLOGIST, VERSION } from '../fakes/register-builder.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';

const STUDY = studyUid('1.7');
const WORD: ResultClassification = {
  entry: 'classified-a',
  seq: 5,
  study: STUDY,
  series: seriesUid('1.7.1'),
  sopInstanceUid: sopInstanceUid('1.7.1.1'),
  said: { verdict: 'not-ai' },
  practitioner: RADIOLOGIST,
  saidAt: 1_790_000_000_000,
};
const AFTER: ResultClassification = {
  ...WORD,
  entry: 'classified-b',
  seq: 9,
  said: { verdict: 'ai-of', model: MODEL, version: VERSION },
  reason: 'The vendor’s “stamp” \\ % \u{1F9EA}',
};
const BESIDE: ResultClassification = {
  ...WORD,
  entry: 'classified-c',
  seq: 7,
  sopInstanceUid: sopInstanceUid('1.7.1.2'),
  said: { verdict: 'ai-unknown' },
};
const ELSEWHERE = {
  ...WORD,
  entry: 'classified-d',
  study: studyUid('1.8'),
  sopInstanceUid: sopInstanceUid('1.8.1'),
};
const MAX = 3;

interface Stores {
  readonly classifications: Classifications;
  readonly waiting: WaitingResults;
}

const waits = (uid: string, seenAt: number): WaitingResult => ({
  study: STUDY,
  series: WORD.series,
  sopInstanceUid: sopInstanceUid(uid),
  seenAt,
});

function contract(make: () => Promise<Stores>): void {
  test('of each object the newest word of the log stands, in whatever order they were kept and wherever they were said', async () => {
    const { classifications } = await make();
    for (const one of [AFTER, WORD, BESIDE, ELSEWHERE]) await classifications.keep(one);
    const elsewhere = { ...WORD, entry: 'classified-e', seq: 4, study: ELSEWHERE.study };
    await classifications.keep(elsewhere);
    const [one, beside] = [WORD.sopInstanceUid, BESIDE.sopInstanceUid];
    expect(await classifications.standingOf([beside, one, sopInstanceUid('1.9')])).toEqual([AFTER, BESIDE]);
    expect(await classifications.standingOf([ELSEWHERE.sopInstanceUid])).toEqual([ELSEWHERE]);
    for (const uids of [[], [sopInstanceUid('1.9')]])
      expect(await classifications.standingOf(uids)).toEqual([]);
    expect(await classifications.historyOf(WORD.sopInstanceUid, 10)).toEqual([AFTER, WORD, elsewhere]);
    expect(await classifications.historyOf(WORD.sopInstanceUid, 1)).toEqual([AFTER]);
    expect(await classifications.historyOf(sopInstanceUid('1.9'), 1)).toEqual([]);
  });

  test('an entry is kept once, as it came first', async () => {
    const { classifications } = await make();
    await classifications.keep(WORD);
    await classifications.keep({ ...WORD, said: { verdict: 'ai-unknown' }, seq: 99 });
    expect(await classifications.historyOf(WORD.sopInstanceUid, 10)).toEqual([WORD]);
  });

  test('what waits comes oldest first, page by page, once each, and no more once something was said of it', async () => {
    const { classifications, waiting } = await make();
    await waiting.keep([waits('1.3', 20), waits('1.2', 10)]);
    await waiting.keep([waits('1.1', 20), waits('1.2', 99)]);
    const page = await waiting.page({ after: undefined, limit: 2 });
    expect(page).toEqual([waits('1.2', 10), waits('1.1', 20)]);
    expect(await waiting.page({ after: page[1], limit: 2 })).toEqual([waits('1.3', 20)]);
    await classifications.keep({ ...WORD, sopInstanceUid: sopInstanceUid('1.1') });
    await classifications.keep({ ...AFTER, sopInstanceUid: sopInstanceUid('1.1') });
    expect(await waiting.page({ after: page[0], limit: 2 })).toEqual([waits('1.3', 20)]);
    await waiting.forget(sopInstanceUid('1.3'));
    expect(await waiting.page({ after: undefined, limit: 9 })).toEqual([waits('1.2', 10)]);
  });

  test('of thousands of objects at once each is answered', async () => {
    const { classifications } = await make();
    await classifications.keep(WORD);
    await classifications.keep(ELSEWHERE);
    const many = Array.from({ length: 1_200 }, (_, at) => sopInstanceUid(`1.6.${String(at)}`));
    const asked = [WORD.sopInstanceUid, ...many, ELSEWHERE.sopInstanceUid];
    expect(await classifications.standingOf(asked)).toEqual([WORD, ELSEWHERE]);
  });

  test('what waits is where it was seen last, and waits since it was seen first', async () => {
    const { waiting } = await make();
    const moved = { ...waits('1.1', 20), study: ELSEWHERE.study, series: seriesUid('1.8.9') };
    await waiting.keep([waits('1.1', 10)]);
    await waiting.keep([moved]);
    expect(await waiting.page({ after: undefined, limit: 9 })).toEqual([{ ...moved, seenAt: 10 }]);
  });

  test('where there is no more room, what was settled leaves first', async () => {
    const { classifications, waiting } = await make();
    await waiting.keep(['1.1', '1.2', '1.3'].map((uid, at) => waits(uid, at)));
    for (const uid of ['1.2', '1.3'])
      await classifications.keep({
        ...WORD,
        entry: `classified-${uid}`,
        sopInstanceUid: sopInstanceUid(uid),
      });
    expect(await waiting.keep([waits('1.4', 9)])).toEqual([]);
    const left = await waiting.page({ after: undefined, limit: 9 });
    expect(left).toEqual([waits('1.1', 0), waits('1.4', 9)]);
  });

  test('of more than there is room for the oldest leave, and are told', async () => {
    const { waiting } = await make();
    expect(await waiting.keep([])).toEqual([]);
    expect(await waiting.keep(['1.4', '1.3', '1.2', '1.1'].map((uid, at) => waits(uid, at)))).toEqual([
      '1.4',
    ]);
    expect(await waiting.keep([waits('1.5', 9)])).toEqual(['1.3']);
    const left = await waiting.page({ after: undefined, limit: 9 });
    expect(left.map((one) => one.sopInstanceUid)).toEqual(['1.2', '1.1', '1.5']);
  });
}

describe('what was said of results, in memory', () => {
  contract(async () => {
    const classifications = createMemoryClassifications();
    return { classifications, waiting: createMemoryWaiting(classifications, MAX) };
  });
});

describeOnBoth('what was said of results', ({ make, kind }) => {
  const open = (database: GatewayDatabase): Stores => ({
    classifications: createClassifications(database),
    waiting: createWaitingResults(database, MAX),
  });
  contract(async () => open((await make())[0]));

  test('what one node keeps holds on the other with its next question, asked at once or not', async () => {
    const [one, other] = (await make()).map((database) => open(database).classifications);
    if (one === undefined || other === undefined) throw new Error('two ways to one database');
    const words = createWordsIndex(other, { monotonicMs: () => 0, patienceMs: 20_000 });
    expect(await words.of([WORD.sopInstanceUid])).toEqual(new Map());
    await Promise.all([one.keep(WORD), other.keep(WORD), one.keep(AFTER)]);
    expect(await words.of([WORD.sopInstanceUid])).toEqual(new Map([[WORD.sopInstanceUid, AFTER.said]]));
  });

  test('no word is taken out or changed', async () => {
    const [database] = await make();
    const { classifications } = open(database);
    await classifications.keep(WORD);
    await expect(database.deleteFrom('result_classification').execute()).rejects.toThrow();
    const change = database.updateTable('result_classification').set({ verdict: 'ai-unknown' });
    await expect(change.execute()).rejects.toThrow();
    expect(await classifications.historyOf(WORD.sopInstanceUid, 9)).toEqual([WORD]);
  });

  test.each([
    ['a word that is none', { verdict: 'perhaps' }],
    ['a version that is not there', { verdict: 'ai-of' }],
    ['a version that is one too many', { model: 'm', version: '1' }],
  ])('a row with %s is not taken', async (_name, changes) => {
    const [database] = await make();
    await expect(
      database.insertInto('result_classification').values(row(changes)).execute(),
    ).rejects.toThrow();
  });

  test.each([
    ['somebody who cannot be', { practitioner: '../x' }],
    ['a version that cannot be', { verdict: 'ai-of', model: 'm', version: 'latest' }],
    ['an object that cannot be', { study: 'x' }],
  ])(
    'a row of somebody else’s, with %s, is told as a fault: then nothing of the study opens',
    async (_name, changes) => {
      const [database] = await make();
      await database.insertInto('result_classification').values(row(changes)).execute();
      const { classifications } = open(database);
      const uids = [WORD.sopInstanceUid, sopInstanceUid('9.9')];
      await expect(classifications.standingOf(uids)).rejects.toMatchObject({ code: 'internal' });
      const words = createWordsIndex(classifications, { monotonicMs: () => 0, patienceMs: 20_000 });
      expect(await words.of([WORD.sopInstanceUid])).toBeUndefined();
    },
  );

  test('a database that is away is told as such', async () => {
    if (kind !== 'sqlite') return;
    const [database] = await make();
    for (const table of ['result_classification', 'probable_result'])
      await database.schema.dropTable(table).execute();
    const { classifications, waiting } = open(database);
    const all = [
      classifications.keep(WORD),
      classifications.standingOf([WORD.sopInstanceUid]),
      classifications.historyOf(WORD.sopInstanceUid, 1),
      waiting.keep([waits('1.1', 1)]),
      waiting.page({ after: undefined, limit: 1 }),
      waiting.forget(WORD.sopInstanceUid),
    ];
    for (const one of all) await expect(one).rejects.toMatchObject({ code: 'register-unavailable' });
  });
});

function row(changes: Readonly<Record<string, string>>) {
  return {
    entry: 'e',
    seq: 1,
    sop_instance_uid: '1.7.1.1',
    study: '1.7',
    series: '1.7.1',
    verdict: 'not-ai',
    model: null,
    version: null,
    practitioner: 'p',
    said_at: 1,
    reason: null,
    ...changes,
  };
}

describe('the index of words', () => {
  test('one that answers too late is asked no more for a second, and says nothing meanwhile', async () => {
    let now = 0;
    let asked = 0;
    const never = new Promise<never>(() => undefined);
    const standingOf = (): Promise<readonly ResultClassification[]> =>
      (asked += 1) === 1 ? never : Promise.resolve([WORD]);
    const words = createWordsIndex({ standingOf }, { monotonicMs: () => now, patienceMs: 1 });
    expect(await words.of([WORD.sopInstanceUid])).toBeUndefined();
    now = 999;
    expect(await words.of([WORD.sopInstanceUid])).toBeUndefined();
    expect(asked).toBe(1);
    now = 1_000;
    expect(await words.of([WORD.sopInstanceUid])).toEqual(new Map([[WORD.sopInstanceUid, WORD.said]]));
  });
});
