import { askDoor, withArchives } from '../fakes/every-door.ts';
import {
  createMarkedHouse,
  MARKED_STUDY,
  storedOf,
  uidsIn,
  type Marked,
  type MarkedHouse,
} from '../fakes/marked-study.ts';

const PATH = `studies/${MARKED_STUDY}`;
const OBJECTS: readonly Marked[] = [
  { kind: 'plain', series: 1 },
  { kind: 'stored', series: 1 },
];
const IMAGE = '9.8.1.0';
const RESULT = '9.8.1.1';
const LISTS = [PATH, `${PATH}/metadata`, `${PATH}/series/9.7.1`, `${PATH}/series/9.7.1/metadata`];
const QIDO = ['instances', `${PATH}/instances`, `${PATH}/series/9.7.1/instances`];
const OF_RESULT = `${PATH}/series/9.7.1/instances/${RESULT}`;

/** The look-through of the study knows the first image alone: the result, of the same class, came since. */
function withOldKnowledge(house: MarkedHouse, error?: Error): MarkedHouse {
  const [first] = house.objects;
  if (first === undefined) throw new Error('no objects');
  const aiResults: MarkedHouse['deps']['aiResults'] = {
    objectsOf: async (study, needs, signal) => {
      if (error !== undefined) throw error;
      const { objects } = await house.deps.aiResults.objectsOf(study, needs, signal);
      return { objects: new Map([...objects].filter(([uid]) => uid === first.uid)), aiResults: [] };
    },
  };
  return { ...house, deps: { ...house.deps, aiResults } };
}
const seen = async (house: MarkedHouse, address: string): Promise<readonly string[]> =>
  uidsIn((await askDoor(house, address, 'alice')).body);

describe.each<[string, Error | undefined]>([
  ['came since the study was looked through', undefined],
  ['is in a study that cannot be looked through', new Error('away')],
])('an AI result that looks like an image and %s', (_name, error) => {
  test.each([...LISTS, ...QIDO])('is not in %s', async (address) => {
    const house = withOldKnowledge(createMarkedHouse(OBJECTS), error);
    expect(await seen(house, address)).toEqual([IMAGE]);
  });

  test.each(['', '/metadata', '/rendered', '/frames/1'])('is not had by itself%s', async (part) => {
    const house = withOldKnowledge(createMarkedHouse(OBJECTS), error);
    expect((await askDoor(house, OF_RESULT + part, 'alice')).refusal).toBe(
      error === undefined ? 'not-found' : 'ai-locked',
    );
  });

  test('an image is, in the same place', async () => {
    const plain = createMarkedHouse([
      { kind: 'plain', series: 1 },
      { kind: 'plain', series: 1 },
    ]);
    const house = withOldKnowledge(plain, error);
    expect(await seen(house, OF_RESULT)).toEqual([RESULT]);
    for (const address of [...LISTS, ...QIDO]) expect(await seen(house, address)).toEqual([IMAGE, RESULT]);
  });
});

test('one that is stored while the PACS begins to answer is not in the answer', async () => {
  const plain = createMarkedHouse([
    { kind: 'plain', series: 1 },
    { kind: 'plain', series: 1 },
  ]);
  const old = withOldKnowledge(plain);
  const { pacs } = old.deps;
  const [, late] = createMarkedHouse(OBJECTS).objects;
  const storing: typeof pacs = {
    ...pacs,
    fetch: async (request, signal) => {
      for (const result of late === undefined ? [] : storedOf(late)) plain.resultsIndex.add(result);
      return await pacs.fetch(request, signal);
    },
  };
  const house = { ...old, deps: { ...old.deps, pacs: storing } };
  for (const address of LISTS) expect(await seen(house, address)).toEqual([IMAGE]);
  // Nor is it in what cannot be filtered: that is shown again once the study has been looked through.
  for (const path of [PATH, `${PATH}/series/9.7.1`]) {
    for (const part of ['rendered', 'thumbnail', 'pixeldata'])
      expect((await askDoor(house, `${path}/${part}`, 'alice')).refusal).toBe('ai-locked');
    expect((await askDoor(withArchives(house), path, 'alice')).refusal).toBe('bad-request');
  }
  expect((await askDoor(house, `${PATH}/series/9.7.1/instances/${IMAGE}/rendered`, 'alice')).refusal).toBe(
    undefined,
  );
});

test.each([
  {
    name: 'an hour ago, and not there since: it is no longer of this study',
    agoMs: 60 * 60_000,
    refusal: undefined,
  },
  { name: 'less than an hour ago: it may still come', agoMs: 60 * 60_000 - 1, refusal: 'ai-locked' },
])('a result that was stored $name', async ({ agoMs, refusal }) => {
  const plain = createMarkedHouse([{ kind: 'plain', series: 1 }]);
  const [, gone] = createMarkedHouse(OBJECTS).objects;
  const keptAt = plain.deps.clock.nowMs() - agoMs;
  for (const result of gone === undefined ? [] : storedOf(gone))
    plain.resultsIndex.add({ ...result, keptAt });
  for (const part of ['rendered', 'thumbnail', 'pixeldata'])
    expect((await askDoor(plain, `${PATH}/series/9.7.1/${part}`, 'alice')).refusal).toBe(refusal);
});

test('a result that is new in another series holds up no picture of this one', async () => {
  const house = withOldKnowledge(
    createMarkedHouse([
      { kind: 'plain', series: 1 },
      { kind: 'stored', series: 2 },
    ]),
  );
  expect(await seen(house, `${PATH}/series/9.7.1/rendered`)).toEqual([IMAGE]);
  expect((await askDoor(withArchives(house), `${PATH}/series/9.7.1`, 'alice')).refusal).toBe(undefined);
});

test.each(['plain', 'unlocked'] as const)(
  'nothing is asked of the index for one object that is known: %s',
  async (kind) => {
    const house = createMarkedHouse([{ kind, series: 1 }]);
    const address = `${PATH}/series/9.7.1/instances/${IMAGE}/frames/1`;
    await seen(house, address);
    const before = house.resultsIndex.asked.length;
    for (let time = 0; time < 3; time += 1) expect(await seen(house, address)).toEqual([IMAGE]);
    expect(house.resultsIndex.asked).toHaveLength(before);
  },
);

test('a list of objects asks the index once, whatever the number of studies', async () => {
  const house = createMarkedHouse([
    { kind: 'plain', series: 1 },
    { kind: 'plain', series: 2 },
  ]);
  await seen(house, 'instances');
  expect(house.resultsIndex.asked).toEqual([[MARKED_STUDY]]);
});

test('while the index is away, images are seen, and the results it named stay locked', async () => {
  const house = createMarkedHouse(OBJECTS);
  house.resultsIndex.goAway();
  for (const address of [...LISTS, ...QIDO]) expect(await seen(house, address)).toEqual([IMAGE]);
  expect((await askDoor(house, OF_RESULT, 'alice')).refusal).toBe('not-permitted');
});

test('an answer holds nothing of another series than was asked for', async () => {
  const house = createMarkedHouse([
    { kind: 'plain', series: 1 },
    { kind: 'locked', series: 2 },
  ]);
  const { pacs } = house.deps;
  const careless: typeof pacs = {
    ...pacs,
    fetch: async (request, signal) => {
      const isSeries = request.segments.length === 4 && request.segments[2] === 'series';
      return await pacs.fetch(
        isSeries ? { ...request, segments: ['studies', MARKED_STUDY] } : request,
        signal,
      );
    },
  };
  const other = { ...house, deps: { ...house.deps, pacs: careless } };
  expect(await seen(other, `${PATH}/series/9.7.1`)).toEqual([IMAGE]);
});
