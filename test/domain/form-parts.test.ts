import fc from 'fast-check';
import { formBoundary, readFormParts } from '../../src/domain/form-parts.ts';

const EDGE = '----------lImIt_of_THE_fIle_eW_$';
const part = (head: string, content: string): string => `--${EDGE}\r\n${head}\r\n\r\n${content}\r\n`;
const named = (name: string): string => `Content-Disposition: form-data; name="${name}"`;
const END = `--${EDGE}--\r\n`;

const read = async (body: string, maxParts = 3): Promise<unknown> =>
  (await readFormParts(Buffer.from(body, 'latin1'), { boundary: EDGE, maxParts })).map(
    ({ bytes, ...rest }) => ({
      ...rest,
      text: Buffer.from(bytes).toString('latin1'),
    }),
  );

test.each([
  ['multipart/form-data; boundary=x', 'x'],
  ['Multipart/Form-Data ; boundary="a b"', 'a b'],
  [`multipart/form-data; boundary=${EDGE}`, EDGE],
  ['multipart/form-data', undefined],
  ['multipart/form-data; boundary=""', undefined],
  ['multipart/form-data; boundary="ä"', undefined],
  ['multipart/form-datax; boundary=x', undefined],
  ['multipart/related; boundary=x', undefined],
  ['application/json', undefined],
  [undefined, undefined],
])('the boundary of %s is %s', (type, boundary) => {
  expect(formBoundary(type)).toBe(boundary);
});

describe('fields', () => {
  test.each([
    ['none', END, []],
    ['one', part(named('params'), '{}') + END, [{ name: 'params', text: '{}' }]],
    ['an empty one', part(named('params'), '') + END, [{ name: 'params', text: '' }]],
    [
      'a file, with its type',
      part(`${named('image')}; filename="a b.nrrd"\r\nContent-Type: application/octet-stream`, 'x') + END,
      [{ name: 'image', fileName: 'a b.nrrd', contentType: 'application/octet-stream', text: 'x' }],
    ],
    [
      'file name first: it is not taken for the name',
      part('content-disposition: FORM-DATA; filename="f"; name="n"', 'x') + END,
      [{ name: 'n', fileName: 'f', text: 'x' }],
    ],
    [
      'a folded header',
      part('Content-Disposition: form-data;\r\n name="n"', 'x') + END,
      [{ name: 'n', text: 'x' }],
    ],
    [
      'in their order',
      part(named('b'), '1') + part(named('a'), '2') + END,
      [
        { name: 'b', text: '1' },
        { name: 'a', text: '2' },
      ],
    ],
    [
      'what follows the end is left out',
      `${part(named('a'), '1') + END}\r\n${part(named('b'), '2')}`,
      [{ name: 'a', text: '1' }],
    ],
  ])('%s', async (_name, body, expected) => {
    expect(await read(body)).toEqual(expected);
  });

  test.each([
    ['twice the same', part(named('a'), '') + part(named('a'), '') + END, 'twice'],
    ['more than there may be', 'abcd'.replace(/./g, (name) => part(named(name), '')) + END, 'at most 3'],
    [
      '10,000 fields',
      Array.from({ length: 10_000 }, (_, at) => part(named(`f${String(at)}`), '')).join('') + END,
      'at most 3',
    ],
    ['no name', part('Content-Type: text/plain', '') + END, 'no name'],
    ['a file name alone', part('Content-Disposition: form-data; filename="name="', '') + END, 'no name'],
    ['an attachment', part('Content-Disposition: attachment; name="a"', '') + END, 'no name'],
    ['no end', part(named('a'), ''), 'closing boundary'],
    ['nothing', '', 'closing boundary'],
    ['another boundary', '--other--\r\n', 'closing boundary'],
  ])('%s -> refused', async (_name, body, words) => {
    await expect(read(body)).rejects.toMatchObject({
      code: 'bad-request',
      detail: expect.stringContaining(words),
    });
  });

  test('whatever bytes a field holds, they come out as they went in', async () => {
    const bytes = fc.uint8Array({ maxLength: 200_000, size: 'max' });
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const head = Buffer.from(`--${EDGE}\r\n${named('image')}\r\n\r\n`);
        const body = Buffer.concat([head, content, Buffer.from(`\r\n${END}`)]);
        const [first] = await readFormParts(body, { boundary: EDGE, maxParts: 1 });
        return Buffer.from(content).equals(first?.bytes ?? Buffer.from('none'));
      }),
      { numRuns: 25 },
    );
  });
});
