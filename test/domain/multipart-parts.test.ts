import * as fc from 'fast-check';
import { multipartParts, onePart, type PartEvent } from '../../src/domain/dicom/multipart-parts.ts';
import { inPieces } from '../fakes/stored-files.ts';

/** Each part as its headers and its bytes. */
async function partsOf(events: AsyncIterable<PartEvent>): Promise<readonly string[]> {
  const parts: string[] = [];
  for await (const event of events) {
    if (event.kind === 'begin') parts.push(`${JSON.stringify(event.headers)} `);
    else
      parts.push(
        (parts.pop() ?? '') + (event.kind === 'data' ? Buffer.from(event.bytes).toString('latin1') : '$'),
      );
  }
  return parts;
}

const split = (body: string, size?: number): Promise<readonly string[]> =>
  partsOf(multipartParts(inPieces(Buffer.from(body, 'latin1'), size), 'edge'));
const DICOM = '{"contentType":"application/dicom"} ';

describe('a body is taken apart', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'two parts',
      '--edge\r\nContent-Type: application/dicom\r\n\r\none\r\n--edge\r\nContent-Type: application/dicom\r\n\r\ntwo\r\n--edge--\r\n',
      [`${DICOM}one$`, `${DICOM}two$`],
    ],
    [
      'a preamble and an epilogue',
      'hello\r\n--edge\r\n\r\none\r\n--edge--\r\nbye\r\n--edge\r\n\r\nno\r\n--edge--',
      ['{} one$'],
    ],
    ['no part at all', '--edge--', []],
    ['a part without headers', '--edge\r\n\r\none\r\n--edge--', ['{} one$']],
    ['a part without a body', '--edge\r\nContent-Type: application/dicom\r\n\r\n--edge--', [`${DICOM}$`]],
    ['an empty body', '--edge\r\nContent-Type: application/dicom\r\n\r\n\r\n--edge--', [`${DICOM}$`]],
    ['padding behind the boundary', '--edge \t\r\n\r\none\r\n--edge--', ['{} one$']],
    [
      'a folded header, other headers, any case',
      '--edge\r\nX-Y: z\r\ncontent-TYPE:\r\n application/dicom\r\nContent-Transfer-Encoding: binary\r\n\r\none\r\n--edge--',
      ['{"contentType":"application/dicom","transferEncoding":"binary"} one$'],
    ],
    [
      'what only begins like the boundary',
      '--edge\r\n\r\na\r\n--edges\r\nb\r\n--edg\r\n--edge--',
      ['{} a\r\n--edges\r\nb\r\n--edg$'],
    ],
    [
      'a boundary with a long tail that is no line',
      `--edge\r\n\r\na\r\n--edge${'x'.repeat(2000)}\r\n--edge--`,
      [`{} a\r\n--edge${'x'.repeat(2000)}$`],
    ],
    [
      'one that is only like a boundary, before the first',
      '--edges\r\n--edge\r\n\r\none\r\n--edge--',
      ['{} one$'],
    ],
  ])('%s, however it is cut', async (_name, body, parts) => {
    expect(await split(body)).toEqual(parts);
    expect(await split(body, 1)).toEqual(parts);
    expect(await split(body, 7)).toEqual(parts);
  });

  test('one object by itself is one part', async () => {
    expect(await partsOf(onePart(inPieces(Buffer.from('object'), 4), 'application/dicom'))).toEqual([
      `${DICOM}object$`,
    ]);
  });
});

test.each<[string, string]>([
  ['nothing', ''],
  ['no boundary', 'just text'],
  ['another boundary, for long', `--other\r\n\r\n${'x'.repeat(100_000)}`],
  ['no end', '--edge\r\n\r\none'],
  ['an end within the headers', '--edge\r\nContent-Type: application/dicom\r\n'],
  ['an end within the closing boundary', '--edge\r\n\r\none\r\n--edge-'],
  ['an end behind a boundary', '--edge\r\n\r\none\r\n--edge'],
  ['headers that do not end', `--edge\r\nX: ${'y'.repeat(40_000)}`],
  ['headers that are too long', `--edge\r\nX: ${'y'.repeat(40_000)}\r\n\r\none\r\n--edge--`],
  ['the same header twice', '--edge\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\none\r\n--edge--'],
])('%s: refused as a malformed request', async (_name, body) => {
  for (const size of [undefined, 5000])
    await expect(split(body, size)).rejects.toMatchObject({ code: 'bad-request' });
});

test('any parts come out as they went in, however the body is cut', async () => {
  const bodies = fc.array(
    fc
      .array(fc.constantFrom('\r', '\n', '-', 'edge', 'x', '\r\n--edge', '--'), { maxLength: 12 })
      .map((bits) => bits.join('')),
    { maxLength: 4 },
  );
  const isLike = (body: string): boolean => /\r\n--edge[ \t]*(\r\n|--)/.test(`${body}\r\n`);
  await fc.assert(
    fc.asyncProperty(bodies, fc.integer({ min: 1, max: 40 }), async (parts, size) => {
      fc.pre(parts.every((part) => !isLike(`\r\n${part}`) && !isLike(part)));
      const body = parts.map((part) => `--edge\r\n\r\n${part}\r\n`).join('');
      expect(await split(`${body}--edge--\r\n`, size)).toEqual(parts.map((part) => `{} ${part}$`));
    }),
  );
});
