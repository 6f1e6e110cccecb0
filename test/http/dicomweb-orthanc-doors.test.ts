import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { textOf, type DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { multipartBoundary } from '../../src/domain/dicom/dicomweb-media.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { dicomwebApp } from '../fakes/dicomweb-app.ts';
import { startOrthanc, type OrthancServer } from '../fakes/orthanc-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { createRetrievalHouse } from '../fakes/retrieval-house.ts';
import { NOW } from '../fakes/register-builder.ts';

const studies = makeStudies();
const study = studies.find(({ key }) => key === 'us-abdomen')?.studyInstanceUid ?? '';
const withAi = studies.find(({ holdsAiResults }) => holdsAiResults)?.studyInstanceUid ?? '';
const GATEWAY = 'https://gw.example/dicom-web';

describeWithBinary('every door before a real Orthanc', ['Orthanc'], () => {
  let orthanc: OrthancServer;
  /** Two gateways: one answers WADO-URI by WADO-RS, one by Orthanc's own. */
  const gateways: Listener[] = [];
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    orthanc = await startOrthanc({ files: studies.flatMap(({ files }) => files) });
    closers.push(() => orthanc.close());
    for (const hasDoor of [false, true]) gateways.push(await startGateway(hasDoor));
  });
  afterAll(async () => {
    for (const close of closers.toReversed()) await close();
  });

  async function startGateway(hasDoor: boolean): Promise<Listener> {
    const timeouts = { firstByteMs: 20_000, idleMs: 20_000 };
    const pacs = createPacsClient({ baseUrl: orthanc.dicomwebUrl, timeouts, publicDicomwebUrl: GATEWAY });
    const above = createPacsClient({ baseUrl: orthanc.restUrl, timeouts, publicDicomwebUrl: GATEWAY });
    const aiResults = createAiResultReader({ pacs, nowMs: () => NOW, cacheTtlMs: 60_000, maxEntries: 100 });
    const deps = {
      ...createRetrievalHouse().deps,
      pacs,
      aiResults,
      publicDicomwebUrl: GATEWAY,
      ...(hasDoor ? { wadoUri: { pacs: above, segments: ['wado'] } } : {}),
    };
    const gateway = await startListener({ app: dicomwebApp(deps), host: '127.0.0.1', port: 0 });
    closers.push(
      () => pacs.close(),
      () => above.close(),
      () => gateway.close(0),
    );
    return gateway;
  }

  interface Got {
    readonly status: number;
    readonly type: string;
    readonly body: Buffer;
  }
  /** By node:http, which adds no header of its own. */
  async function get(url: string, accept?: string): Promise<Got> {
    const headers = { authorization: 'Bearer stranger', ...(accept === undefined ? {} : { accept }) };
    const call = httpRequest(url, { headers, agent: false }).end();
    const [res]: IncomingMessage[] = await once(call, 'response');
    const pieces: Buffer[] = [];
    for await (const piece of res ?? []) pieces.push(Buffer.from(piece));
    return {
      status: res?.statusCode ?? 0,
      type: res?.headers['content-type'] ?? '',
      body: Buffer.concat(pieces),
    };
  }
  const through = async (path: string, accept?: string, which = 0): Promise<Got> =>
    await get(`${gateways[which]?.url ?? ''}/${path}`, accept);
  const direct = async (path: string, accept?: string): Promise<Got> =>
    await get(`${orthanc.restUrl}/${path}`, accept);
  const firstObject = async (
    of: string,
  ): Promise<{ series: string; instance: string; row: DicomJsonObject }> => {
    const { body } = await through(`dicom-web/studies/${of}/metadata`, 'application/dicom+json');
    const [row = {}] = parseDatasets(body);
    return { series: textOf(row, '0020000E') ?? '', instance: textOf(row, '00080018') ?? '', row };
  };
  const wadoOf = (series: string, instance: string, more: string): string =>
    `wado?requestType=WADO&studyUID=${study}&seriesUID=${series}&objectUID=${instance}${more}`;

  test.each([0, 1])('WADO-URI gives the object as it is stored, whoever answers (%d)', async (which) => {
    const { series, instance } = await firstObject(study);
    const query = wadoOf(series, instance, '&contentType=application/dicom');
    const [ours, theirs] = [await through(query, '*/*', which), await direct(query, '*/*')];
    expect([ours.status, ours.type, theirs.status]).toEqual([200, 'application/dicom', 200]);
    expect(ours.body.equals(theirs.body)).toBe(true);
  });

  test.each([
    [0, ''],
    [0, '&contentType=image/png'],
    [0, '&frameNumber=2'],
    [0, '&contentType=image/jpeg&rows=64&columns=64&windowCenter=40&windowWidth=400&imageQuality=80'],
  ])('WADO-URI gives a picture by WADO-RS (%d%s)', async (which, more) => {
    const { series, instance } = await firstObject(study);
    const ours = await through(wadoOf(series, instance, more), 'text/html,*/*;q=0.8', which);
    expect(ours.status).toBe(200);
    expect(ours.type).toBe(more.includes('png') ? 'image/png' : 'image/jpeg');
  });

  test.each(['', '&contentType=image/png', '&contentType=image/jpeg'])(
    'WADO-URI gives the picture of the PACS’s own door (%s)',
    async (more) => {
      const { series, instance } = await firstObject(study);
      const query = wadoOf(series, instance, more);
      const [ours, theirs] = [await through(query, '*/*', 1), await direct(query, '*/*')];
      expect([ours.status, ours.type, theirs.status]).toEqual([200, theirs.type, 200]);
      expect(ours.body.equals(theirs.body)).toBe(true);
    },
  );

  test.each([
    'rendered?viewport=64,64',
    'rendered?viewport=64%2C64&window=40%2C400%2Clinear&quality=80',
    'rendered?viewport=64,64,0,0,10,10',
    'frames/2/rendered?window=40,400,linear&annotation=patient',
  ])('%s gives the PACS’s picture', async (tail) => {
    const { series, instance } = await firstObject(study);
    const path = `dicom-web/studies/${study}/series/${series}/instances/${instance}/${tail}`;
    const [ours, theirs] = [
      await through(path, 'image/png'),
      await direct(path.replaceAll('%2C', ','), 'image/png'),
    ];
    expect([ours.status, ours.type, theirs.status]).toEqual([200, 'image/png', 200]);
    expect(ours.body.equals(theirs.body)).toBe(true);
  });

  test.each([0, 1])('WADO-URI opens no AI result to who may not see it (%d)', async (which) => {
    const rows = parseDatasets((await direct(`dicom-web/studies/${withAi}/instances`)).body);
    const answers = await Promise.all(
      rows.map(async (row) => {
        const [series, instance] = [textOf(row, '0020000E') ?? '', textOf(row, '00080018') ?? ''];
        const query = `wado?requestType=WADO&studyUID=${withAi}&seriesUID=${series}&objectUID=${instance}&contentType=application/dicom`;
        return await through(query, '*/*', which);
      }),
    );
    const locked = answers.filter(({ status }) => status === 403);
    expect([locked.length, answers.length]).toEqual([2, 14]);
    expect(answers.every(({ status }) => status === 200 || status === 403)).toBe(true);
  });

  test('bulk data by themselves, from a PACS that gives multiparts only', async () => {
    const { row } = await firstObject(study);
    const path = (row['7FE00010']?.BulkDataURI ?? '').replace(`${GATEWAY}/`, 'dicom-web/');
    const refused = await direct(path, 'application/octet-stream');
    const whole = await direct(path, 'multipart/related; type="application/octet-stream"');
    const ours = await through(path, 'application/octet-stream');
    expect([refused.status, whole.status, ours.status, ours.type]).toEqual([
      400,
      200,
      200,
      'application/octet-stream',
    ]);
    expect(whole.body.includes(ours.body)).toBe(true);
    expect(whole.body.length - ours.body.length).toBeLessThan(1000);
  });

  test('one frame, and one object, by themselves', async () => {
    const { series, instance } = await firstObject(study);
    const path = `dicom-web/studies/${study}/series/${series}/instances/${instance}`;
    const frame = await through(`${path}/frames/1`, 'application/octet-stream');
    expect([frame.status, multipartBoundary(frame.type)]).toEqual([200, undefined]);
    const object = await through(path, 'application/dicom');
    expect([object.status, object.type, object.body.toString('latin1', 128, 132)]).toEqual([
      200,
      'application/dicom',
      'DICM',
    ]);
  });

  test.each([
    'multipart/related; type="application/dicom+xml"',
    'multipart/related; type=application/dicom+xml',
    'application/dicom+xml',
  ])('datasets in XML for %s: as many as in JSON, with our addresses', async (accept) => {
    for (const path of [
      `studies/${withAi}/instances`,
      `studies/${withAi}/series`,
      'studies',
      `studies/${withAi}/metadata`,
    ]) {
      const rows = parseDatasets((await through(`dicom-web/${path}`, 'application/dicom+json')).body);
      const { status, type, body } = await through(`dicom-web/${path}`, accept);
      expect([path, status]).toEqual([path, 200]);
      expect(type).toMatch(/^multipart\/related; ?type="?application\/dicom\+xml"?/);
      const text = body.toString();
      expect([path, text.match(/<NativeDicomModel/g)?.length]).toEqual([path, rows.length]);
      expect(text).not.toContain(orthanc.restUrl);
      for (const row of rows) expect(text).toContain(textOf(row, '0020000D') ?? '-');
    }
  });
});
