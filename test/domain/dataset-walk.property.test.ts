import * as fc from 'fast-check';
import { createDatasetWalk, type DatasetWalk } from '../../src/domain/dicom/dataset-walk.ts';
import { describeUnlessMissing } from '../fakes/real-server.ts';
import { missingRealFiles, readRealFiles } from '../fakes/real-dicom-files.ts';
import { element } from '../fakes/part-10.ts';
import { fragments, longHead, nested, sequence, storedFile } from '../fakes/stored-files.ts';

const MAX_DEPTH = 64;
const unclosed = [longHead([0x0040, 0xa730], 'SQ', 0xffff_ffff), longHead([0xfffe, 0xe000], '', 0)];

function walked(file: Buffer, size = file.length, maxDepth = MAX_DEPTH): DatasetWalk {
  const walk = createDatasetWalk(maxDepth);
  for (let at = 0; at < file.length; at += size) walk.push(file.subarray(at, at + size));
  walk.end();
  return walk;
}

function richFile(form: 'explicit' | 'implicit' | 'big-endian'): Buffer {
  const item = [element([0x0008, 0x1155], 'UI', '1.2.3', form)];
  return storedFile({
    form,
    before: [sequence([0x0008, 0x1115], [item, item, []], { form, isOpen: true })],
    after: [nested(3, { form }), nested(3, { form, isOpen: true })],
  });
}

test('how a file is cut into pieces makes no difference', () => {
  const files = [
    richFile('explicit'),
    richFile('implicit'),
    richFile('big-endian'),
    storedFile({ after: [fragments([5, 70])] }),
    storedFile({ after: [nested(MAX_DEPTH + 1)] }),
    storedFile({ after: unclosed }),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
      (file, sizes) => {
        const walk = createDatasetWalk(MAX_DEPTH);
        let at = 0;
        for (let turn = 0; at < file.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          walk.push(file.subarray(at, at + size));
          at += size;
        }
        walk.end();
        const whole = walked(file);
        expect([walk.fault(), walk.identity()]).toEqual([whole.fault(), whole.identity()]);
      },
    ),
  );
});

test('no bytes make it throw, run on for ever, or take a file for longer than it is', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.constantFrom('explicit', 'implicit', 'big-endian'),
      (bytes, form) => {
        const file = Buffer.concat([storedFile({ form }), bytes]);
        const walk = walked(file, 7);
        expect(walk.fault() === undefined).toBe(walk.identity() !== undefined);
      },
    ),
  );
});

test('any depth up to the limit is taken, any beyond it is not', () => {
  const how = fc.record({
    form: fc.constantFrom('explicit', 'implicit', 'big-endian'),
    isOpen: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      how,
      (depth, limit, given) => {
        const file = storedFile({ form: given.form, after: [nested(depth, given)] });
        expect(walked(file, 11, limit).fault()).toBe(depth > limit ? 'too-deep' : undefined);
      },
    ),
  );
});

describeUnlessMissing('real files', missingRealFiles(), () => {
  test('all but deflated ones are read to their end', () => {
    const faults = readRealFiles().map((file) => walked(Buffer.from(file), 65_536).fault());
    expect(new Set(faults)).toEqual(new Set([undefined, 'deflated']));
  });
});
