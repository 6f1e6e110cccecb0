import fc from 'fast-check';
import { readServerSentEvents } from '../../src/upstreams/server-sent-events.ts';

const LIMIT = 1_000;

async function* piecesOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) {
    await Promise.resolve();
    yield piece;
  }
}

async function read(pieces: readonly (string | Uint8Array)[]): Promise<readonly string[]> {
  const events: string[] = [];
  const bytes = pieces.map((piece) => Buffer.from(piece));
  for await (const event of readServerSentEvents(piecesOf(bytes), LIMIT)) events.push(event);
  return events;
}

test.each([
  ['one event', 'data: a\n\n', ['a']],
  ['without the space', 'data:a\n\n', ['a']],
  ['with two', 'data:  a\n\n', [' a']],
  ['several lines', 'data: a\ndata: b\n\n', ['a\nb']],
  ['comments and other fields', ': ping\n\nevent: x\nid: 7\nretry: 1\ndata: a\n\n: ping\n\n', ['a']],
  ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['CR', 'data: a\r\rdata: b\r\r:', ['a', 'b']],
  ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
  ['an empty one', 'data\n\ndata:\n\n', ['']],
  ['none', '', []],
] as const)('%s', async (_name, text, expected) => {
  expect(await read([text])).toEqual(expected);
});

test.each([
  ['an event longer than the limit', [`data: ${'x'.repeat(LIMIT)}`]],
  ['one in many pieces', Array.from({ length: LIMIT + 1 }, () => 'x')],
  ['comments without an empty line', Array.from({ length: LIMIT }, () => ':\n')],
  ['one that is cut before its empty line', ['data: a\n\ndata: b\n']],
  ['one that is cut in a line', ['data: a\n\nda']],
  ['one that is cut in a letter', ['data: a\n\n', Buffer.of(0xc3)]],
  ['what is no UTF-8', [Buffer.from([0x64, 0xff])]],
])('%s is no event stream', async (_name, pieces) => {
  await expect(read(pieces)).rejects.toThrow(Error);
});

test('wherever it is cut into pieces, and whatever its lines end with, the same events come', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'ä', '😀', ' ', ':', '{') });
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 8 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(200), { maxLength: 20 }),
      async (events, end, cuts) => {
        // A comment behind them all: a CR at the very end may be half of a CRLF.
        const bytes = Buffer.from(`${events.map((event) => `data: ${event}${end}${end}`).join('')}:`);
        const places = [
          0,
          ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b),
          bytes.length,
        ];
        const pieces = places.slice(1).map((to, at) => bytes.subarray(places[at], to));
        expect(await read(pieces)).toEqual(events);
      },
    ),
    { numRuns: 300 },
  );
});
