import fc from 'fast-check';
import { mayShowInThumbnail } from '../../src/domain/dicom/sop-classes.ts';
import { askDoor, wadoUriOf, withArchives } from '../fakes/every-door.ts';
import {
  createMarkedHouse,
  KINDS,
  MARKED_STUDY,
  OF_FRAMES,
  SHOWN_WHOLE,
  uidsIn,
  type KindName,
  type Marked,
} from '../fakes/marked-study.ts';
import { aRegister, shippedPolicy } from '../fakes/register-builder.ts';

const STUDY_PATH = `studies/${MARKED_STUDY}`;
const kinds = Object.keys(KINDS).filter((name): name is KindName => name in KINDS);
/** Of each kind one, each in a series with a plain image. */
const ALL: readonly Marked[] = kinds.flatMap((kind, series): Marked[] => [
  { kind, series },
  { kind: 'plain', series },
]);
const PEOPLE = ['alice', 'stranger'];
const DOORS_OF_ONE = ['', '/metadata', ...[...SHOWN_WHOLE, ...OF_FRAMES].map((part) => `/${part}`)];
const BY_URI = ['application/dicom', 'image/jpeg'];
const isAi = (kind: KindName): boolean => kind !== 'plain' && kind !== 'capture';
/** What is on record once Alice has seen one; nothing is of what somebody called no AI’s. */
const recordOf = (kind: KindName): string | undefined => {
  if (!isAi(kind) || kind === 'probable, no AI’s') return undefined;
  return kind === 'probable' || kind === 'probable, of no known version' ? 'study.accessed' : 'case.viewed';
};

describe.each(kinds)('an object of the kind “%s”', (kind) => {
  test.each(PEOPLE)('shows to %s, by every address of its own, what they may see of it', async (token) => {
    const house = createMarkedHouse([{ kind, series: 1 }]);
    const [object] = house.objects;
    if (object === undefined) throw new Error('no object');
    const addresses = [
      ...DOORS_OF_ONE.map((part) => object.path + part),
      ...BY_URI.map((type) => wadoUriOf(object, type)),
    ];
    for (const address of addresses) {
      const told = await askDoor(house, address, token);
      const isSeen = house.permitted(token).includes(object.uid);
      expect([address, uidsIn(told.body), told.refusal]).toEqual([
        address,
        isSeen ? [object.uid] : [],
        isSeen ? undefined : 'not-permitted',
      ]);
      if (isSeen) expect(told.caching === 'private, no-store').toBe(isAi(kind));
    }
    const seen = house.caseLog.all().filter((entry) => entry.kind !== 'case.refused');
    const record = house.permitted(token).length > 0 ? recordOf(kind) : undefined;
    expect(seen.map((entry) => entry.kind)).toEqual(record === undefined ? [] : [record]);
  });
});

describe.each(PEOPLE)('a study of all kinds, to %s', (token) => {
  test.each([
    ['its objects', STUDY_PATH],
    ['its metadata', `${STUDY_PATH}/metadata`],
    ['its list of objects', `${STUDY_PATH}/instances`],
    ['the list of all objects', 'instances'],
  ])('%s', async (_name, address) => {
    const house = createMarkedHouse(ALL);
    const told = await askDoor(house, address, token);
    expect(uidsIn(told.body)).toEqual(house.permitted(token));
    expect(told.caching).toBe('private, no-store');
    // A list shows no result; everything else does, and is on record.
    const viewed = house.caseLog.all().map((entry) => entry.kind);
    const isSeen = token === 'alice' && !address.endsWith('instances');
    expect(viewed.toSorted()).toEqual(isSeen ? ['case.viewed', 'study.accessed'] : []);
  });

  test('nothing is shown whole that holds what is locked, of the study or of a series', async () => {
    const house = createMarkedHouse(ALL);
    for (const path of [
      STUDY_PATH,
      ...new Set(house.objects.map(({ series }) => `${STUDY_PATH}/series/${series}`)),
    ]) {
      const inScope = house.objects.filter((object) => object.path.startsWith(`${path}/`));
      const locked = inScope.filter(({ uid }) => !house.permitted(token).includes(uid));
      for (const part of SHOWN_WHOLE) {
        const shows = locked.filter(
          ({ kind }) => part !== 'thumbnail' || mayShowInThumbnail(KINDS[kind].sopClassUid),
        );
        const told = await askDoor(house, `${path}/${part}`, token);
        expect([path, part, told.body === '']).toEqual([path, part, shows.length > 0]);
      }
      // An archive cannot be filtered as it streams.
      const archive = await askDoor(withArchives(house), path, token, 'application/zip');
      expect([path, archive.body === '']).toEqual([path, locked.length > 0]);
    }
  });
});

test('a policy can show what is only probably AI’s: as images, and kept by nobody', async () => {
  const house = createMarkedHouse([
    { kind: 'probable', series: 1 },
    { kind: 'locked', series: 2 },
  ]);
  const [probable] = house.objects;
  house.changeRegister(aRegister({ policy: { ...shippedPolicy(), probableResults: 'shown' } }));
  const addresses = ['instances', STUDY_PATH, `${STUDY_PATH}/metadata`, probable?.path ?? ''];
  for (const address of addresses) {
    const told = await askDoor(house, address, 'stranger');
    expect([address, uidsIn(told.body)]).toEqual([address, [probable?.uid]]);
    expect(told.caching).toBe('private, no-store');
  }
  expect(house.caseLog.all()).toEqual([]);
});

test('through every door of any study exactly what is permitted is seen', async () => {
  const marked = fc.record({ kind: fc.constantFrom(...kinds), series: fc.integer({ min: 1, max: 3 }) });
  const study = fc.array(marked, { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(study, fc.constantFrom(...PEOPLE), async (objects, token) => {
      const house = createMarkedHouse(objects);
      const permitted = house.permitted(token);
      const seen = async (address: string): Promise<readonly string[]> =>
        uidsIn((await askDoor(house, address, token)).body);
      const checkAll = async (path: string, own: readonly string[]): Promise<void> => {
        for (const address of [path, `${path}/metadata`, `${path}/instances`])
          expect(await seen(address)).toEqual(own);
        // These cannot be filtered: all or nothing.
        for (const part of SHOWN_WHOLE)
          expect(own).toEqual(expect.arrayContaining([...(await seen(`${path}/${part}`))]));
      };
      expect(await seen('instances')).toEqual(permitted);
      await checkAll(STUDY_PATH, permitted);
      for (const series of new Set(house.objects.map((object) => object.series))) {
        const members = house.objects.filter((object) => object.series === series);
        const own = members.map(({ uid }) => uid).filter((uid) => permitted.includes(uid));
        await checkAll(`${STUDY_PATH}/series/${series}`, own);
      }
      for (const object of house.objects) {
        const own = permitted.filter((uid) => uid === object.uid);
        for (const part of DOORS_OF_ONE) expect(await seen(object.path + part)).toEqual(own);
        for (const type of BY_URI) expect(await seen(wadoUriOf(object, type))).toEqual(own);
      }
    }),
    { numRuns: 40 },
  );
});
