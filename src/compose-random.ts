import { randomFillSync } from 'node:crypto';

const STOCK_BYTES = 4_096;

/**
 * Random bytes from the system's generator, drawn many at a time: each drawing costs more than the bytes do, and a case takes several. Each
 * byte is given out once, in memory of its own, and does not stay in the stock. At most 4,096 at once.
 */
export function createRandomStock(
  draw: (stock: Uint8Array) => void = randomFillSync,
): (count: number) => Uint8Array {
  const stock = new Uint8Array(STOCK_BYTES);
  let left = 0;
  return (count) => {
    if (count > STOCK_BYTES) throw new RangeError(`At most ${String(STOCK_BYTES)} random bytes at once.`);
    if (count > left) {
      draw(stock);
      left = STOCK_BYTES;
    }
    const bytes = stock.slice(left - count, left);
    stock.fill(0, left - count, left);
    left -= count;
    return bytes;
  };
}
