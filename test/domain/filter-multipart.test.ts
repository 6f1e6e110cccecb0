import fc from 'fast-check';
import { UpstreamFault } from '../../src/domain/errors.ts';
import { filterMultipart, type MultipartRules } from '../../src/domain/dicom/filter-multipart.ts';
import type { PartIdentity } from '../../src/domain/dicom/part-head.ts';
import { part10 } from '../fakes/part-10.ts';

const rules = (mayPass: (part: PartIdentity) => boolean = () => true): MultipartRules => ({
  boundary: 'b0und',
  mayPass,
  rewriteLocation: (location) => location.replace('http://pacs', 'https://gw'),
});
const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const dicomPart = (uid: string, bytes = 40): Buffer =>
  Buffer.concat([
    latin('--b0und\r\nContent-Type: application/dicom\r\n\r\n'),
    part10(uid, bytes),
    latin('\r\n'),
  ]);
const END = latin('--b0und--\r\n');

async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
async function filtered(
  bytes: Buffer,
  given: MultipartRules,
  sizes: readonly number[] = [bytes.length],
): Promise<Buffer> {
  const out: Uint8Array[] = [];
  for await (const piece of filterMultipart(chunked(bytes, sizes), given)) out.push(piece);
  return Buffer.concat(out);
}
const without = (uid: string) => rules((part) => part.sopInstanceUid !== uid);

test('locked parts are left out, the others pass byte for byte', async () => {
  const body = Buffer.concat([dicomPart('1.1'), dicomPart('1.2'), dicomPart('1.3'), END]);
  expect(await filtered(body, without('1.2'))).toEqual(
    Buffer.concat([dicomPart('1.1'), dicomPart('1.3'), END]),
  );
  expect(await filtered(body, rules())).toEqual(body);
  expect(
    (
      await filtered(
        body,
        rules(() => false),
      )
    ).toString('latin1'),
  ).toBe('--b0und--\r\n');
});

test('a part is known by the class and UID in its file meta', async () => {
  const seen: PartIdentity[] = [];
  await filtered(
    Buffer.concat([dicomPart('1.2.3'), END]),
    rules((part) => seen.push(part) > 0),
  );
  expect(seen).toEqual([
    { contentType: 'application/dicom', sopClassUid: '1.2.840.10008.5.1.4.1.1.2', sopInstanceUid: '1.2.3' },
  ]);
});

test('other parts are known by Content-Location, which then names the gateway', async () => {
  const head =
    'Content-Type: application/octet-stream\r\ncontent-location:\r\n http://pacs/studies/1/instances/1.2/bulk/x';
  const seen: PartIdentity[] = [];
  const out = await filtered(
    latin(`--b0und\r\n${head}\r\n\r\ndata\r\n--b0und--`),
    rules((part) => seen.push(part) > 0),
  );
  expect(seen[0]?.contentLocation).toBe('http://pacs/studies/1/instances/1.2/bulk/x');
  expect(out.toString()).toContain(
    '\r\nContent-Location: https://gw/studies/1/instances/1.2/bulk/x\r\n\r\ndata\r\n--b0und--',
  );
});

test.each([
  [
    'preamble and epilogue',
    'pre\r\n--b0und\r\n\r\nx\r\n--b0und--\r\nepilogue',
    '--b0und\r\n\r\nx\r\n--b0und--\r\n',
  ],
  ['padding behind a boundary', '--b0und \t\r\n\r\nx\r\n--b0und--', '--b0und\r\n\r\nx\r\n--b0und--\r\n'],
  ['an empty part', '--b0und\r\nA: b\r\n\r\n--b0und--', '--b0und\r\nA: b\r\n\r\n\r\n--b0und--\r\n'],
  [
    'a boundary’s beginning in the data',
    '--b0und\r\n\r\nx\r\n--b0undy\r\n--b0un\r\n--b0und--',
    '--b0und\r\n\r\nx\r\n--b0undy\r\n--b0un\r\n--b0und--\r\n',
  ],
  [
    'a long line behind what looks like a boundary',
    `--b0und\r\n\r\nx\r\n--b0und${'y'.repeat(2000)}\r\n--b0und--`,
    `--b0und\r\n\r\nx\r\n--b0und${'y'.repeat(2000)}\r\n--b0und--\r\n`,
  ],
  ['no parts at all', '--b0und--', '--b0und--\r\n'],
])('%s', async (_name, body, expected) => {
  for (const size of [1, 2, 3, body.length]) {
    expect((await filtered(latin(body), rules(), [size])).toString('latin1')).toBe(expected);
  }
});

test('a part that is no Part 10 file, or ends too early, names nobody', async () => {
  const seen: PartIdentity[] = [];
  const note = rules((part) => seen.push(part) > 0);
  const plain = (bytes: string): string =>
    `--b0und\r\nContent-Type: application/dicom;x=y\r\n\r\n${bytes}\r\n`;
  await filtered(
    latin(`${plain('short')}${plain('x'.repeat(9000))}${plain(`${'\0'.repeat(128)}DICM`)}--b0und--`),
    note,
  );
  expect(seen.map((part) => part.sopInstanceUid)).toEqual([undefined, undefined, undefined]);
});

test('however it is cut into chunks, the result is the same', async () => {
  const body = Buffer.concat([
    latin('\r\n'),
    dicomPart('1.1', 700),
    dicomPart('1.2', 3),
    dicomPart('1.33', 0),
    END,
  ]);
  const expected = await filtered(body, without('1.2'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }),
      async (sizes) => {
        expect(await filtered(body, without('1.2'), sizes)).toEqual(expected);
      },
    ),
  );
});

test('cut anywhere before its closing boundary, it throws and never closes', async () => {
  const body = Buffer.concat([dicomPart('1.1', 30), dicomPart('1.2', 30), latin('--b0und--')]);
  for (let length = 0; length < body.length; length += 1) {
    const out: Uint8Array[] = [];
    const run = async (): Promise<void> => {
      for await (const piece of filterMultipart(chunked(body.subarray(0, length), [50]), rules()))
        out.push(piece);
    };
    await expect(run()).rejects.toThrow(UpstreamFault);
    expect(Buffer.concat(out).includes('--b0und--')).toBe(false);
  }
});

test.each([
  ['headers without end', `--b0und\r\nA: ${'x'.repeat(20_000)}`],
  ['headers too long', `--b0und\r\nA: ${'x'.repeat(20_000)}\r\n\r\nx\r\n--b0und--`],
  ['a header twice', '--b0und\r\nContent-Location: /a\r\nContent-Location: /b\r\n\r\nx\r\n--b0und--'],
])('%s -> error', async (_name, body) => {
  await expect(filtered(latin(body), rules())).rejects.toThrow(UpstreamFault);
});

test('an error of the source comes through', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield dicomPart('1.1');
    throw new UpstreamFault('upstream-unreachable', 'pacs');
  }
  const run = async (): Promise<void> => {
    for await (const _piece of filterMultipart(failing(), rules()));
  };
  await expect(run()).rejects.toMatchObject({ code: 'upstream-unreachable' });
});

test('what is held does not grow with the size of a part', async () => {
  const piece = Buffer.alloc(64 * 1024, 7);
  async function* long(): AsyncGenerator<Uint8Array> {
    yield latin('--b0und\r\nContent-Type: application/octet-stream\r\n\r\n');
    for (let turn = 0; turn < 200; turn += 1) yield piece;
    yield latin('\r\n--b0und--');
  }
  let [largest, total] = [0, 0];
  for await (const out of filterMultipart(long(), rules())) {
    largest = Math.max(largest, out.length);
    total += out.length;
  }
  expect(largest).toBeLessThan(65 * 1024);
  expect(total).toBeGreaterThan(200 * piece.length);
});
