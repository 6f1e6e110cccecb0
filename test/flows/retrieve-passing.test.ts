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

  test('of one object, Accept and Range go on as they are', async () => {
    expect(await sent(`${ctOne}/frames/1`, headers)).toMatchObject({ headers, decode: false });
    const { range: _range, ...whole } = headers;
    expect(await sent(`${ctOne}/frames/1`, whole)).toMatchObject({ headers: whole, decode: true });
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
