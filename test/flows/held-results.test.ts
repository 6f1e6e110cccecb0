import { mayShowInThumbnail } from '../../src/domain/dicom/sop-classes.ts';
import { askDoor, wadoUriOf, withArchives } from '../fakes/every-door.ts';
import {
  createHeldHouse,
  heldRegister,
  storeAsked,
  storeUnasked,
  VIEWERS,
  type HeldHouse,
} from '../fakes/held-house.ts';
import { KINDS, MARKED_STUDY, OF_FRAMES, SHOWN_WHOLE, uidsIn, type Marked } from '../fakes/marked-study.ts';
import { CASE } from '../fakes/result-files.ts';

const PATH = `studies/${MARKED_STUDY}`;
/** An image, and two results of a version that is unlocked for everybody here; each result is alone in its series. */
const STUDY: readonly Marked[] = [
  { kind: 'plain', series: 1 },
  { kind: 'stored, unlocked', series: 2 },
  { kind: 'stored, unlocked', series: 3 },
];
const [IMAGE, ONE, TWO] = ['9.8.1.0', '9.8.2.1', '9.8.3.2'];
const ALL = [IMAGE, ONE, TWO];
const LISTS = [`${PATH}/instances`, 'instances', `${PATH}/metadata`, PATH];

/** What somebody sees of the study, where every list and every object by itself agree on it. */
async function seenBy(house: HeldHouse, who: string): Promise<readonly string[]> {
  const seen = uidsIn((await askDoor(house, PATH, who)).body);
  for (const address of LISTS)
    expect([address, uidsIn((await askDoor(house, address, who)).body)]).toEqual([address, seen]);
  const [row] = parseRows((await askDoor(house, 'studies', who)).body);
  expect(row?.['00201208']?.Value.map(Number)).toEqual([seen.length]);
  expect(parseRows((await askDoor(house, `${PATH}/series`, who)).body)).toHaveLength(seen.length);
  for (const object of house.objects)
    await agrees(house, who, { ...object, isSeen: seen.includes(object.uid) });
  const archive = await askDoor(withArchives(house), PATH, who, 'application/zip');
  expect(archive.body !== '').toBe(seen.length === house.objects.length);
  return seen;
}

type Row = Readonly<Record<string, { readonly Value: readonly unknown[] }>>;

function parseRows(body: string): readonly Row[] {
  return JSON.parse(body) as readonly Row[];
}

async function agrees(
  house: HeldHouse,
  who: string,
  object: HeldHouse['objects'][number] & { readonly isSeen: boolean },
): Promise<void> {
  const { path, isSeen, kind } = object;
  const series = path.slice(0, path.indexOf('/instances'));
  const wholes = SHOWN_WHOLE.filter(
    (part) => part !== 'thumbnail' || mayShowInThumbnail(KINDS[kind].sopClassUid),
  );
  const addresses = [
    ...[
      '',
      '/metadata',
      ...SHOWN_WHOLE.map((part) => `/${part}`),
      ...OF_FRAMES.map((part) => `/${part}`),
    ].map((part) => path + part),
    ...['application/dicom', 'image/jpeg'].map((type) => wadoUriOf(object, type)),
    series,
    ...['metadata', ...wholes].map((part) => `${series}/${part}`),
  ];
  for (const address of addresses) {
    const { body, refusal } = await askDoor(house, address, who);
    expect([address, body !== '', refusal]).toEqual([address, isSeen, isSeen ? undefined : 'not-permitted']);
  }
}

const houseOf = async (): Promise<HeldHouse> => await createHeldHouse(STUDY);
const everybodySees = async (house: HeldHouse): Promise<Readonly<Record<string, readonly string[]>>> => {
  const seen: Record<string, readonly string[]> = {};
  for (const who of VIEWERS) seen[who] = await seenBy(house, who);
  return seen;
};

test('what was asked for is seen by whoever asked and their supervisor, until it is accepted', async () => {
  const house = await houseOf();
  const asked = await storeAsked(house, { uids: [ONE, TWO] });
  expect(await everybodySees(house)).toEqual({
    alice: ALL,
    supervisor: ALL,
    bob: [IMAGE],
    operator: [IMAGE],
  });
  await house.say('alice', 'accepted', asked);
  expect(await everybodySees(house)).toEqual({ alice: ALL, supervisor: ALL, bob: ALL, operator: ALL });
});

test('a person without the card is told to show it; one who may not accept, that somebody must', async () => {
  const house = await houseOf();
  await storeAsked(house, { uids: [ONE, TWO] });
  const [, object] = house.objects;
  const codesFor = async (who: string): Promise<readonly string[]> => {
    await askDoor(house, object?.path ?? '', who);
    return house.caseLog.all().at(-1)?.facts.decision?.reasons ?? [];
  };
  expect(await codesFor('alice-without-card')).toEqual(['assurance-too-low', 'result-held']);
  expect(await codesFor('operator')).toEqual(['result-held']);
  expect(await codesFor('stranger')).toContain('identity-unmapped');
  expect(house.caseLog.all().at(-1)).toMatchObject({
    kind: 'case.refused',
    facts: { asked: { heldFor: 'another' } },
  });
});

test.each(['overridden', 'ignored', 'flagged'] as const)(
  'the last word counts, both ways: %s',
  async (word) => {
    const house = await houseOf();
    const asked = await storeAsked(house, { uids: [ONE, TWO] });
    const open: boolean[] = [];
    for (const said of [word, 'edited', word, 'accepted'] as const) {
      await house.say('alice', said, asked);
      open.push((await seenBy(house, 'bob')).length === ALL.length);
      expect(await seenBy(house, 'alice')).toEqual(ALL);
    }
    expect(open).toEqual([false, true, false, true]);
  },
);

test('what nobody asked for is seen by whoever may accept it; they look, accept, and all see it', async () => {
  const house = await houseOf();
  await storeUnasked(house, { uids: [ONE] });
  await storeUnasked(house, { uids: [TWO] });
  expect(await everybodySees(house)).toEqual({ alice: ALL, bob: ALL, supervisor: ALL, operator: [IMAGE] });
  await house.say('bob', 'accepted', house.lookOf('bob'));
  expect(await seenBy(house, 'operator')).toEqual(ALL);
  await house.say('alice', 'flagged', house.lookOf('alice'));
  expect(await seenBy(house, 'operator')).toEqual([IMAGE]);
});

test('what an operator asked for, who may accept nothing, waits for whoever looks at it and may', async () => {
  const house = await houseOf();
  const asked = await storeAsked(house, { uids: [ONE, TWO], by: 'operator' });
  expect(await everybodySees(house)).toEqual({ alice: ALL, bob: ALL, supervisor: ALL, operator: [IMAGE] });
  await house.say('bob', 'accepted', house.lookOf('bob'));
  expect(await seenBy(house, 'operator')).toEqual(ALL);
  await house.say('operator', 'flagged', asked);
  expect(await seenBy(house, 'operator')).toEqual([IMAGE]);
  await house.say('bob', 'edited', house.lookOf('bob'));
  expect(await seenBy(house, 'operator')).toEqual(ALL);
});

test('an answer is about what had been stored by then', async () => {
  const house = await houseOf();
  await storeUnasked(house, { uids: [ONE] });
  await seenBy(house, 'bob');
  await house.say('bob', 'accepted', house.lookOf('bob'));
  await storeUnasked(house, { uids: [TWO] });
  expect(await seenBy(house, 'operator')).toEqual([IMAGE, ONE]);
});

test('stored for another case it waits for that one', async () => {
  const house = await houseOf();
  await storeUnasked(house, { uids: [ONE, TWO] });
  await seenBy(house, 'bob');
  await house.say('bob', 'accepted', house.lookOf('bob'));
  await storeAsked(house, { uids: [ONE], bytes: 'b' });
  expect(await everybodySees(house)).toEqual({
    alice: ALL,
    supervisor: ALL,
    bob: [IMAGE, TWO],
    operator: [IMAGE, TWO],
  });
});

test('one node answers, another shows; and so does one that was started again', async () => {
  const house = await houseOf();
  const other = await createHeldHouse(STUDY, house);
  const asked = await storeAsked(house, { uids: [ONE, TWO] });
  expect(await seenBy(other, 'bob')).toEqual([IMAGE]);
  await house.say('alice', 'accepted', asked);
  expect(await seenBy(other, 'bob')).toEqual(ALL);
  await other.say('alice', 'overridden', asked);
  expect(await seenBy(house, 'bob')).toEqual([IMAGE]);
  expect(await seenBy(await createHeldHouse(STUDY, house), 'bob')).toEqual([IMAGE]);
});

describe('in doubt', () => {
  test('with a case log that cannot be read results are held from everybody, and images pass', async () => {
    const house = await houseOf();
    const asked = await storeAsked(house, { uids: [ONE, TWO] });
    await house.say('alice', 'accepted', asked);
    house.loseLog();
    expect(await everybodySees(house)).toEqual(Object.fromEntries(VIEWERS.map((who) => [who, [IMAGE]])));
  });

  test('with an index that cannot be asked for cases, too', async () => {
    const house = await houseOf();
    const asked = await storeAsked(house, { uids: [ONE, TWO] });
    await house.say('alice', 'accepted', asked);
    house.storedResults.goAway();
    expect(await seenBy(house, 'alice')).toEqual([IMAGE]);
  });

  test('what stands in the index without a case, or with one that is not on record, is held', async () => {
    const house = await houseOf();
    expect(await seenBy(house, 'alice')).toEqual([IMAGE]);
    const [, one] = await house.storedResults.ofStudies([MARKED_STUDY]);
    if (one === undefined) throw new Error('nothing is stored');
    await house.storedResults.noteCase([one.sopInstanceUid], CASE);
    expect(await seenBy(house, 'alice')).toEqual([IMAGE]);
  });
});

test.each([undefined, 'released'] as const)(
  'a policy that says %s holds nothing, and asks nothing',
  async (said) => {
    const house = await houseOf();
    await storeAsked(house, { uids: [ONE, TWO] });
    house.changeRegister(heldRegister(said));
    const notAsked = (): never => {
      throw new Error('asked');
    };
    const open = { ...house, deps: { ...house.deps, holds: { of: notAsked } } };
    expect(await everybodySees(open)).toEqual(Object.fromEntries(VIEWERS.map((who) => [who, ALL])));
  },
);

test('what no AI machine stored here belongs to no case, and is not held', async () => {
  const house = await createHeldHouse([
    { kind: 'plain', series: 1 },
    { kind: 'unlocked', series: 2 },
  ]);
  expect(await seenBy(house, 'operator')).toEqual(['9.8.1.0', '9.8.2.1']);
});
