import { createRandomStock } from '../../src/compose-random.ts';

const STOCK_BYTES = 4_096;

test('bytes come from the generator, each once, whatever is asked for', () => {
  const drawn: string[] = [];
  const stocks: Uint8Array[] = [];
  const take = createRandomStock((stock) => {
    stocks.push(stock);
    // Two bytes number a byte of the first 65,536 drawn.
    const from = drawn.length;
    for (let at = 0; at < stock.length; at += 1) {
      stock[at] = ((from + at) * 7 + Math.floor((from + at) / 256)) % 256;
      drawn.push(String(stock[at]));
    }
  });
  const given = [16, 1, 0, 4_000, 100, STOCK_BYTES, 33].map((count) => take(count));
  expect(given.map(({ length }) => length)).toEqual([16, 1, 0, 4_000, 100, STOCK_BYTES, 33]);
  // From the end of each stock to its beginning.
  const stockOf = (number: number): string[] => drawn.slice(number * STOCK_BYTES, (number + 1) * STOCK_BYTES);
  const textOf = (bytes: Uint8Array | undefined): string => [...(bytes ?? [])].join(' ');
  expect(textOf(given[0])).toBe(stockOf(0).slice(-16).join(' '));
  expect(textOf(given[1])).toBe(stockOf(0).slice(-17, -16).join(' '));
  expect(textOf(given[4])).toBe(stockOf(1).slice(-100).join(' '));
  expect(textOf(given[5])).toBe(stockOf(2).join(' '));
  expect(textOf(given[6])).toBe(stockOf(3).slice(-33).join(' '));
});

test('what was given out is not in the stock any more, and the next drawing does not change it', () => {
  let drawings = 0;
  const stocks: Uint8Array[] = [];
  const take = createRandomStock((stock) => {
    drawings += 1;
    stock.fill(drawings);
    stocks.push(stock);
  });
  const first = take(STOCK_BYTES);
  expect(stocks[0]?.every((byte) => byte === 0)).toBe(true);
  expect([...take(2)]).toEqual([2, 2]);
  expect(first.every((byte) => byte === 1)).toBe(true);
  expect(first.buffer.byteLength).toBe(STOCK_BYTES);
});

test('by itself it draws from the system', () => {
  const take = createRandomStock();
  expect(new Set(Array.from({ length: 1_000 }, () => Buffer.from(take(16)).toString('hex'))).size).toBe(
    1_000,
  );
});

test('more than the stock is refused', () => {
  expect(() => createRandomStock()(STOCK_BYTES + 1)).toThrow(RangeError);
});
