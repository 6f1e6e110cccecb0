import { faultOf } from '../fakes/fault-of.ts';
import { part10 } from '../fakes/part-10.ts';
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
} from '../fakes/retrieval-house.ts';
import { retrievedBody as bodyOf, runRetrieval as run } from '../fakes/run-retrieval.ts';

const [ctOne = '', , report = ''] = allObjects.map(pathTo);
const images = allObjects.slice(0, 2);

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

  test('a result saved with the file meta of an image is known by its dataset', async () => {
    const meta = { sopClassUid: image.sopClassUid, sopInstanceUid: images[0]?.sopInstanceUid ?? sopFail() };
    const copy = part10(capture9.sopInstanceUid, 20, { sopClassUid: capture9.sopClassUid, meta });
    const answers = { [`studies/${STUDY}`]: wrapped(copy) };
    expect(await bodyOf(createRetrievalHouse({ answers }), `studies/${STUDY}`)).toBe('--edge--\r\n');
  });

  test('a dataset that cannot be read in passing passes only where nothing is locked', async () => {
    const deflated = part10('1.10.1', 20, { transferSyntaxUid: '1.2.840.10008.1.2.1.99' });
    const path = `studies/${STUDY}`;
    const answers = { [path]: wrapped(deflated) };
    expect(await bodyOf(createRetrievalHouse({ answers }), path)).not.toContain('DICM');
    expect(await bodyOf(createRetrievalHouse({ answers, results: [REPORT_RESULT] }), path)).toContain('DICM');
    expect(
      await bodyOf(createRetrievalHouse({ answers, faults: { aiReader: 'throws' } }), path),
    ).not.toContain('DICM');
  });
  const wrapped = (file: Buffer) => ({
    headers: { 'content-type': 'multipart/related; boundary=edge' },
    body: Buffer.concat([
      Buffer.from('--edge\r\nContent-Type: application/dicom\r\n\r\n'),
      file,
      Buffer.from('\r\n--edge--'),
    ]),
  });

  test('the look-up is asked for exactly what the request needs', async () => {
    const house = createRetrievalHouse();
    await run(house, `${ctOne}/frames/1`);
    await run(house, `studies/${STUDY}/series/${CT_SERIES}`);
    await run(house, `studies/${STUDY}`);
    expect(house.needs).toEqual([
      { instance: allObjects[0]?.sopInstanceUid },
      { series: [CT_SERIES] },
      { asOfNow: true },
    ]);
  });
});
