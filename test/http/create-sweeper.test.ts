import { runInNewContext } from 'node:vm';
import { createSweeper } from '../../src/http/create-sweeper.ts';

const MEBIBYTE = 1_048_576;
const PIECE_BYTES = 65_536;
const PIECES = 2_048;

/** How far buffers outside the heap grow at most while pieces pass, MiB. */
function growth(afterEach: (bytes: number) => void): number {
  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  for (let at = 0; at < PIECES; at += 1) {
    afterEach(Buffer.allocUnsafeSlow(PIECE_BYTES).length);
    if (at % 8 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  return (most - before) / MEBIBYTE;
}

test('128 MiB that pass leave a few behind', () => {
  expect(growth(createSweeper())).toBeLessThan(32);
});

test('a few bytes at a time add up, and nothing that is still held is lost', () => {
  const held = Buffer.alloc(PIECE_BYTES, 7);
  const sweep = createSweeper();
  for (let at = 0; at < PIECES * 64; at += 1) sweep(1_024);
  expect(held.every((byte) => byte === 7)).toBe(true);
});

test('nobody else gets at the collector', () => {
  createSweeper()(16 * MEBIBYTE);
  expect(runInNewContext('typeof gc')).toBe('undefined');
});
