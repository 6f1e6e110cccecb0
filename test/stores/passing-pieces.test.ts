import fc from 'fast-check';
import { collectBody } from '../../src/domain/collect-body.ts';
import type { SearchQuery } from '../../src/domain/dicom/dicomweb-query.ts';
import type { SearchResource } from '../../src/domain/dicom/dicomweb-resource.ts';
import { NotPermitted } from '../../src/domain/errors.ts';
import { SERIES_FIELDS, STUDY_FIELDS } from '../../src/domain/dicom/study-fields.ts';
import { retrieve } from '../../src/flows/retrieve.ts';
import { search } from '../../src/flows/search.ts';
import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { createPassingPieces } from '../../src/upstreams/passing-pieces.ts';
import { createStudyContextReader } from '../../src/upstreams/study-context-reader.ts';
import { createRetrievalHouse } from '../fakes/retrieval-house.ts';
import { createSearchablePacs, type HeldStudy, type SearchablePacs } from '../fakes/searchable-pacs.ts';
import type { StudyUid } from '../../src/domain/identifiers.ts';
import { seriesUid, studyUid } from '../fakes/uids.ts';

const never = (): AbortSignal => new AbortController().signal;
const CT = '1.2.840.10008.5.1.4.1.1.2';
const SR = '1.2.840.10008.5.1.4.1.1.88.33';
const A = studyUid('1.1');
const TTL = 10_000;
const UNASKED = ['00080020', '00080050', '00080060', '00100020', '00100030', '00100040'];
const MANNER = { unasked: UNASKED, knowsAll: true };
const held = (uid: string): HeldStudy => ({
  uid,
  attributes: { '00080020': '20260101', '00100020': `P${uid}`, '00100040': 'F', '00081030': 'Chest' },
  series: [
    {
      uid: `${uid}.7`,
      attributes: { '00080060': 'CT', '00080070': 'ACME', '00180015': 'CHEST' },
      objects: [CT, CT],
    },
    { uid: `${uid}.8`, attributes: { '00080060': 'SR' }, objects: [SR] },
  ],
});

/** The readers over a PACS, and searches that pass by, as the gateway has them. */
function house(pacs: SearchablePacs, maxEntries = 100) {
  const clock = { now: 1_000 };
  const limits = { nowMs: () => clock.now, cacheTtlMs: TTL, maxEntries };
  const pieces = createPassingPieces(limits);
  const reader = createStudyContextReader({
    pacs,
    sites: [],
    bodyPartRules: [],
    simulator: false,
    pieces,
    ...limits,
  });
  const aiResults = createAiResultReader({ pacs, pieces, ...limits });
  const { deps } = createRetrievalHouse();
  const passing = async (resource: SearchResource, query: Partial<SearchQuery> = {}): Promise<void> => {
    const asked = { matches: new Map(), includeFields: [], ...query };
    const input = {
      evidence: { bearerToken: 'alice' },
      requestId: 'r',
      resource,
      query: asked,
      accept: undefined,
    };
    const monotonic = { nowMs: () => 0, monotonicMs: () => clock.now };
    await search({ ...deps, pacs, aiResults, passing: pieces, clock: monotonic }, input, never());
  };
  /** Metadata of a study, or of one series of it. */
  const reading = async (study: StudyUid, series?: string): Promise<void> => {
    const within = series === undefined ? {} : { series: seriesUid(series) };
    const level = series === undefined ? 'study' : 'series';
    const resource = {
      kind: 'retrieve',
      level,
      study,
      ...within,
      part: 'metadata',
      tail: ['metadata'],
    } as const;
    const asking = { evidence: { bearerToken: 'alice' }, requestId: 'r', resource, query: [], headers: {} };
    const monotonic = { nowMs: () => 0, monotonicMs: () => clock.now };
    const reading = { ...deps, pacs, aiResults, passing: pieces, clock: monotonic };
    try {
      await collectBody((await retrieve(reading, asking, never())).body, 1e6);
    } catch (error: unknown) {
      // What is locked teaches nothing.
      if (!(error instanceof NotPermitted)) throw error;
    }
  };
  /** Reads a context, and resolves to the questions that took. */
  const questions = async (study = A): Promise<readonly string[]> => {
    const before = pacs.asked.length;
    await reader.studyContext(study, never());
    return pacs.asked.slice(before).map(({ segments }) => segments.at(-1) ?? '');
  };
  return { clock, pieces, reader, aiResults, passing, reading, questions };
}

const studies = { kind: 'search', of: 'studies' } as const;
const seriesOf = (study = A): SearchResource => ({ kind: 'search', of: 'series', study });
const pacs = (): SearchablePacs => createSearchablePacs([held('1.1'), held('1.2')], MANNER);

describe('a context is what the reader itself would have found', () => {
  const tags = [
    ...new Set([...STUDY_FIELDS, ...SERIES_FIELDS, '00080020', '00080050', '00080060', '00100020']),
  ];
  const attributes = fc.dictionary(
    fc.constantFrom(...tags),
    fc.constantFrom('', 'CT', 'M', '19600101', '061Y', 'CHEST'),
  );
  const series = fc.record({ attributes, objects: fc.array(fc.constantFrom(CT, SR), { maxLength: 3 }) });
  const house1 = fc.array(fc.record({ attributes, series: fc.array(series, { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 3,
  });
  const fields = fc.oneof(
    fc.subarray([...tags, 'all']),
    fc.constantFrom<readonly string[]>(STUDY_FIELDS, SERIES_FIELDS, tags),
  );
  const query = fc.record(
    { includeFields: fields, limit: fc.nat(3), offset: fc.nat(2) },
    { requiredKeys: ['includeFields'] },
  );
  const asked = fc.record({
    of: fc.constantFrom('studies', 'series', 'one', 'metadata', 'series metadata' as const),
    at: fc.nat(2),
    query,
  });

  test('whatever passed by before, at any PACS', async () => {
    await fc.assert(
      fc.asyncProperty(
        house1,
        fc.record({ unasked: fc.subarray(tags), knowsAll: fc.boolean() }),
        fc.array(asked, { maxLength: 6 }),
        async (made, manner, searches) => {
          const all: readonly HeldStudy[] = made.map((study, at) => ({
            uid: `1.${String(at)}`,
            attributes: study.attributes,
            series: study.series.map((one, of) => ({ uid: `1.${String(at)}.${String(of)}`, ...one })),
          }));
          const one = house(createSearchablePacs(all, manner));
          for (const { of, at, query: how } of searches) {
            const study = studyUid(`1.${String(at % all.length)}`);
            if (of === 'series') await one.passing(seriesOf(study), how);
            else if (of === 'studies') await one.passing(studies, how);
            else if (of === 'metadata') await one.reading(study);
            else if (of === 'series metadata') await one.reading(study, `${study}.0`);
            else await one.passing(studies, { ...how, matches: new Map([['0020000D', study]]) });
          }
          for (const { uid } of all) {
            const alone = house(createSearchablePacs(all, manner)).reader;
            const expected = await alone.studyContext(studyUid(uid), never());
            expect(await one.reader.studyContext(studyUid(uid), never())).toEqual(expected);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('what is known is not asked for', () => {
  test('nothing, without a search', async () => {
    expect(await house(pacs()).questions()).toEqual([
      'studies',
      'series',
      'instances',
      'instances',
      'metadata',
    ]);
  });

  test('row and series, after searches that asked for as much', async () => {
    const { passing, questions } = house(pacs());
    await passing(studies, { includeFields: STUDY_FIELDS });
    expect(await questions()).toEqual(['series', 'instances', 'instances', 'metadata']);
    await passing(seriesOf(studyUid('1.2')), { includeFields: SERIES_FIELDS });
    expect(await questions(studyUid('1.2'))).toEqual(['metadata']);
  });

  test('nor the image that comes first, once its metadata passed, with others or with all', async () => {
    for (const series of ['1.1.7', undefined]) {
      const { reading, questions } = house(pacs());
      await reading(A, series);
      expect(await questions()).not.toContain('metadata');
    }
  });

  test('but the image that comes first is asked for where another passed, or it did long ago', async () => {
    const two = held('1.1')
      .series.slice(0, 1)
      .map((series) => ({ ...series, uid: '1.1.6' }));
    const other = house(
      createSearchablePacs([{ ...held('1.1'), series: [...two, ...held('1.1').series] }], MANNER),
    );
    await other.reading(A, '1.1.7');
    expect(await other.questions()).toContain('metadata');
    const late = house(pacs());
    await late.reading(A);
    late.clock.now += TTL;
    expect(await late.questions()).toContain('metadata');
  });

  test('nor the list of objects, where it was looked through for AI results', async () => {
    const { aiResults, questions } = house(pacs());
    await aiResults.objectsOf(A, {}, never());
    expect(await questions()).toEqual(['studies', 'series', 'metadata']);
  });
});

describe('it is forgotten', () => {
  const knowing = async (maxEntries?: number) => {
    const one = house(pacs(), maxEntries);
    await one.passing(studies, { includeFields: STUDY_FIELDS });
    return one;
  };

  test('when something is stored in the study, and of that study only', async () => {
    const { pieces, reader, questions } = await knowing();
    for (const memory of [pieces, reader]) memory.forget(A);
    expect(await questions()).toContain('studies');
    expect(await questions(studyUid('1.2'))).not.toContain('studies');
  });

  test('and what was asked before that teaches nothing after it; what is asked later does', async () => {
    const { pieces, passing, questions, clock } = house(pacs());
    pieces.forget(A);
    await passing(studies, { includeFields: STUDY_FIELDS });
    expect(pieces.of(A)).toEqual({});
    clock.now += 1;
    await passing(studies, { includeFields: STUDY_FIELDS });
    expect(await questions()).not.toContain('studies');
  });

  test('when more was forgotten since than can be remembered', () => {
    const { pieces } = house(pacs(), 1);
    for (const uid of ['1.1', '1.2']) pieces.forget(studyUid(uid));
    pieces.learnObjects(A, { value: new Map(), askedAt: 1_000 });
    expect(pieces.of(A)).toEqual({});
  });

  test('when its time is over, also by way of a context that rests on it', async () => {
    const { clock, questions } = await knowing();
    clock.now += TTL - 1;
    expect(await questions()).not.toContain('studies');
    clock.now += 1;
    expect(await questions()).toContain('studies');
  });

  test('when the clock stepped back', async () => {
    const { clock, pieces } = await knowing();
    clock.now -= 1;
    expect(pieces.of(A)).toEqual({});
  });

  test('when there are too many, the oldest first', async () => {
    const { pieces } = await knowing(1);
    expect([pieces.of(A), pieces.of(studyUid('1.2')).study?.askedAt]).toEqual([{}, 1_000]);
  });
});

test('an older piece never takes the place of a newer one', () => {
  const { pieces } = house(pacs());
  const [older, newer] = [new Map(), new Map()];
  pieces.learnObjects(A, { value: newer, askedAt: 900 });
  pieces.learnObjects(A, { value: older, askedAt: 800 });
  expect(pieces.of(A).objects?.value).toBe(newer);
});
