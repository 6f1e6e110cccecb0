import { collectBody } from '../../src/domain/collect-body.ts';
import { parseDicomwebTarget } from '../../src/domain/dicomweb-resource.ts';
import { retrieve, type RetrieveInput } from '../../src/flows/retrieve.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { sopInstanceUid } from '../fakes/uids.ts';
import {
  allObjects,
  createRetrievalHouse,
  CT_SERIES,
  datasetOf,
  multipartOf,
  pathTo,
  REPORT_RESULT,
  STUDY,
  type Faults,
  type RetrievalHouse,
} from '../fakes/retrieval-house.ts';

const never = (): AbortSignal => new AbortController().signal;
const [ctOne = '', , report = '', capture = ''] = allObjects.map(pathTo);
const images = allObjects.slice(0, 2);

const run = async (house: RetrievalHouse, path: string, headers: RetrieveInput['headers'] = {}) => {
  const { resource } = parseDicomwebTarget(`/dicom-web/${path}`);
  if (resource.kind !== 'retrieve') throw new Error(`no retrieval: ${path}`);
  const input = { evidence: { bearerToken: 'alice' }, requestId: 'r-1', resource, query: [], headers };
  return await retrieve(house.deps, input, never());
};
const bodyOf = async (house: RetrievalHouse, path: string): Promise<string> =>
  Buffer.from(await collectBody((await run(house, path)).body, 1e7)).toString('latin1');
const readable = (value: string | Buffer | undefined): string =>
  value === undefined ? '' : Buffer.from(value).toString('latin1');
const onlyImages = multipartOf(images).body;

describe('images stay readable whatever happens to the AI side', () => {
  const faults: readonly (readonly [string, Faults, string])[] = [
    ['the register throws', { register: 'throws' }, 'register-unavailable'],
    ['the case log throws', { caseLog: 'throws' }, 'case-log-unavailable'],
    ['the AI reader throws', { aiReader: 'throws' }, 'ai-locked'],
    ['the AI reader finds nothing at all', { aiReader: 'empty' }, 'not-found'],
    ['the study’s context cannot be read', { context: 'throws' }, 'not-permitted'],
    [
      'all at once',
      { register: 'throws', caseLog: 'throws', aiReader: 'throws', context: 'throws' },
      'ai-locked',
    ],
  ];
  describe.each(faults)('%s', (_name, fault, code) => {
    test('the study and its metadata come without AI results', async () => {
      const house = createRetrievalHouse({ faults: fault });
      const expected = typeof onlyImages === 'function' ? '' : readable(onlyImages);
      expect(await bodyOf(house, `studies/${STUDY}`)).toBe(expected);
      const metadata = JSON.parse(await bodyOf(house, `studies/${STUDY}/metadata`));
      expect(metadata).toHaveLength(2);
    });

    test('images come in every form', async () => {
      const house = createRetrievalHouse({ faults: fault });
      expect(await bodyOf(house, `${ctOne}/frames/1`)).toBe('picture');
      expect(await bodyOf(house, `${ctOne}/rendered`)).toBe('picture');
      expect(JSON.parse(await bodyOf(house, `${ctOne}/metadata`))).toHaveLength(1);
      expect(await bodyOf(house, ctOne)).toContain('DICM');
    });

    test('an AI result does not', async () => {
      const house = createRetrievalHouse({ faults: fault });
      for (const path of [report, `${report}/metadata`, `${report}/frames/1`]) {
        const result = await faultOf(run(house, path));
        expect(result.code).toBe(code);
        expect(result.detail).not.toBe('');
      }
      expect((await run(house, `studies/${STUDY}`)).headers['cache-control']).toBe('private, no-store');
    });
  });

  test('a picture of a whole series cannot be judged in doubt', async () => {
    const house = createRetrievalHouse({ faults: { aiReader: 'throws' } });
    expect((await faultOf(run(house, `studies/${STUDY}/series/${CT_SERIES}/rendered`))).code).toBe(
      'ai-locked',
    );
  });

  test('a defect in the register’s own code locks like a fault', async () => {
    const house = createRetrievalHouse({ results: [REPORT_RESULT] });
    const register = {
      snapshot: (): never => {
        throw new TypeError('defect');
      },
    };
    const broken = { ...house, deps: { ...house.deps, register } };
    expect((await faultOf(run(broken, report))).code).toBe('ai-locked');
    expect(await bodyOf(broken, `${ctOne}/frames/1`)).toBe('picture');
  });
});

describe('objects that the look-up does not know', () => {
  const late = (uid: string, sopClassUid: string) => ({
    seriesInstanceUid: allObjects[0]?.seriesInstanceUid ?? sopFail(),
    sopInstanceUid: sopInstanceUid(uid),
    sopClassUid,
  });
  const sopFail = (): never => {
    throw new Error('no objects');
  };
  const image = late('1.10.99', '1.2.840.10008.5.1.4.1.1.2');
  const capture9 = late('1.10.98', '1.2.840.10008.5.1.4.1.1.7');
  const metadataOf = (object: typeof image) => ({
    headers: { 'content-type': 'application/dicom+json' },
    body: JSON.stringify([datasetOf(object)]),
  });

  test('in a study, images pass by their class and the rest does not', async () => {
    const answers = { [`studies/${STUDY}`]: multipartOf([...images, image, capture9]) };
    const expected = multipartOf([...images, image]).body;
    expect(await bodyOf(createRetrievalHouse({ answers }), `studies/${STUDY}`)).toBe(
      typeof expected === 'function' ? '' : readable(expected),
    );
  });

  test.each([
    ['an image', image, 'ok'],
    ['a capture', capture9, 'not-found'],
  ])('by itself, %s is judged by its own metadata', async (_name, object, expected) => {
    const answers = {
      [`${pathTo(object)}/metadata`]: metadataOf(object),
      [`${pathTo(object)}/frames/1`]: { body: 'picture' },
    };
    const house = createRetrievalHouse({ answers });
    const code = await bodyOf(house, `${pathTo(object)}/frames/1`).then(
      () => 'ok',
      (error: unknown) =>
        typeof error === 'object' && error !== null && 'code' in error ? error.code : error,
    );
    expect(code).toBe(expected);
  });

  test.each([
    ['of another object', metadataOf({ ...image, sopInstanceUid: sopInstanceUid('1.10.1') })],
    ['that are none', { headers: {}, body: 'nonsense' }],
    ['of nothing', { headers: {}, body: '[]' }],
    ['that the PACS refuses', { status: 500 }],
  ])('metadata %s prove nothing', async (_name, metadata) => {
    const answers = {
      [`${pathTo(image)}/metadata`]: metadata,
      [`${pathTo(image)}/frames/1`]: { body: 'picture' },
    };
    expect((await faultOf(run(createRetrievalHouse({ answers }), `${pathTo(image)}/frames/1`))).code).toBe(
      'not-found',
    );
  });

  test('the look-up is asked for exactly what the request needs', async () => {
    const house = createRetrievalHouse();
    await run(house, `${ctOne}/frames/1`);
    await run(house, `studies/${STUDY}/series/${CT_SERIES}`);
    await run(house, `studies/${STUDY}`);
    expect(house.needs).toEqual([{ instance: allObjects[0]?.sopInstanceUid }, { series: [CT_SERIES] }, {}]);
  });
});

describe('what goes to the PACS and comes back', () => {
  const sent = async (path: string, headers: RetrieveInput['headers']) => {
    const house = createRetrievalHouse();
    await run(house, path, headers);
    return house.pacs.asked.at(-1);
  };
  const headers = {
    accept: 'multipart/related; type=application/octet-stream',
    range: 'bytes=0-9',
    'if-none-match': '"1"',
  };

  test('of one object, Accept and Range go on as they are', async () => {
    expect((await sent(`${ctOne}/frames/1`, headers))?.headers).toEqual(headers);
  });

  test('of a study, nothing that would give a part of it', async () => {
    expect(await sent(`studies/${STUDY}`, headers)).toMatchObject({
      headers: { accept: headers.accept },
      decode: true,
    });
  });

  test('metadata are asked for in JSON, and refused to who takes none', async () => {
    expect((await sent(`${ctOne}/metadata`, { accept: '*/*', range: 'bytes=0-1' }))?.headers).toEqual({
      accept: 'application/dicom+json',
    });
    expect(
      (
        await faultOf(
          sent(`${ctOne}/metadata`, { accept: 'multipart/related; type="application/dicom+xml"' }),
        )
      ).code,
    ).toBe('bad-request');
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
