import { createDatasetWalk, type DatasetWalk } from '../../src/domain/dicom/dataset-walk.ts';
import { element } from '../fakes/part-10.ts';
import {
  CT,
  fragments,
  longHead,
  nested,
  sequence,
  STORED_SERIES,
  STORED_STUDY,
  storedFile,
} from '../fakes/stored-files.ts';

const UNDEFINED = 0xffff_ffff;
const MAX_DEPTH = 64;
const IDENTITY = {
  sopClassUid: CT,
  sopInstanceUid: '1.2.826.0.1.77.1.1.1',
  studyInstanceUid: STORED_STUDY,
  seriesInstanceUid: STORED_SERIES,
};
const NAMES = [element([0x0066, 0x0031], 'LO', '2.1.0'), element([0x0066, 0x0036], 'LO', 'chest-detector')];

function walked(file: Buffer, size = file.length, maxDepth = MAX_DEPTH): DatasetWalk {
  const walk = createDatasetWalk(maxDepth);
  for (let at = 0; at < file.length; at += size) walk.push(file.subarray(at, at + size));
  walk.end();
  return walk;
}

/** A file that holds everything that is fine, in one of the three forms. */
function richFile(form: 'explicit' | 'implicit' | 'big-endian'): Buffer {
  const item = [element([0x0008, 0x1155], 'UI', '1.2.3', form)];
  return storedFile({
    form,
    before: [sequence([0x0008, 0x1115], [item, item, []], { form, isOpen: true })],
    after: [
      nested(3, { form }),
      nested(3, { form, isOpen: true }),
      element([0x7fe0, 0x0010], 'OB', 'pixels'.repeat(50), form),
    ].toSorted((a, b) => a.readUInt16LE(0) - b.readUInt16LE(0)),
  });
}

test('a meta that names a thing twice is believed by one program one way and by another the other: not taken', () => {
  const file = richFile('explicit');
  const twice = element([0x0002, 0x0010], 'UI', '1.2.840.10008.1.2');
  const metaStart = 132;
  expect(walked(Buffer.concat([file.subarray(0, metaStart), twice, file.subarray(metaStart)])).fault()).toBe(
    'unreadable',
  );
});

describe('a file that is as it should be', () => {
  test.each(['explicit', 'implicit', 'big-endian'] as const)('%s VR: its UIDs are read', (form) => {
    const walk = walked(richFile(form));
    expect(walk.fault()).toBeUndefined();
    expect(walk.identity()).toEqual(IDENTITY);
    expect(walk.metaDiffers()).toBe(false);
  });

  test.each<[string, readonly Buffer[]]>([
    ['pixel data in fragments', [fragments([0, 300, 1])]],
    ['the deepest nesting that is taken, with lengths', [nested(MAX_DEPTH)]],
    ['the deepest nesting that is taken, with delimiters', [nested(MAX_DEPTH, { isOpen: true })]],
    ['a sequence without items', [sequence([0x0040, 0xa730], [])]],
    ['a sequence written as UN', [sequence([0x0041, 0x1010], [[]], { vr: 'UN', isOpen: true })]],
    [
      'a value written as UN that is no sequence',
      [longHead([0x0041, 0x1010], 'UN', 10), Buffer.alloc(10, 7)],
    ],
    ['padding at its end', [longHead([0xfffc, 0xfffc], 'OB', 4), Buffer.alloc(4)]],
    [
      'elements out of order behind the UIDs',
      [element([0x0040, 0x0002], 'LO', 'b'), element([0x0040, 0x0001], 'LO', 'a')],
    ],
  ])('%s', (_name, after) => {
    const walk = walked(storedFile({ after }));
    expect([walk.fault(), walk.identity()]).toEqual([undefined, IDENTITY]);
  });

  test('in Implicit VR a value that begins like no sequence is passed over by its length', () => {
    const after = [element([0x0040, 0x0001], 'LO', 'plain text, long', 'implicit')];
    expect(walked(storedFile({ form: 'implicit', after })).fault()).toBeUndefined();
  });

  test('the UIDs are known as soon as they have come, and not before', () => {
    const file = storedFile({ after: [element([0x7fe0, 0x0010], 'OB', 'x'.repeat(5000))] });
    const walk = createDatasetWalk(MAX_DEPTH);
    const end = file.lastIndexOf(STORED_SERIES) + STORED_SERIES.length + (STORED_SERIES.length % 2);
    walk.push(file.subarray(0, end - 1));
    expect(walk.identity()).toBeUndefined();
    expect(walk.sopUids()).toEqual({ sopClassUid: CT, sopInstanceUid: IDENTITY.sopInstanceUid });
    walk.push(file.subarray(end - 1, end));
    expect(walk.identity()).toEqual(IDENTITY);
  });
});

const open = longHead([0x0040, 0xa730], 'SQ', UNDEFINED);
const item = (length: number): Buffer => longHead([0xfffe, 0xe000], '', length);
const itemEnd = longHead([0xfffe, 0xe00d], '', 0);
const sequenceEnd = longHead([0xfffe, 0xe0dd], '', 0);
const after = (...elements: readonly Buffer[]): Buffer => storedFile({ after: elements });
const implicitAfter = (...elements: readonly Buffer[]): Buffer =>
  storedFile({ form: 'implicit', after: elements });

describe('a file that is not passed on', () => {
  test.each<[string, Buffer, string]>([
    ['no bytes at all', Buffer.alloc(0), 'unreadable'],
    ['no Part 10 file', Buffer.alloc(400), 'unreadable'],
    ['meta only', storedFile().subarray(0, 200), 'unreadable'],
    ['no transfer syntax', storedFile({ transferSyntaxUid: '' }), 'unreadable'],
    ['a deflated dataset', storedFile({ transferSyntaxUid: '1.2.840.10008.1.2.1.99' }), 'deflated'],
    [
      'meta of undefined length',
      Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), longHead([2, 1], 'OB', UNDEFINED)]),
      'unreadable',
    ],
    [
      'meta with an unknown VR',
      Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), longHead([2, 1], 'ZZ', 4)]),
      'unreadable',
    ],
    ['no study', storedFile({ study: '' }), 'unreadable'],
    ['a malformed series', storedFile({ series: '1..2' }), 'unreadable'],
    ['no SOP class', storedFile({ sopClassUid: 'CT' }), 'unreadable'],
    ['a SOP Instance UID that is too long', storedFile({ sopInstanceUid: '1'.repeat(65) }), 'unreadable'],
    ['an object’s UID again, later', after(element([0x0008, 0x0018], 'UI', '1.9')), 'unreadable'],
    ['an object’s UID twice', storedFile({ before: [element([0x0008, 0x0018], 'UI', '1.9')] }), 'unreadable'],
    ['an unknown VR', after(longHead([0x0040, 0x0001], 'ZZ', 4), Buffer.alloc(4)), 'unreadable'],
    ['an end within a value', after(longHead([0x7fe0, 0x0010], 'OB', 400), Buffer.alloc(399)), 'unreadable'],
    ['an end within a head', after(Buffer.from([0x40, 0])), 'unreadable'],
    [
      'an end within a head of twelve bytes',
      after(longHead([0x0040, 0x0001], 'OB', 0).subarray(0, 9)),
      'unreadable',
    ],
    ['a sequence that is not closed', after(open, item(0)), 'unreadable'],
    [
      'an item that reaches beyond its sequence',
      after(longHead([0x0040, 0xa730], 'SQ', 8), item(8), Buffer.alloc(8)),
      'unreadable',
    ],
    [
      'a value that reaches beyond its item',
      after(longHead([0x0040, 0xa730], 'SQ', 24), item(16), longHead([0x0040, 1], 'OB', 99), Buffer.alloc(4)),
      'unreadable',
    ],
    [
      'a head that reaches beyond its item',
      after(longHead([0x0040, 0xa730], 'SQ', 12), item(4), element([0x0040, 1], 'LO', 'ab')),
      'unreadable',
    ],
    ['no room for an item', after(longHead([0x0040, 0xa730], 'SQ', 4), item(0)), 'unreadable'],
    ['an element where an item should stand', after(open, element([0x0040, 1], 'LO', 'ab')), 'unreadable'],
    ['the end of an item that has a length', after(open, item(8), itemEnd, sequenceEnd), 'unreadable'],
    ['the end of an item outside of one', after(itemEnd), 'unreadable'],
    [
      'the end of a sequence that has a length',
      after(longHead([0x0040, 0xa730], 'SQ', 8), sequenceEnd),
      'unreadable',
    ],
    ['the end of a sequence in the dataset', implicitAfter(sequenceEnd), 'unreadable'],
    [
      'a fragment of undefined length',
      after(longHead([0x7fe0, 0x0010], 'OB', UNDEFINED), item(UNDEFINED)),
      'unreadable',
    ],
    [
      'fragments of what is no pixel data',
      after(longHead([0x0040, 0x0001], 'OB', UNDEFINED), sequenceEnd),
      'unreadable',
    ],
    [
      'pixel data of undefined length in Implicit VR',
      implicitAfter(longHead([0x7fe0, 0x0010], '', UNDEFINED, 'implicit'), sequenceEnd),
      'unreadable',
    ],
    ['one level too many, with lengths', after(nested(MAX_DEPTH + 1)), 'too-deep'],
    ['one level too many, with delimiters', after(nested(MAX_DEPTH + 1, { isOpen: true })), 'too-deep'],
    [
      'one level too many, Implicit VR with lengths',
      implicitAfter(nested(MAX_DEPTH + 1, { form: 'implicit' })),
      'too-deep',
    ],
    [
      'one level too many, Implicit VR with delimiters',
      implicitAfter(nested(MAX_DEPTH + 1, { form: 'implicit', isOpen: true })),
      'too-deep',
    ],
    [
      'one level too many, within UN',
      after(sequence([0x0041, 0x1010], [[nested(MAX_DEPTH, { form: 'implicit' })]], { vr: 'UN' })),
      'too-deep',
    ],
    [
      '10,000 levels that never close',
      after(...Array.from({ length: 10_000 }, () => Buffer.concat([open, item(UNDEFINED)]))),
      'too-deep',
    ],
  ])('%s', (_name, file, fault) => {
    const walk = walked(file);
    expect(walk.fault()).toBe(fault);
    expect(walk.identity()).toBeUndefined();
  });

  test('of one that is refused, what can be named is named', () => {
    expect(walked(storedFile({ sopClassUid: 'CT' })).sopUids()).toEqual({
      sopInstanceUid: IDENTITY.sopInstanceUid,
    });
    expect(walked(storedFile({ sopInstanceUid: 'x' })).sopUids()).toEqual({ sopClassUid: CT });
    expect(walked(Buffer.alloc(400)).sopUids()).toEqual({});
  });

  test('bytes that come after a fault change nothing', () => {
    const walk = walked(Buffer.alloc(400));
    walk.push(storedFile());
    walk.end();
    expect([walk.fault(), walk.identity()]).toEqual(['unreadable', undefined]);
  });
});

describe('what else a file tells', () => {
  test.each<[string, readonly [string, string], boolean]>([
    ['its own', [CT, IDENTITY.sopInstanceUid], false],
    ['another object', [CT, '1.9'], true],
    ['another class', ['1.2.840.10008.5.1.4.1.1.4', IDENTITY.sopInstanceUid], true],
  ])('whether its meta names %s', (_name, meta, differs) => {
    const walk = walked(storedFile({ meta }));
    expect([walk.fault(), walk.metaDiffers()]).toEqual([undefined, differs]);
  });

  test('algorithms that it names with their version, at any depth', () => {
    const [version, name] = NAMES;
    const file = after(
      sequence(
        [0x0062, 0x0002],
        [[sequence([0x0062, 0x0007], [NAMES])], [sequence([0x0062, 0x0007], [[version ?? open]])]],
      ),
      sequence([0x0066, 0x0002], [[name ?? open, element([0x0066, 0x0040], 'LO', 'x'.repeat(200))]]),
      sequence([0x0066, 0x0104], [[element([0x0066, 0x0036], 'LO', 'y'.repeat(200))]]),
    );
    // A version without a name stands for the next name at most.
    expect(walked(file).algorithms()[0]).toEqual({ name: 'chest-detector', version: '2.1.0' });
  });

  test('each once, and no more of them than a few dozen', () => {
    const named = (version: string): readonly Buffer[] => [
      element([0x0066, 0x0031], 'LO', version),
      element([0x0066, 0x0036], 'LO', 'chest-detector'),
    ];
    const items = (count: number) => Array.from({ length: count }, (_, at) => named(String(at)));
    const algorithms = (...all: ReturnType<typeof items>) =>
      walked(after(sequence([0x0062, 0x0002], all))).algorithms();
    expect(algorithms(...items(2), ...items(2))).toHaveLength(2);
    expect(algorithms(...items(64), ...items(64))).toHaveLength(64);
    expect(algorithms(...items(64))).not.toContainEqual({ isUntold: true });
    // What is beyond that is told as such.
    expect(algorithms(...items(200))).toHaveLength(65);
    expect(algorithms(...items(65)).at(-1)).toEqual({ isUntold: true });
    // Of one item as well; what cannot be paired stands by itself.
    expect(algorithms(items(64).flat())).toHaveLength(64);
    expect(algorithms(items(65).flat())).toEqual([{ isUntold: true }]);
    expect(algorithms(items(2).flat().slice(1))).toHaveLength(2);
  });

  test.each<[string, string | undefined, Buffer, string]>([
    ['UTF-8', 'ISO_IR 192', Buffer.from('Prüfer'), 'Prüfer'],
    ['UTF-8 of 64 long signs', 'ISO_IR 192', Buffer.from('🫁'.repeat(64)), '🫁'.repeat(64)],
    ['no UTF-8, though it says so', 'ISO_IR 192', Buffer.from('Prüfer', 'latin1'), 'Pr\uFFFDfer'],
    ['Latin 1', 'ISO_IR 100', Buffer.from('Prüfer', 'latin1'), 'Prüfer'],
    ['Latin 1 with extensions', 'ISO 2022 IR 100\\ISO 2022 IR 87', Buffer.from('Prüfer', 'latin1'), 'Prüfer'],
    ['Latin 1 that could be UTF-8', 'ISO_IR 100', Buffer.from('Ã¼', 'latin1'), 'Ã¼'],
    ['UTF-8 that is not told', undefined, Buffer.from('Prüfer'), 'Prüfer'],
    ['Latin 1 that is not told', undefined, Buffer.from('Prüfer', 'latin1'), 'Prüfer'],
    ['UTF-8 under another name', '\\ISO 2022 IR 87', Buffer.from('Prüfer'), 'Prüfer'],
  ])('names in %s', (_name, characterSet, bytes, name) => {
    for (const form of ['explicit', 'implicit'] as const) {
      const said = element([0x0066, 0x0036], 'LO', bytes.toString('latin1'), form);
      const file = storedFile({
        form,
        first: characterSet === undefined ? [] : [element([0x0008, 0x0005], 'CS', characterSet, form)],
        after: [sequence([0x0066, 0x0037], [[said]], { form })],
      });
      expect(walked(file).algorithms()).toEqual([{ name }]);
    }
  });

  test.each<[string, readonly Buffer[], boolean]>([
    ['begun', [longHead([0x7fe0, 0x0010], 'OB', 4), Buffer.alloc(4)], true],
    ['not begun', [element([0x0040, 0x0002], 'LO', 'b')], false],
  ])('whether its pixel data have %s', (_name, elements, isAt) => {
    expect(walked(after(...elements)).isAtPixels()).toBe(isAt);
  });
});
