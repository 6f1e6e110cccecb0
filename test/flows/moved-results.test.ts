import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { askDoor, withArchives } from '../fakes/every-door.ts';
import {
  createMarkedHouse,
  MARKED_STUDY,
  uidsIn,
  type Marked,
  type MarkedHouse,
} from '../fakes/marked-study.ts';
import { part10 } from '../fakes/part-10.ts';

const PATH = `studies/${MARKED_STUDY}`;
const SERIES = `${PATH}/series/9.7.1`;
const IMAGE = '9.8.1.0';
const MOVED = '9.8.1.1';
const FILTERED = [PATH, `${PATH}/metadata`, SERIES, `${SERIES}/metadata`];
const UNFILTERED = ['rendered', 'thumbnail', 'pixeldata'];
const BEFORE: readonly Marked[] = [{ kind: 'plain', series: 1 }];
const AFTER: readonly Marked[] = [...BEFORE, { kind: 'moved', series: 1 }];
const TWO_IMAGES: readonly Marked[] = [...BEFORE, { kind: 'plain', series: 1 }];

const seen = async (house: MarkedHouse, address: string): Promise<readonly string[]> =>
  uidsIn((await askDoor(house, address, 'stranger')).body);
const refusal = async (house: MarkedHouse, address: string): Promise<string | undefined> =>
  (await askDoor(house, address, 'stranger')).refusal;
const never = new AbortController().signal;

/** The study was looked through when it held one image; now its PACS holds all of these. */
async function houseSince(now: readonly Marked[], afterMs: number, isListable = true) {
  const house = createMarkedHouse(now);
  const state = { pacs: createMarkedHouse(BEFORE).deps.pacs, nowMs: 0 };
  const pacs: MarkedHouse['deps']['pacs'] = {
    ...house.deps.pacs,
    fetch: (request, signal) => state.pacs.fetch(request, signal),
  };
  const aiResults = createAiResultReader({
    pacs,
    resultsIndex: house.resultsIndex,
    nowMs: () => state.nowMs,
    cacheTtlMs: 60_000,
    maxEntries: 10,
  });
  await aiResults.objectsOf(MARKED_STUDY, {}, never);
  state.nowMs = afterMs;
  state.pacs = {
    ...pacs,
    fetch: async (request, signal) => {
      const isList = request.segments.length === 3 && request.segments[2] === 'instances';
      if (isList && !isListable) throw new Error('no lists now');
      return await house.deps.pacs.fetch(request, signal);
    },
  };
  return { ...house, deps: { ...house.deps, pacs, aiResults } };
}

describe('where the study cannot be listed', () => {
  const unlistable = (marked: readonly Marked[]): MarkedHouse => {
    const house = createMarkedHouse(marked);
    const objectsOf = async (): Promise<never> => await Promise.reject(new Error('away'));
    return { ...house, deps: { ...house.deps, aiResults: { objectsOf } } };
  };

  test.each(FILTERED)('a result that the PACS moved here is not in %s, and images are', async (address) => {
    expect(await seen(unlistable(AFTER), address)).toEqual([IMAGE]);
    expect(await seen(unlistable(TWO_IMAGES), address)).toEqual([IMAGE, MOVED]);
  });

  test.each(UNFILTERED)('nothing is shown that cannot be filtered: %s', async (part) => {
    expect(await refusal(unlistable(AFTER), `${SERIES}/${part}`)).toBe('ai-locked');
  });
});

describe.each([500, 1_000, 59_999])('%d ms after the study was looked through', (afterMs) => {
  test.each(FILTERED)('a result that the PACS moved here since is not in %s', async (address) => {
    expect(await seen(await houseSince(AFTER, afterMs), address)).toEqual([IMAGE]);
    expect(await seen(await houseSince(AFTER, afterMs, false), address)).toEqual([IMAGE]);
  });

  test.each(FILTERED)('an image that came since is in %s', async (address) => {
    expect(await seen(await houseSince(TWO_IMAGES, afterMs), address)).toEqual([IMAGE, MOVED]);
  });
});

describe.each([PATH, SERIES])('a second after it was looked through: %s', (path) => {
  test.each(UNFILTERED)('%s is not shown with it', async (part) => {
    expect(await refusal(await houseSince(AFTER, 1_000), `${path}/${part}`)).toBe('not-permitted');
    expect(await refusal(await houseSince(AFTER, 1_000, false), `${path}/${part}`)).toBe('ai-locked');
    expect(await seen(await houseSince(TWO_IMAGES, 1_000), `${path}/${part}`)).toEqual([IMAGE, MOVED]);
  });

  test('nor is an archive', async () => {
    expect(await refusal(withArchives(await houseSince(AFTER, 1_000)), path)).toBe('bad-request');
    expect(await refusal(withArchives(await houseSince(TWO_IMAGES, 1_000)), path)).toBe(undefined);
  });

  test('nor an archive that nobody can look up', async () => {
    expect(await refusal(withArchives(await houseSince(TWO_IMAGES, 1_000, false)), path)).toBe('bad-request');
  });
});

test.each<[string, readonly Marked[], boolean]>([
  ['nothing was moved here', TWO_IMAGES, true],
  ['a result was moved here', AFTER, false],
])('what names no object leaves only where %s', async (_name, now, passes) => {
  const house = await houseSince(now, 1_000);
  const { pacs } = house.deps;
  const deflated: typeof pacs = {
    ...pacs,
    fetch: async (request, signal) => {
      const answer = await pacs.fetch(request, signal);
      return request.segments.at(-1) === '9.7.1' ? { ...answer, body: unnamedParts() } : answer;
    },
  };
  const { body } = await askDoor({ deps: { ...house.deps, pacs: deflated } }, SERIES, 'stranger');
  expect(body.includes('DICM')).toBe(passes);
});

async function* unnamedParts(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('--edge\r\nContent-Type: application/dicom\r\n\r\n'));
  yield part10(MOVED, 20, { transferSyntaxUid: '1.2.840.10008.1.2.1.99' });
  yield Buffer.from('\r\n--edge--\r\n');
}

test('what is known costs no question by its UID; what is not costs one for each piece of metadata', async () => {
  const known = createMarkedHouse(TWO_IMAGES);
  for (const address of FILTERED) await seen(known, address);
  expect(known.resultsIndex.asked.filter((studies) => studies.length === 0)).toEqual([]);
  const house = await houseSince([...TWO_IMAGES, { kind: 'plain', series: 1 }], 500);
  await seen(house, `${SERIES}/metadata`);
  expect(house.resultsIndex.asked.filter((studies) => studies.length === 0)).toHaveLength(1);
});
