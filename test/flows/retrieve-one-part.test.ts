import { collectBody } from '../../src/domain/collect-body.ts';
import { faultOf } from '../fakes/fault-of.ts';
import type { CannedAnswer } from '../fakes/memory-pacs.ts';
import { allObjects, createRetrievalHouse, pathTo, STUDY } from '../fakes/retrieval-house.ts';
import { runRetrieval } from '../fakes/run-retrieval.ts';

const [ctOne = ''] = allObjects.map(pathTo);
const BULK = `${ctOne}/bulk/00420011`;
const multipart = (data: string, type = 'application/octet-stream', more = ''): CannedAnswer => ({
  headers: {
    'content-type': `multipart/related; type="${type}"; boundary=b`,
    etag: '"1"',
    'content-length': '99',
  },
  body: `--b\r\nContent-Type: ${type}\r\n\r\n${data}\r\n${more}--b--\r\n`,
});

/** A PACS that gives multiparts only, and refuses every other Accept with 400, as Orthanc does. */
async function ask(
  path: string,
  accept: string,
  canned: CannedAnswer,
  headers: Readonly<Record<string, string>> = {},
) {
  const house = createRetrievalHouse({ answers: { [path]: canned, refused: { status: 400 } } });
  const pacs: typeof house.pacs = {
    ...house.pacs,
    fetch: async (request, signal) => {
      const answer = await house.pacs.fetch(request, signal);
      const isTaken = /^multipart\/related|^\*\/\*/.test(request.headers['accept'] ?? '');
      return isTaken || request.segments.join('/') !== path ? answer : { ...answer, status: 400 };
    },
  };
  const answer = await runRetrieval({ deps: { ...house.deps, pacs } }, path, {
    headers: { accept, ...headers },
  });
  return {
    answer,
    accepts: house.pacs.asked.map((request) => request.headers['accept']),
    asked: house.pacs.asked,
  };
}
const bodyOf = async ({ answer }: Awaited<ReturnType<typeof ask>>): Promise<string> =>
  Buffer.from(await collectBody(answer.body, 1e6)).toString('latin1');

describe('who takes no multipart gets the one part by itself', () => {
  test.each([
    ['octets', 'application/octet-stream', 'waveform', 'application/octet-stream'],
    ['a document', 'application/pdf', '%PDF-1.7', 'application/pdf'],
    ['a document in a browser', 'text/html,*/*;q=0.8', '%PDF-1.7', 'application/pdf'],
    ['a video', 'video/mp4', '\0\0\0\x18ftypmp42', 'video/mp4'],
    [
      'what is no document, though one is asked for',
      'application/pdf',
      '<script>',
      'application/octet-stream',
    ],
    ['a document as octets', 'application/octet-stream', '%PDF-1.7', 'application/octet-stream'],
    ['nothing', 'application/octet-stream', '', 'application/octet-stream'],
  ])('%s', async (_name, accept, data, type) => {
    const asked = await ask(BULK, accept, multipart(data));
    expect(asked.answer.status).toBe(200);
    expect(await bodyOf(asked)).toBe(data);
    expect(asked.answer.headers).toMatchObject({ 'content-type': type });
    for (const gone of ['content-length', 'etag']) expect(asked.answer.headers).not.toHaveProperty(gone);
    expect(asked.accepts).toEqual([accept, 'multipart/related; type="application/octet-stream"']);
  });

  test.each([
    [`${ctOne}/frames/1`, 'image/jpeg', 'multipart/related; type="image/jpeg"'],
    [
      `${ctOne}/frames/1`,
      'application/octet-stream; transfer-syntax=*',
      'multipart/related; type="application/octet-stream"; transfer-syntax=*',
    ],
    [
      ctOne,
      'application/dicom; transfer-syntax=1.2.840.10008.1.2.1',
      'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1',
    ],
    [BULK, 'image/*', 'multipart/related; type="application/octet-stream"'],
  ])('%s as %s is asked for as %s', async (path, accept, sent) => {
    const asked = await ask(path, accept, multipart('x', 'image/x'));
    expect(asked.accepts.at(-1)).toBe(sent);
    expect(asked.answer.headers['content-type']).toBe('image/x');
    expect(await bodyOf(asked)).toBe('x');
  });

  test('a range is of the bytes it was asked of: the second question has none', async () => {
    const { asked } = await ask(BULK, 'video/mp4', multipart('x'), { range: 'bytes=0-1', 'if-range': '"1"' });
    expect(asked.at(0)?.headers).toMatchObject({ range: 'bytes=0-1' });
    expect(asked.at(1)?.headers).not.toHaveProperty('range');
    expect(asked.at(1)?.headers).not.toHaveProperty('if-range');
  });
});

describe('all others get what they ask for, byte for byte', () => {
  test.each([
    ['a multipart', BULK, 'multipart/related; type="application/octet-stream"'],
    ['anything', BULK, '*/*'],
    ['several frames', `${ctOne}/frames/1,2`, 'application/octet-stream'],
    ['a whole study', `studies/${STUDY}`, 'application/dicom'],
  ])('%s', async (_name, path, accept) => {
    const asked = await ask(path, accept, multipart('x'));
    expect(asked.accepts).toEqual([accept]);
    expect(await bodyOf(asked)).toContain('--b--');
  });

  test('a PACS that gives it by itself is asked once', async () => {
    const headers = { 'content-type': 'application/pdf', etag: '"1"' };
    const house = createRetrievalHouse({ answers: { [BULK]: { headers, body: '%PDF' } } });
    const answer = await runRetrieval(house, BULK, { headers: { accept: 'application/pdf' } });
    expect(answer.headers).toMatchObject(headers);
    expect(house.pacs.asked).toHaveLength(1);
  });

  test.each([404, 503])('status %d is the answer', async (status) => {
    const house = createRetrievalHouse({ answers: { [BULK]: { status } } });
    const answer = await runRetrieval(house, BULK, { headers: { accept: 'application/pdf' } });
    expect(answer.status).toBe(status);
    expect(house.pacs.asked).toHaveLength(1);
  });

  test('a packed multipart that cannot be read is passed on', async () => {
    const canned = multipart('x');
    const answers = { [BULK]: { ...canned, headers: { ...canned.headers, 'content-encoding': 'gzip' } } };
    const headers = { accept: 'application/pdf', range: 'bytes=0-' };
    const answer = await runRetrieval(createRetrievalHouse({ answers }), BULK, { headers });
    expect(answer.headers['content-encoding']).toBe('gzip');
  });
});

const MORE = '--b\r\n\r\nmore\r\n';

test.each<[string, CannedAnswer]>([
  ['several parts', multipart('x', 'image/x', MORE)],
  ['an error', { status: 500 }],
])('where there is %s for it, the first word of the PACS stands', async (_name, canned) => {
  const { answer, asked } = await ask(BULK, 'application/pdf', canned);
  expect([answer.status, asked.length]).toEqual([400, 2]);
});

test('and a multipart that cannot be read is an error all the same', async () => {
  const asked = ask(BULK, 'application/pdf', { ...multipart(''), body: 'no part' });
  expect((await faultOf(asked)).code).toBe('upstream-bad-answer');
});

describe('a film', () => {
  const PIXELS = `${ctOne}/bulk/7fe00010`;
  const FILM = '\0\0\0\x18ftypmp42';
  const refused: CannedAnswer = { status: 400 };
  const play = async (accept: string, pixels: CannedAnswer, tail = 'rendered') => {
    const path = `${ctOne}/${tail}`;
    const house = createRetrievalHouse({ answers: { [path]: refused, [PIXELS]: pixels } });
    const answer = await runRetrieval(house, path, { headers: { accept, range: 'bytes=0-' } });
    return {
      answer,
      accepts: house.pacs.asked.map(({ headers }) => headers['accept']),
      asked: house.pacs.asked,
    };
  };
  // The table of its frames comes first, and is empty.
  const film = multipart('', 'application/octet-stream', `--b\r\n\r\n${FILM}\r\n`);

  test.each(['*/*', 'video/mp4', 'video/webm,video/ogg,video/*;q=0.9,*/*;q=0.5'])(
    'that the PACS cannot render is given as it is stored to who takes %s',
    async (accept) => {
      const played = await play(accept, film);
      expect([played.answer.status, played.answer.headers['content-type']]).toEqual([200, 'video/mp4']);
      expect(await bodyOf(played)).toBe(FILM);
      expect(played.asked.at(-1)?.headers).not.toHaveProperty('range');
    },
  );

  test.each<[string, string, CannedAnswer, string]>([
    ['a picture alone is taken', 'image/png', film, 'rendered'],
    ['one frame is asked for', '*/*', film, 'frames/1/rendered'],
    ['a thumbnail is asked for', '*/*', film, 'thumbnail'],
    ['the object holds none', '*/*', multipart('\xff\xd8'), 'rendered'],
    ['it holds several things', '*/*', multipart(FILM, 'x/y', MORE), 'rendered'],
    ['the PACS has no such address', '*/*', { status: 404 }, 'rendered'],
    [
      'the PACS gives something else there',
      '*/*',
      { headers: { 'content-type': 'text/plain' }, body: FILM },
      'rendered',
    ],
  ])('is not given where %s', async (_name, accept, pixels, tail) => {
    expect((await play(accept, pixels, tail)).answer.status).toBe(400);
  });
});

test('several parts where one was asked for are an error of a PACS that said it would give one; it is let go', async () => {
  const twice = createRetrievalHouse({ answers: { [BULK]: multipart('x', 'image/x', MORE) } });
  const late = runRetrieval(twice, BULK, { headers: { accept: 'application/pdf' } });
  expect((await faultOf(late)).code).toBe('upstream-bad-answer');
  const house = createRetrievalHouse({ answers: { [BULK]: { ...multipart(''), body: 'no part' } } });
  const run = runRetrieval(house, BULK, { headers: { accept: 'application/pdf' } });
  expect((await faultOf(run)).code).toBe('upstream-bad-answer');
  expect(house.pacs.cancelled()).toBeGreaterThan(0);
});
