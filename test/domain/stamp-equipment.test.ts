import * as fc from 'fast-check';
import dcmjs from 'dcmjs';
import { createDatasetWalk } from '../../src/domain/dicom/dataset-walk.ts';
import type { Equipment } from '../../src/domain/dicom/equipment-item.ts';
import { stampEquipment } from '../../src/domain/dicom/stamp-equipment.ts';
import { element } from '../fakes/part-10.ts';
import { fragments, longHead, sequence, storedFile, type FilePlan } from '../fakes/stored-files.ts';

const FORMS = ['explicit', 'implicit', 'big-endian'] as const;
type Form = (typeof FORMS)[number];
const OURS: Equipment = {
  manufacturer: 'Example Vendor',
  modelName: 'lung-nodule',
  softwareVersion: '2.1.0',
  at: Date.parse('2026-03-10T09:00:00.250Z'),
};

/** As the gateway stamps it: the walk says where, the file's first bytes are changed. */
function stamped(file: Buffer, equipment = OURS, size = file.length): Buffer | 'unreadable' {
  const walk = createDatasetWalk(64);
  for (let at = 0; at < file.length; at += size) walk.push(file.subarray(at, at + size));
  walk.end();
  expect(walk.fault()).toBeUndefined();
  const place = walk.equipmentPlace();
  if (place === undefined) throw new Error('no place for it');
  const start = stampEquipment(file.subarray(0, place.at), place, equipment);
  return start === 'unreadable' ? start : Buffer.concat([start, file.subarray(place.at)]);
}

function stampedBytes(file: Buffer, equipment = OURS): Buffer {
  const bytes = stamped(file, equipment);
  if (bytes === 'unreadable') throw new Error('it could not be read');
  return bytes;
}

/** What another program reads in it. */
function contributions(file: Buffer): readonly Readonly<Record<string, unknown>>[] {
  const copy = new Uint8Array(withMetaLength(file)).buffer;
  const read = dcmjs.data.DicomMessage.readFile(copy);
  const dataset: Readonly<Record<string, unknown>> = dcmjs.data.DicomMetaDictionary.naturalizeDataset(
    read.dict,
  );
  const found = dataset['ContributingEquipmentSequence'] ?? [];
  return [found].flat().map((item) => ({ ...Object(item) }));
}

/** File Meta Information Group Length (0002,0000), which that program asks for. */
function withMetaLength(file: Buffer): Buffer {
  let at = 132;
  while (file.readUInt16LE(at) === 2) {
    const isLong = file.toString('latin1', at + 4, at + 6) === 'OB';
    at += isLong ? 12 + file.readUInt32LE(at + 8) : 8 + file.readUInt16LE(at + 6);
  }
  const length = element([0x0002, 0x0000], 'UL', '\0\0\0\0');
  length.writeUInt32LE(at - 132, 8);
  return Buffer.concat([file.subarray(0, 132), length, file.subarray(132)]);
}

/** An item of somebody else's. */
function another(form: Form, ...more: readonly Buffer[]): readonly Buffer[] {
  return [element([0x0008, 0x0070], 'LO', 'Scanner Maker', form), ...more];
}
const equipmentOf = (form: Form, how: { isOpen?: boolean; vr?: string } = {}): Buffer =>
  sequence([0x0018, 0xa001], [another(how.vr === 'UN' ? 'implicit' : form)], { form, ...how });

describe.each(FORMS)('in %s VR', (form) => {
  const files: readonly [string, FilePlan, number][] = [
    ['none', {}, 0],
    ['an empty one', { before: [sequence([0x0018, 0xa001], [], { form })] }, 0],
    [
      'an empty one without a length',
      { before: [sequence([0x0018, 0xa001], [], { form, isOpen: true })] },
      0,
    ],
    ['one with a length', { before: [equipmentOf(form)] }, 1],
    ['one without a length', { before: [equipmentOf(form, { isOpen: true })] }, 1],
    ['neighbours on both sides', neighbours(form), 0],
    ['open sequences before it', { before: [openBefore(form)] }, 0],
    ['a private element behind it', { after: [longHead([0x0029, 0x0010], 'OB', 0, form)] }, 0],
  ];

  test.each(files)('a file with %s gets one item more', (_name, plan, before) => {
    const file = storedFile({ ...plan, form });
    const result = stampedBytes(file);
    const items = contributions(result);
    expect(items).toHaveLength(before + 1);
    expect(items.at(-1)).toMatchObject({
      Manufacturer: 'Example Vendor',
      ManufacturerModelName: 'lung-nodule',
      SoftwareVersions: '2.1.0',
      ContributionDateTime: '20260310090000.250+0000 ',
      PurposeOfReferenceCodeSequence: [
        { CodeValue: '109102', CodingSchemeDesignator: 'DCM', CodeMeaning: 'Processing Equipment' },
      ],
    });
  });

  test.each(files)('a file with %s is stamped once', (_name, plan) => {
    const once = stampedBytes(storedFile({ ...plan, form }));
    expect(stampedBytes(once, { ...OURS, at: OURS.at + 1 })).toEqual(once);
    expect(contributions(stampedBytes(once, { ...OURS, softwareVersion: '2.2.0' })).length).toBe(
      contributions(once).length + 1,
    );
  });

  test.each(files)('everything else of a file with %s stays byte for byte', (_name, plan) => {
    const file = storedFile({ ...plan, form });
    const result = stampedBytes(file);
    const added = result.length - file.length;
    // However it is looked at: what stands before stays, and so does what stands behind.
    const before = commonLength(file, result);
    const behind = commonLength(Buffer.from(file).reverse(), Buffer.from(result).reverse());
    expect(added).toBeGreaterThan(0);
    // A sequence that is there already counts its own bytes in four of its own.
    expect(before + behind).toBeGreaterThanOrEqual(file.length - (plan.before === undefined ? 0 : 60));
  });

  test('the length of its group counts it', () => {
    const length = Buffer.concat([element([0x0018, 0x0000], 'UL', '\0\0\0\0', form)]);
    const file = storedFile({ form, before: [length, element([0x0018, 0x0015], 'CS', 'CHEST', form)] });
    const result = stampedBytes(file);
    const at = result.indexOf(length.subarray(0, length.length - 4)) + length.length - 4;
    const read = form === 'big-endian' ? result.readUInt32BE(at) : result.readUInt32LE(at);
    expect(read).toBe(result.length - file.length);
  });

  test('wherever the file is cut, the place is the same', () => {
    const file = storedFile({ form, before: [equipmentOf(form, { isOpen: true })] });
    const whole = stamped(file);
    for (let size = 1; size < 70; size += 1) expect(stamped(file, OURS, size)).toEqual(whole);
  });

  test.each<[string, Buffer]>([
    ['a text', element([0x0018, 0xa001], 'LO', 'no sequence at all', form)],
    ['too short for an item', element([0x0018, 0xa001], 'OB', 'abcd', form)],
  ])('%s in its place is nothing that could be added to', (_name, before) => {
    expect(stamped(storedFile({ form, before: [before] }))).toBe('unreadable');
  });
});

test('one that is said to be of unknown form is read as what it holds', () => {
  for (const isOpen of [false, true]) {
    const file = storedFile({ before: [equipmentOf('explicit', { vr: 'UN', isOpen })] });
    const once = stampedBytes(file);
    expect(stampedBytes(once)).toEqual(once);
    expect(once.includes(Buffer.from('109102'))).toBe(true);
  }
});

test('a name in other letters brings its character set along', () => {
  const equipment = { ...OURS, manufacturer: 'Röntgen\\Prüfer\n' };
  const [item] = contributions(stampedBytes(storedFile(), equipment));
  expect(item).toMatchObject({ SpecificCharacterSet: 'ISO_IR 192' });
  const once = stampedBytes(storedFile(), equipment);
  expect(once.includes(Buffer.from('Röntgen/Prüfer', 'utf8'))).toBe(true);
  expect(stampedBytes(once, equipment)).toEqual(once);
});

test('the device identifier stands in it, where the register has one', () => {
  const [item] = contributions(stampedBytes(storedFile(), { ...OURS, udi: '(01)07610221010301' }));
  expect(item).toMatchObject({ UDISequence: [{ UniqueDeviceIdentifier: '(01)07610221010301' }] });
});

test('an item whose purpose cannot be read is not ours', () => {
  const same = [
    element([0x0008, 0x0070], 'LO', OURS.manufacturer),
    element([0x0008, 0x1090], 'LO', OURS.modelName),
    element([0x0018, 0x1020], 'LO', OURS.softwareVersion),
  ];
  for (const purpose of [[], [element([0x0040, 0xa170], 'OB', 'purpose?')]]) {
    const file = storedFile({ before: [sequence([0x0018, 0xa001], [[...same, ...purpose]])] });
    expect(stampedBytes(file).length).toBeGreaterThan(file.length);
  }
});

test('random datasets: what is stamped is still a file of the same object, and says so', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 0x0010, max: 0x9fff }), { maxLength: 12 });
  const plan = fc.record({
    form: fc.constantFrom(...FORMS),
    low: numbers,
    high: numbers,
    part: fc.integer({ min: 1, max: 9_999 }),
    isOpen: fc.boolean(),
  });
  fc.assert(
    fc.property(plan, ({ form, low, high, part, isOpen }) => {
      const texts = (group: number, places: readonly number[]): readonly Buffer[] =>
        places
          .toSorted((a, b) => a - b)
          .map((number) => element([group, number], 'LO', `v${String(number)}`, form));
      const existing = part % 2 === 0 ? [equipmentOf(form, { isOpen })] : [];
      const file = storedFile({
        form,
        sopInstanceUid: `1.2.${String(part)}`,
        before: [...texts(0x0018, low), ...existing],
        after: [...texts(0x0029, high), ...(form === 'explicit' ? [fragments([part])] : [])],
      });
      const result = stampedBytes(file);
      const walk = createDatasetWalk(64);
      walk.push(result);
      walk.end();
      expect(walk.identity()?.sopInstanceUid).toBe(`1.2.${String(part)}`);
      expect(stampedBytes(result)).toEqual(result);
    }),
    { numRuns: 150 },
  );
});

test('random bytes in its place never make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...FORMS), (bytes, form) => {
      const value = Buffer.from(bytes.length % 2 === 0 ? bytes : bytes.slice(1));
      const head = longHead([0x0018, 0xa001], 'SQ', value.length, form);
      const file = storedFile({ form, before: [head, value] });
      const walk = createDatasetWalk(64);
      walk.push(file);
      walk.end();
      const place = walk.equipmentPlace();
      if (walk.fault() !== undefined || place === undefined) return;
      expect(['object', 'string']).toContain(typeof stampEquipment(file.subarray(0, place.at), place, OURS));
    }),
    { numRuns: 500 },
  );
});

function neighbours(form: Form): FilePlan {
  return {
    before: [
      element([0x0018, 0x9999], 'LO', 'before', form),
      element([0x0018, 0xa002], 'LO', 'behind', form),
    ],
  };
}

function openBefore(form: Form): Buffer {
  return sequence([0x0008, 0x1115], [another(form), another(form)], { form, isOpen: true });
}

function commonLength(a: Buffer, b: Buffer): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}
