import { beginInputDigest, inputDigestOf } from '../../src/domain/oip-input-digest.ts';
import type { OipTensor } from '../../src/domain/oip-tensor.ts';

const digest = (tensor: OipTensor): string => inputDigestOf([tensor]);
const BASE: OipTensor = { name: 'x', shape: [1, 2], datatype: 'FP32', data: [1, 2] };

test('of tensors in JSON: nested or flat, any order of members, never another value', () => {
  const base = digest(BASE);
  expect(base).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(digest({ data: [[1, 2]], datatype: 'FP32', shape: [1, 2], name: 'x' })).toBe(base);
  expect(digest({ ...BASE, data: [1, 3] })).not.toBe(base);
  expect(digest({ ...BASE, shape: [2, 1] })).not.toBe(base);
});

describe('of tensors behind the JSON', () => {
  const raw = { name: 'x', shape: [2], datatype: 'UINT8', size: 2 } as const;
  const digestOf = (
    inputs: Parameters<typeof beginInputDigest>[0],
    ...pieces: readonly Uint8Array[]
  ): string => {
    const begun = beginInputDigest(inputs);
    for (const piece of pieces) begun.update(piece);
    return begun.value();
  };

  test('wherever the bytes are cut', () => {
    const whole = digestOf([raw], Buffer.of(1, 2));
    expect(whole).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digestOf([raw], Buffer.of(1), Buffer.of(2))).toBe(whole);
  });

  test('never of other bytes, another name, shape or order, or of one tensor less', () => {
    const whole = digestOf([raw], Buffer.of(1, 2));
    const other = { ...BASE, name: 'y' };
    for (const [inputs, ...pieces] of [
      [[raw], Buffer.of(2, 1)],
      [[{ ...raw, name: 'y' }], Buffer.of(1, 2)],
      [[{ ...raw, shape: [1, 2] }], Buffer.of(1, 2)],
      [[raw, other], Buffer.of(1, 2)],
      [[other, raw], Buffer.of(1, 2)],
    ] as const) {
      expect(digestOf(inputs, ...pieces)).not.toBe(whole);
    }
  });
});
