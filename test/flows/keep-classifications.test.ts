import { RegisterUnavailable } from '../../src/domain/errors.ts';
import type { ResultClassification, ResultObject, SaidOfResult } from '../../src/domain/result-verdict.ts';
import { classifyResult } from '../../src/flows/classify-result.ts';
import { createClassificationKeeper } from '../../src/flows/keep-classifications.ts';
import { createClassifyHouse, OBJECT } from '../fakes/classify-house.ts';
import { createMemoryClassifications } from '../fakes/memory-classifications.ts';
import { sopInstanceUid, studyUid } from '../fakes/uids.ts';

const NOT_AI: SaidOfResult = { verdict: 'not-ai' };
const UNKNOWN: SaidOfResult = { verdict: 'ai-unknown' };
const never = new AbortController().signal;

/** A log with words of these many objects, the table of another node, and the keeper between the two. */
async function keepingHouse(objects: number) {
  const house = createClassifyHouse();
  const uids = Array.from({ length: objects }, (_, at) => sopInstanceUid(`1.7.1.${String(at)}`));
  const sayOf = async (object: ResultObject): Promise<ResultClassification> => {
    const one = { seriesInstanceUid: object.series, sopInstanceUid: object.sopInstanceUid };
    const objectsOf = async () => ({
      objects: new Map([[one.sopInstanceUid, one]]),
      aiResults: [{ ...one, grade: 'probable' as const }],
    });
    const evidence = { bearerToken: 'rc' };
    const input = { evidence, requestId: 'r', object, said: NOT_AI, reason: undefined, ifMatch: undefined };
    return await classifyResult({ ...house.deps, resultReaders: [{ objectsOf }] }, input, never);
  };
  for (const uid of uids) await sayOf({ ...OBJECT, sopInstanceUid: uid });
  const table = createMemoryClassifications();
  const refused = new Set<string>();
  const passedOver: string[] = [];
  const looks: unknown[] = [];
  const keep = createClassificationKeeper({
    caseLogReader: {
      ...house.caseLog,
      entries: async (filter) => {
        if (filter.kinds !== undefined) looks.push([filter.afterSeq, filter.beforeSeq]);
        return await house.caseLog.entries(filter);
      },
    },
    classifications: {
      ...table,
      keep: async (one) => {
        if (refused.has(one.sopInstanceUid))
          throw new RegisterUnavailable('It does not take this one (test).');
        await table.keep(one);
      },
    },
    onPassedOver: (entry) => void passedOver.push(entry),
  });
  const kept = async (): Promise<readonly string[]> =>
    (await table.standingOf(uids)).map((one) => one.sopInstanceUid);
  return { house, uids, table, refused, passedOver, looks, keep, kept };
}

/** Whatever else a gateway writes down. */
async function fill(house: ReturnType<typeof createClassifyHouse>, entries: number): Promise<void> {
  for (let at = 0; at < entries; at += 1)
    await house.caseLog.append({
      id: `read-${String(house.caseLog.all().length)}`,
      kind: 'study.accessed',
      requestId: 'r',
      facts: {},
      personal: { studyUid: studyUid('1.2') },
      retainClass: 'imaging-record',
    });
}

test('each round looks at what was written since the one before, whatever it was', async () => {
  const { house, keep, looks } = await keepingHouse(1);
  await fill(house, 5);
  await keep();
  await keep();
  await fill(house, 2);
  await keep();
  await keep();
  expect(looks).toEqual([
    [-1, 6],
    [5, 8],
  ]);
});

test('a table made anew is filled from the log, page by page, and read on from there', async () => {
  const house = createClassifyHouse();
  let standing = '';
  for (let at = 0; at < 405; at += 1)
    standing = (await house.say('rc', at % 2 === 0 ? NOT_AI : UNKNOWN, { ifMatch: standing })).entry;
  const other = createClassifyHouse();
  const looks: unknown[] = [];
  const caseLogReader = {
    ...house.caseLog,
    entries: async (filter: Parameters<typeof house.caseLog.entries>[0]) => {
      if (filter.kinds !== undefined) looks.push(filter.beforeSeq);
      return await house.caseLog.entries(filter);
    },
  };
  const keep = createClassificationKeeper({
    caseLogReader,
    classifications: other.classifications,
    onPassedOver: () => undefined,
  });
  await keep();
  expect(await other.classifications.historyOf(OBJECT.sopInstanceUid, 999)).toHaveLength(405);
  await keep();
  expect(looks).toEqual([405, 205, 5]);
  expect(await other.classifications.standingOf([OBJECT.sopInstanceUid])).toMatchObject([
    { entry: standing },
  ]);
});

test('an empty log is looked at as long as it is empty, and what comes then is kept', async () => {
  const { house, keep, table } = await keepingHouse(0);
  await keep();
  const word = await house.say('rc', UNKNOWN);
  await keep();
  expect(await table.standingOf([OBJECT.sopInstanceUid])).toEqual([word]);
});

test('what is written while a round is under way is kept by the next', async () => {
  const { house, table, uids } = await keepingHouse(1);
  let isFirst = true;
  const inner = house.caseLog.entries;
  const late = sopInstanceUid('1.7.1.1');
  const caseLogReader = {
    ...house.caseLog,
    entries: async (filter: Parameters<typeof inner>[0]) => {
      const found = await inner(filter);
      if (filter.kinds !== undefined && isFirst) {
        isFirst = false;
        await house.say('rc', UNKNOWN, { object: { ...OBJECT, sopInstanceUid: late } });
        await fill(house, 3);
      }
      return found;
    },
  };
  const round = createClassificationKeeper({
    caseLogReader,
    classifications: table,
    onPassedOver: () => undefined,
  });
  await round();
  expect(await table.standingOf(uids)).toHaveLength(1);
  await round();
  expect(await table.standingOf([...uids, late])).toHaveLength(2);
});

describe('an entry that the table does not take', () => {
  test('is passed over, said once, and kept as soon as it can be', async () => {
    const { uids, refused, passedOver, keep, kept, house } = await keepingHouse(3);
    const [first = '', second = '', third = ''] = uids;
    refused.add(second);
    await keep();
    expect(await kept()).toEqual([first, third]);
    await keep();
    await keep();
    expect(passedOver).toEqual([house.caseLog.all()[1]?.id]);
    refused.clear();
    await keep();
    expect(await kept()).toEqual([first, second, third]);
    await keep();
    expect(passedOver).toHaveLength(1);
  });

  test('a table that is away is no reason to pass over any', async () => {
    const { uids, table, passedOver, keep, kept } = await keepingHouse(2);
    table.setAway(true);
    await expect(keep()).rejects.toMatchObject({ code: 'register-unavailable' });
    table.setAway(false);
    await keep();
    expect([await kept(), passedOver]).toEqual([uids, []]);
  });

  test('of a hundred and one it is the table that is at fault: nothing is passed for good', async () => {
    const { uids, refused, passedOver, keep, kept } = await keepingHouse(101);
    for (const uid of uids) refused.add(uid);
    await expect(keep()).rejects.toMatchObject({ code: 'register-unavailable' });
    await expect(keep()).rejects.toMatchObject({ code: 'register-unavailable' });
    expect(passedOver).toHaveLength(100);
    refused.clear();
    await keep();
    expect(await kept()).toHaveLength(101);
  });
});
