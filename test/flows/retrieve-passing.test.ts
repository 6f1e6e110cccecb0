import { collectBody } from '../../src/domain/collect-body.ts';
import type { RetrieveInput } from '../../src/flows/retrieve.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  allObjects,
  createRetrievalHouse,
  CT_SERIES,
  datasetOf,
  pathTo,
  STUDY,
} from '../fakes/retrieval-house.ts';
import { retrievedBody as bodyOf, runRetrieval as run } from '../fakes/run-retrieval.ts';

const [ctOne = '', , , capture = ''] = allObjects.map(pathTo);

describe('what goes to the PACS and comes back', () => {
  const sent = async (path: string, headers: RetrieveInput['headers']) => {
    const house = createRetrievalHouse();
    await run(house, path, { headers });
    return house.pacs.asked.at(-1);
  };
  const headers = {
    accept: 'multipart/related; type=application/octet-stream',
    range: 'bytes=0-9',
    'if-none-match': '"1"',
  };

  const octets = 'application/octet-stream';
  const related = headers.accept;

  test.each([
    ['frames/1', octets],
    ['frames/1', 'image/jpeg, */*;q=0.1'],
    ['', 'application/dicom'],
    ['bulkdata', octets],
    ['bulkdata', '*/*'],
    ['bulkdata', undefined],
    ['rendered', 'image/png'],
    ['frames/1/rendered', undefined],
  ])('of one thing by itself, Range goes on as it is: %s as %s', async (part, accept) => {
    const { accept: _accept, ...others } = headers;
    const asked = { ...others, 'if-range': '"1"', ...(accept === undefined ? {} : { accept }) };
    const seen = await sent([ctOne, part].filter((word) => word !== '').join('/'), asked);
    expect(seen).toMatchObject({ headers: { ...others, 'if-range': '"1"' }, decode: false });
  });

  test.each([
    ['frames/1', related],
    ['frames/1', `image/jpeg, ${related}`],
    ['frames/1', '*/*'],
    ['frames/1', undefined],
    ['frames/1,2', octets],
    ['', 'multipart/related; type="application/dicom"'],
    ['', '*/*'],
    ['bulkdata', related],
    ['rendered', 'multipart/related; type="image/png"'],
  ])('of what comes as a multipart, Range does not: %s as %s', async (part, accept) => {
    const { accept: _accept, range: _range, ...others } = headers;
    const asked = { ...headers, 'if-range': '"1"' };
    const { accept: _own, ...bare } = asked;
    const path = [ctOne, part].filter((word) => word !== '').join('/');
    const seen = await sent(path, accept === undefined ? bare : { ...asked, accept });
    expect(seen).toMatchObject({ headers: others, decode: true });
    for (const gone of ['range', 'if-range']) expect(seen?.headers).not.toHaveProperty(gone);
  });

  test('a piece of a multipart is not passed on: the whole is asked for, and looked through', async () => {
    const path = `${ctOne}/bulkdata`;
    const type = { 'content-type': 'multipart/related; boundary=edge' };
    const part = `--edge\r\nContent-Location: http://pacs:8042/dicom-web/${path}\r\n\r\nx\r\n--edge--\r\n`;
    for (const [accept, expected] of [
      ['*/*', `https://gw.example/dicom-web/${path}`],
      [octets, 'x'],
    ] as const) {
      const house = createRetrievalHouse({ answers: { [path]: { headers: type, body: part } } });
      const fetch: typeof house.pacs.fetch = async (request, signal) => {
        const answer = await house.pacs.fetch(request, signal);
        const isPiece = request.headers['range'] !== undefined;
        return isPiece ? { ...answer, status: 206 } : answer;
      };
      const pacs = { ...house.pacs, fetch };
      const answer = await run({ ...house, deps: { ...house.deps, pacs } }, path, {
        headers: { accept, range: 'bytes=0-9' },
      });
      expect(answer.status).toBe(200);
      const body = Buffer.from(await collectBody(answer.body, 1e6)).toString();
      expect(body).toContain(expected);
      expect(body).not.toContain('pacs:8042');
    }
  });

  test('ranges of one thing that came as several parts are passed on', async () => {
    const path = `${ctOne}/bulkdata`;
    const ranges = {
      status: 206,
      headers: { 'content-type': 'multipart/byteranges; boundary=r' },
      body: 'r',
    };
    const house = createRetrievalHouse({ answers: { [path]: ranges } });
    const answer = await run(house, path, { headers: { accept: octets, range: 'bytes=0-1,3-4' } });
    expect([answer.status, house.pacs.asked.length]).toEqual([206, 1]);
  });

  test.each([
    ['http://pacs:8042/dicom-web/', 'https://gw.example/dicom-web/'],
    ['/dicom-web/', 'https://gw.example/dicom-web/'],
    ['https://gw.example/dicom-web/', 'https://gw.example/dicom-web/'],
    ['http://10.0.0.7/dicom-web/', undefined],
    ['/internal/', undefined],
  ])('where it was found goes on by our address only: %s -> %s', async (from, to) => {
    for (const [tail, status] of [
      ['frames/1', 200],
      ['frames/1', 304],
      ['bulkdata', 206],
      ['metadata', 200],
    ] as const) {
      const path = `${ctOne}/${tail}`;
      const type = tail === 'metadata' ? 'application/dicom+json' : 'image/png';
      const answer = { status, headers: { 'content-type': type, 'content-location': `${from}${path}` } };
      const house = createRetrievalHouse({ answers: { [path]: { ...answer, body: '[]' } } });
      const { headers: got } = await run(house, path, { headers: { range: 'bytes=0-1' } });
      expect(got['content-location']).toBe(to === undefined ? undefined : `${to}${path}`);
    }
  });

  test('of a study, nothing that would give a part of it', async () => {
    expect(await sent(`studies/${STUDY}`, headers)).toMatchObject({
      headers: { accept: headers.accept },
      decode: true,
    });
  });

  test('metadata are asked for in JSON; what a caller that takes none gets is the PACS’s to say', async () => {
    expect((await sent(`${ctOne}/metadata`, { accept: '*/*', range: 'bytes=0-1' }))?.headers).toEqual({
      accept: 'application/dicom+json',
    });
    for (const accept of ['text/html', 'multipart/related; type="application/dicom"']) {
      expect((await sent(`${ctOne}/metadata`, { accept }))?.headers).toEqual({ accept });
    }
  });

  test.each([
    [401, 'upstream-bad-answer'],
    [407, 'upstream-bad-answer'],
    [302, 'upstream-bad-answer'],
    [304, 'ok'],
    [404, 'ok'],
    [406, 'ok'],
    [503, 'ok'],
  ])('status %d -> %s', async (status, expected) => {
    const house = createRetrievalHouse({ answers: { [`${ctOne}/frames/1`]: { status } } });
    const outcome = await run(house, `${ctOne}/frames/1`).then(
      (answer) => (answer.status === status ? 'ok' : 'changed'),
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
    expect(outcome).toBe(expected);
  });

  test('addresses in metadata name the gateway; those of other hosts are counted', async () => {
    const dataset = {
      ...datasetOf(allObjects[0] ?? sopMissing()),
      '00420011': { vr: 'OB', BulkDataURI: 'http://elsewhere/x' },
    };
    const answers = {
      [`${ctOne}/metadata`]: {
        headers: { 'content-type': 'application/dicom+json', etag: '"1"', 'content-length': '3' },
        body: JSON.stringify([dataset]),
      },
    };
    const house = createRetrievalHouse({ answers });
    const answer = await run(house, `${ctOne}/metadata`);
    const body = Buffer.from(await collectBody(answer.body, 1e6));
    expect(JSON.parse(body.toString())[0]['00081190'].Value).toEqual([
      `https://gw.example/dicom-web/studies/${STUDY}`,
    ]);
    expect(answer.headers).toMatchObject({ 'content-length': String(body.length) });
    expect(answer.headers['etag']).toBeUndefined();
    expect(house.unmapped()).toBe(1);
  });
  const sopMissing = (): never => {
    throw new Error('no objects');
  };

  test('metadata in another form than JSON cannot be judged', async () => {
    const answers = {
      [`${ctOne}/metadata`]: { headers: { 'content-type': 'application/dicom+xml' }, body: '<x/>' },
    };
    expect((await faultOf(run(createRetrievalHouse({ answers }), `${ctOne}/metadata`))).code).toBe(
      'upstream-bad-answer',
    );
  });

  test('a form that cannot be filtered passes only where nothing is locked', async () => {
    const zip = { headers: { 'content-type': 'application/zip' }, body: 'zip' };
    const answers = { [`studies/${STUDY}`]: zip, [`studies/${STUDY}/series/${CT_SERIES}`]: zip };
    expect((await faultOf(run(createRetrievalHouse({ answers }), `studies/${STUDY}`))).code).toBe(
      'bad-request',
    );
    expect(await bodyOf(createRetrievalHouse({ answers }), `studies/${STUDY}/series/${CT_SERIES}`)).toBe(
      'zip',
    );
  });

  test('parts that are no files are known by their location, which is rewritten', async () => {
    const part = (path: string): string =>
      `--edge\r\nContent-Type: image/png\r\nContent-Location: http://pacs:8042/dicom-web/${path}\r\n\r\nx\r\n`;
    const body = `${part(`${ctOne}/frames/1`)}--edge--\r\n`;
    const answers = {
      [`${ctOne}/frames/1`]: { headers: { 'content-type': 'multipart/related; boundary=edge' }, body },
    };
    expect(await bodyOf(createRetrievalHouse({ answers }), `${ctOne}/frames/1`)).toContain(
      `https://gw.example/dicom-web/${ctOne}/frames/1`,
    );
    const study = {
      [`studies/${STUDY}`]: {
        headers: { 'content-type': 'multipart/related; boundary=edge' },
        body: `${part(ctOne)}${part(capture)}--edge\r\n\r\nnameless\r\n--edge--`,
      },
    };
    const seen = await bodyOf(createRetrievalHouse({ answers: study }), `studies/${STUDY}`);
    expect(seen).toContain(ctOne);
    expect(seen).not.toContain(capture);
    expect(seen).not.toContain('nameless');
  });
});
