import { element } from '../fakes/part-10.ts';
import { aRegister, MODEL, VERSION } from '../fakes/register-builder.ts';
import { contentOf, namingItems, textItem } from '../fakes/report-items.ts';
import { BOTH, createStoreHouse, runStore } from '../fakes/store-house.ts';
import { longHead, sequence, storedFile } from '../fakes/stored-files.ts';
import { sopInstanceUid } from '../fakes/uids.ts';

const UID = '1.77.1';
const REPORT = '1.2.840.10008.5.1.4.1.1.88.34';
const OTHER = '7.0.0';
const FORMS = ['explicit', 'implicit', 'big-endian'] as const;
const MEBIBYTE = 1024 * 1024;
const SECOND = BOTH[1].version;

type How = Parameters<typeof contentOf>[1] & object;
/** A report with that said of its algorithm below an item of its own. */
function report(said: readonly (readonly Buffer[])[], how: How = {}, filler: readonly Buffer[] = []): Buffer {
  const container = [element([0x0040, 0xa040], 'CS', 'CONTAINER', how.form), contentOf(said, how)];
  return storedFile({
    sopInstanceUid: UID,
    sopClassUid: REPORT,
    form: how.form ?? 'explicit',
    after: [...filler, contentOf([container], how)],
  });
}
const naming = (name: string | undefined, version: string | undefined, how: How = {}): Buffer =>
  report(namingItems(name, version, how), how);
const macro = (name: string, version: string, form: (typeof FORMS)[number] = 'explicit'): Buffer =>
  sequence(
    [0x0066, 0x0037],
    [[element([0x0066, 0x0031], 'LO', version, form), element([0x0066, 0x0036], 'LO', name, form)]],
    { form },
  );
const image = (...after: readonly Buffer[]): Buffer => storedFile({ sopInstanceUid: UID, after });
const bytes = (group: number, mebibytes: number): Buffer => {
  const size = mebibytes * MEBIBYTE;
  return Buffer.concat([longHead([group, 0x0010], 'OB', size), Buffer.alloc(size, 0x41)]);
};

async function storedBy(token: string, file: Buffer, pieceBytes = 65_536) {
  const house = createStoreHouse();
  const { counts } = await runStore(house, [file], { token, pieceBytes });
  const kept = await house.storedResults.find(sopInstanceUid(UID));
  const isWhole = house.sent.some((sent) => sent.isWhole);
  return { refused: counts.refused, isWhole, version: kept?.madeBy?.version };
}
const isRefused = { refused: { 'not-authorised': 1 }, isWhole: false };

describe.each(FORMS)('a report in %s VR that names', (form) => {
  test.each([false, true])('its machine’s version is of that version (open-ended: %s)', async (isOpen) => {
    const told = await storedBy('ai-two', naming(MODEL, SECOND, { form, isOpen }));
    expect(told).toEqual({ refused: {}, isWhole: true, version: SECOND });
  });

  test.each<[string, string | undefined, string | undefined, How]>([
    ['another version', MODEL, OTHER, {}],
    ['another version, open-ended', MODEL, OTHER, { isOpen: true }],
    ['another version, before what says so', MODEL, OTHER, { isAstray: true }],
    ['another model', 'another-model', VERSION, {}],
    ['a model whose name is longer than any', `${MODEL}${' '.repeat(300)}`, VERSION, {}],
    ['another version and no model', undefined, OTHER, {}],
    ['another model and no version', 'another-model', undefined, {}],
  ])('%s is refused, by whomever it is stored', async (_name, name, version, how) => {
    for (const token of ['ai', 'ai-two'])
      expect(await storedBy(token, naming(name, version, { ...how, form }))).toEqual({
        ...isRefused,
        version: undefined,
      });
  });

  test('another by the macro is refused', async () => {
    const file = storedFile({ sopInstanceUid: UID, form, after: [macro('another-model', VERSION, form)] });
    expect(await storedBy('ai', file)).toMatchObject(isRefused);
  });
});

test.each<[string, readonly (readonly Buffer[])[], string | undefined]>([
  ['the model alone', namingItems(MODEL, undefined), VERSION],
  ['the title that the register knows', namingItems('Lung nodule detector', VERSION), VERSION],
  ['nothing', [], VERSION],
  ['nothing, with empty words', namingItems('', ''), VERSION],
  [
    'other things in the same words',
    [textItem('111001', 'x', { scheme: '99X' }), textItem('9', 'y')],
    VERSION,
  ],
])('a report that names %s is its machine’s only version', async (_name, said, version) => {
  expect(await storedBy('ai', report(said))).toEqual({ refused: {}, isWhole: true, version });
});

test.each<[string, readonly (readonly Buffer[])[]]>([
  ['two versions of one model', [...namingItems(MODEL, VERSION), ...namingItems(undefined, OTHER)]],
  ['a version below its model', [textItem('111001', MODEL, {}, namingItems(undefined, OTHER))]],
  [
    'its own, and another elsewhere',
    [...namingItems(MODEL, VERSION), textItem('1', 'x', {}, namingItems('y', 'z'))],
  ],
])('a report that names %s is refused', async (_name, said) => {
  expect(await storedBy('ai', report(said))).toMatchObject(isRefused);
});

test('one that names several of its machine’s versions is nobody’s, and is refused', async () => {
  const said = [...namingItems(MODEL, VERSION), ...namingItems(MODEL, SECOND)];
  expect(await storedBy('ai-two', report(said))).toEqual({ ...isRefused, version: undefined });
});

test.each<[string, string, readonly (readonly Buffer[])[]]>([
  ['another of its machine’s at its end', 'ai-two', namingItems(MODEL, SECOND)],
  ['one of no machine’s at its end', 'ai', namingItems(MODEL, OTHER)],
  ['no other', 'ai', []],
])(
  'one that names a version more often than is kept, and %s, is nobody’s, and is refused',
  async (_name, token, more) => {
    const said = Array.from({ length: 65 }, () => namingItems(MODEL, VERSION)).flat();
    const told = await storedBy(token, report([...said, ...more]));
    expect(told).toEqual({ ...isRefused, version: undefined });
  },
);

test.each(['utf8', 'latin1'] as const)('a title with an umlaut is known in %s', async (encoding) => {
  const house = createStoreHouse();
  const register = aRegister();
  house.changeRegister({
    ...register,
    modelVersion: (model, version) => {
      const known = register.modelVersion(model, version);
      return known && { ...known, title: 'Lungenprüfer' };
    },
  });
  const bytes = Buffer.from('Lungenprüfer', encoding).toString('latin1');
  await runStore(house, [report(namingItems(bytes, VERSION))], { token: 'ai' });
  expect((await house.storedResults.find(sopInstanceUid(UID)))?.madeBy?.version).toBe(VERSION);
});

describe('what stands far behind is read before it is believed', () => {
  test.each([2, 6])('in a report: another version behind %s MiB', async (mebibytes) => {
    const file = report(namingItems(MODEL, OTHER), {}, [bytes(0x0029, mebibytes)]);
    expect(await storedBy('ai', file)).toEqual({ ...isRefused, version: undefined });
  });

  test('in a report: the one of two versions behind 2 MiB', async () => {
    const file = report(namingItems(MODEL, SECOND), {}, [bytes(0x0029, 2)]);
    expect(await storedBy('ai-two', file)).toEqual({ refused: {}, isWhole: true, version: SECOND });
  });

  test.each<[string, string, Buffer]>([
    ['behind 9 MiB', 'ai', report(namingItems(MODEL, OTHER), {}, [bytes(0x0029, 9)])],
    ['behind pixels', 'ai', image(bytes(0x7fe0, 2), macro('another-model', VERSION))],
    ['behind pixels, with nothing after', 'ai', image(bytes(0x7fe0, 2), ...namingOfTheWhole(OTHER))],
    [
      'behind the one that it named',
      'ai-two',
      image(macro(MODEL, VERSION), bytes(0x7fe0, 2), macro(MODEL, SECOND)),
    ],
  ])('another version %s: the request to the PACS breaks off', async (_name, token, file) => {
    expect(await storedBy(token, file)).toMatchObject(isRefused);
  });

  test('what is as it was judged passes, of any size; of two versions the name must come before the pixels', async () => {
    const file = image(bytes(0x7fe0, 9), macro(MODEL, VERSION));
    expect(await storedBy('ai', file)).toEqual({ refused: {}, isWhole: true, version: VERSION });
    expect(await storedBy('ai-two', file)).toEqual({ ...isRefused, version: undefined });
  });

  test('what modalities store is held up by no name', async () => {
    const file = image(bytes(0x7fe0, 2), macro('another-model', VERSION));
    expect(await storedBy('ct', file)).toEqual({ refused: {}, isWhole: true, version: undefined });
  });
});

/** Of the object itself, in no sequence. */
function namingOfTheWhole(version: string): readonly Buffer[] {
  return [element([0x0066, 0x0031], 'LO', version), element([0x0066, 0x0036], 'LO', MODEL)];
}

test('the same object again is refused when it names another of its machine’s versions, or none', async () => {
  const house = createStoreHouse();
  const store = async (file: Buffer) => (await runStore(house, [file], { token: 'ai-two' })).counts.refused;
  expect(await store(naming(MODEL, VERSION))).toEqual({});
  expect(await store(naming(MODEL, VERSION))).toEqual({});
  expect(await store(naming(MODEL, SECOND))).toEqual({ 'duplicate-instance': 1 });
  expect(await store(report([]))).toEqual({ 'not-authorised': 1 });
  expect(house.sent).toHaveLength(2);
  expect((await house.storedResults.find(sopInstanceUid(UID)))?.madeBy?.version).toBe(VERSION);
});
