import fc from 'fast-check';
import { typeOfBytes } from '../../src/domain/dicom/type-of-bytes.ts';
import { unwrapMultipart } from '../../src/domain/dicom/unwrap-multipart.ts';
import { UpstreamFault } from '../../src/domain/errors.ts';

async function* inPieces(body: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield body.subarray(at, at + size);
    at += size;
  }
  yield body.subarray(at);
}
async function unwrapped(
  body: string | Buffer,
  sizes: readonly number[] = [],
): Promise<{ readonly type: string; readonly text: string }> {
  const part = await unwrapMultipart(inPieces(Buffer.from(body), sizes), 'edge');
  const pieces: Uint8Array[] = [];
  for await (const piece of part.body) pieces.push(piece);
  return { type: part.contentType, text: Buffer.concat(pieces).toString('latin1') };
}
const HEAD = '--edge\r\nContent-Type: application/octet-stream\r\n\r\n';

test.each([
  ['one part', `${HEAD}data\r\n--edge--\r\n`, 'data'],
  ['a preamble and what follows the end', `hello\r\n${HEAD}data\r\n--edge--\r\nbye`, 'data'],
  ['an empty part', `${HEAD}\r\n--edge--`, ''],
  ['an empty part in front', `${HEAD}\r\n${HEAD}data\r\n--edge--`, 'data'],
  ['several empty parts in front', `--edge\r\nX: y\r\n\r\n--edge\r\n\r\n\r\n${HEAD}data\r\n--edge--`, 'data'],
  ['a boundary like it at the start', `${HEAD}\r\n--edgeX\r\n--edge--`, '\r\n--edgeX'],
  [
    'padding behind the boundary',
    '--edge \t\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--edge--',
    'x',
  ],
  ['line ends in the data', `${HEAD}\r\n\r\n--edgy\r\n-\r\n--edge--`, '\r\n\r\n--edgy\r\n-'],
  ['another boundary that begins alike', `${HEAD}a\r\n--edgeX\r\nb\r\n--edge--`, 'a\r\n--edgeX\r\nb'],
])('%s', async (_name, body, text) => {
  expect(await unwrapped(body)).toEqual({ type: 'application/octet-stream', text });
});

test.each([
  ['no headers', '--edge\r\n\r\nx\r\n--edge--', ''],
  [
    'another header',
    '--edge\r\nMIME-Version: 1.0\r\ncontent-TYPE:image/png \r\n\r\nx\r\n--edge--',
    'image/png',
  ],
  ['a folded header', '--edge\r\nContent-Type: image/png;\r\n a=b\r\n\r\nx\r\n--edge--', 'image/png; a=b'],
])('the type of a part with %s', async (_name, body, type) => {
  expect(await unwrapped(body)).toEqual({ type, text: 'x' });
});

test.each([
  ['nothing', ''],
  ['no boundary', 'data'],
  ['no end of the headers', '--edge\r\nContent-Type: x\r\n'],
  ['no part at all', '--edge--\r\n\r\n\r\n'],
  ['headers without end', `--edge\r\n${'x: y\r\n'.repeat(10_000)}`],
  ['cut in the data', `${HEAD}da`],
  ['cut in the boundary', `${HEAD}data\r\n--edge`],
  ['two parts', `${HEAD}data\r\n${HEAD}more\r\n--edge--`],
  ['two parts and padding', `${HEAD}data\r\n--edge \r\n\r\nmore\r\n--edge--`],
])('%s -> an error', async (_name, body) => {
  await expect(unwrapped(body)).rejects.toThrow(UpstreamFault);
  await expect(unwrapped(body, [3, 7, 11, 20, 30])).rejects.toThrow(UpstreamFault);
});

test('how it is cut into pieces makes no difference', async () => {
  const data = fc.array(fc.constantFrom('\r', '\n', '-', '--edge', '\r\n--edg', 'x', 'e'), { maxLength: 12 });
  const sizes = fc.array(fc.nat({ max: 20 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(data, sizes, async (pieces, cuts) => {
      const text = pieces.join('');
      fc.pre(!/\r\n--edge(--|[ \t\r])/.test(`\r\n${text}\r\n`));
      expect(await unwrapped(`${HEAD}${text}\r\n--edge--\r\n`, cuts)).toMatchObject({ text });
    }),
  );
});

test('a reader that leaves ends the source', async () => {
  let isEnded = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.from(`${HEAD}${'x'.repeat(1000)}`);
    } finally {
      isEnded = true;
    }
  }
  const { body } = await unwrapMultipart(source(), 'edge');
  await body.next();
  await body.return();
  expect(isEnded).toBe(true);
});

test('a source that only knows how to go on is left as it is', async () => {
  const body = inPieces(Buffer.from(`${HEAD}data\r\n--edge--`), []);
  const part = await unwrapMultipart({ [Symbol.asyncIterator]: () => ({ next: () => body.next() }) }, 'edge');
  expect(Buffer.from((await part.body.next()).value ?? []).toString()).toBe('data');
  expect((await part.body.next()).done).toBe(true);
});

test.each([
  ['%PDF-1.7 …', 'application/pdf'],
  ['\0\0\0\x20ftypisom', 'video/mp4'],
  [' %PDF-', undefined],
  ['<html>', undefined],
  ['', undefined],
])('%j is %s', (text, type) => {
  expect(typeOfBytes(Buffer.from(text))).toBe(type);
  expect(typeOfBytes(new Uint8Array(Buffer.from(`..${text}`)).subarray(2))).toBe(type);
});
