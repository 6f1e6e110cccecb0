import { collectBody } from '../../src/domain/collect-body.ts';
import type { EntryDraft } from '../../src/domain/log-entry.ts';
import { createAccessRecorder } from '../../src/flows/record-access.ts';
import { search } from '../../src/flows/search.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  allObjects,
  createRetrievalHouse,
  pathTo,
  STUDY,
  type RetrievalHouse,
} from '../fakes/retrieval-house.ts';
import { retrievedBody, runRetrieval } from '../fakes/run-retrieval.ts';

const [ctOne = '', , report = '', capture = ''] = allObjects.map(pathTo);
const FRAME = `${ctOne}/frames/1`;
const image = { headers: { 'content-type': 'image/png' }, body: 'picture' };

/** The house with a recorder over its own case log, or another one. */
function recording(house: RetrievalHouse, append?: (draft: EntryDraft) => Promise<never>) {
  const caseLog = append === undefined ? house.caseLog : { append };
  const recorder = createAccessRecorder({
    ...house.deps,
    caseLog,
    ids: { newId: () => 'id' },
    onOutcome: () => undefined,
  });
  return { deps: { ...house.deps, accesses: recorder }, recorder };
}

async function searchSeries(house: RetrievalHouse, token: string): ReturnType<typeof search> {
  const resource = { kind: 'search', of: 'series', study: STUDY } as const;
  const query = { matches: new Map(), includeFields: [] };
  const input = { evidence: { bearerToken: token }, requestId: 'r', resource, query, accept: undefined };
  return await search(house.deps, input, new AbortController().signal);
}

describe('a read is noted', () => {
  test.each([
    ['a frame', FRAME, 200],
    ['what the viewer holds already', FRAME, 304],
    ['a range', FRAME, 206],
    ['a study of which AI results are left out', `studies/${STUDY}`, 200],
    ['metadata', `studies/${STUDY}/metadata`, 200],
    ['a picture', `${ctOne}/rendered`, 200],
    ['an unlocked AI result', report, 200],
  ])('%s: %s, answered %s', async (_name, path, status) => {
    const plain = createRetrievalHouse();
    const answers = status === 200 ? {} : { [path]: { ...image, status } };
    const house = status === 200 ? plain : createRetrievalHouse({ answers });
    await runRetrieval(house, path, { headers: { 'purpose-of-use': 'TREAT' } });
    expect(house.reads).toEqual([{ study: STUDY, headers: { 'purpose-of-use': 'TREAT' } }]);
  });

  test('by an AI endpoint too, and what it finds in its study as well', async () => {
    const house = createRetrievalHouse();
    await runRetrieval(house, FRAME, { token: 'endpoint' });
    expect(house.reads).toHaveLength(1);
    await searchSeries(house, 'endpoint');
    expect(house.reads).toMatchObject([{ study: STUDY }, { study: STUDY }]);
  });
});

describe('no read is noted', () => {
  test.each([
    ['a locked AI result', capture, {}],
    ['what the PACS does not have', FRAME, { [FRAME]: { status: 404 } }],
    ['what the PACS fails at', FRAME, { [FRAME]: { status: 500 } }],
    [
      'a study that cannot be shown without what is locked',
      `studies/${STUDY}`,
      { [`studies/${STUDY}`]: { headers: { 'content-type': 'application/zip' }, body: 'PK' } },
    ],
  ])('%s', async (_name, path, answers) => {
    const house = createRetrievalHouse({ answers });
    await runRetrieval(house, path).catch(() => undefined);
    expect(house.reads).toEqual([]);
  });

  test('of a search: nobody has seen an image', async () => {
    const house = createRetrievalHouse();
    expect((await searchSeries(house, 'alice')).status).toBe(200);
    expect(house.reads).toEqual([]);
  });
});

describe('images are never held up', () => {
  test('by a log that does not answer', async () => {
    const house = createRetrievalHouse();
    const { deps } = recording(house, () => new Promise(() => undefined));
    expect(await retrievedBody({ deps }, FRAME)).toBe('picture');
  });

  test('by a log that is away, while AI results are locked', async () => {
    const house = createRetrievalHouse({ faults: { caseLog: 'throws' } });
    const { deps, recorder } = recording(house);
    expect(await retrievedBody({ deps }, FRAME)).toBe('picture');
    expect((await faultOf(runRetrieval({ deps }, report))).code).toBe('case-log-unavailable');
    house.caseLog.behave('ok');
    await recorder.again();
    expect(house.caseLog.all().map((entry) => entry.kind)).toEqual(['study.accessed']);
  });

  test('and the record is not begun before the answer is there', async () => {
    const house = createRetrievalHouse();
    const order: string[] = [];
    const { deps, recorder } = recording(house, async () => {
      order.push('record');
      return await Promise.reject(new Error('no (test)'));
    });
    const answer = await runRetrieval({ deps }, FRAME).then((found) => {
      order.push('answer');
      return found;
    });
    await recorder.again();
    expect(order[0]).toBe('answer');
    expect(Buffer.from(await collectBody(answer.body, 100)).toString()).toBe('picture');
  });
});

test('reads and looks at AI results stand beside each other, and a hundred frames are one read', async () => {
  const house = createRetrievalHouse();
  const { deps, recorder } = recording(house);
  for (let frame = 0; frame < 100; frame += 1) await retrievedBody({ deps }, FRAME);
  await retrievedBody({ deps }, report);
  await recorder.again();
  const kinds = house.caseLog.all().map((entry) => entry.kind);
  expect(kinds.toSorted()).toEqual(['case.viewed', 'study.accessed']);
  expect(house.counted()).toBe(1);
});
