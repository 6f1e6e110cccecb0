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

test('several parts where one was asked for are an error, and the PACS is let go', async () => {
  const more = '--b\r\n\r\nmore\r\n';
  const asked = await ask(BULK, 'application/pdf', multipart('x', 'image/x', more)).then(
    bodyOf,
    (error: unknown) => error,
  );
  expect(asked).toMatchObject({ code: 'upstream-bad-answer' });
  const house = createRetrievalHouse({ answers: { [BULK]: { ...multipart(''), body: 'no part' } } });
  const run = runRetrieval(house, BULK, { headers: { accept: 'application/pdf' } });
  expect((await faultOf(run)).code).toBe('upstream-bad-answer');
  expect(house.pacs.cancelled()).toBeGreaterThan(0);
});
