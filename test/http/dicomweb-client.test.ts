import { createHash } from 'node:crypto';
import { api } from 'dicomweb-client';
import { textOf, type DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { startApprovedGateway, type ApprovedGateway } from '../fakes/approved-gateway.ts';
import { FetchingXhr } from '../fakes/fetching-xhr.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

type Method = Extract<keyof api.DICOMwebClient, `retrieve${string}` | `searchFor${string}`>;
/** The package's own declarations ask for more than it does, and for texts where it takes lists. */
type Call = (options?: Readonly<Record<string, unknown>>) => Promise<unknown>;
type Client = Readonly<Record<Method, Call>> & { readonly baseURL: string };
interface Ids {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly sopInstanceUID: string;
}

const studies = makeStudies();
const withAi = studies.find(({ holdsAiResults }) => holdsAiResults)?.studyInstanceUid ?? '';
/** Of several frames. */
const cine = studies.find(({ key }) => key === 'us-abdomen')?.studyInstanceUid ?? '';
const FRAMES = [{ mediaType: 'application/octet-stream', transferSyntaxUID: '*' }];
const PNG = [{ mediaType: 'image/png' }];

/** Every call that reads. */
const CALLS: readonly { readonly name: string; readonly call: (client: Client, ids: Ids) => unknown }[] = [
  { name: 'searchForStudies', call: (client) => client.searchForStudies() },
  {
    name: 'searchForStudies by fields',
    call: (client) =>
      client.searchForStudies({
        queryParams: { PatientName: 'SANDBOX*', limit: 4, offset: 1, includefield: '00081030' },
      }),
  },
  { name: 'searchForSeries', call: (client, ids) => client.searchForSeries({ ...ids }) },
  {
    name: 'searchForSeries across studies',
    call: (client, ids) =>
      client.searchForSeries({ queryParams: { StudyInstanceUID: ids.studyInstanceUID } }),
  },
  { name: 'searchForInstances', call: (client, ids) => client.searchForInstances({ ...ids }) },
  {
    name: 'searchForInstances of a study',
    call: (client, { studyInstanceUID }) => client.searchForInstances({ studyInstanceUID }),
  },
  { name: 'retrieveStudyMetadata', call: (client, ids) => client.retrieveStudyMetadata({ ...ids }) },
  { name: 'retrieveSeriesMetadata', call: (client, ids) => client.retrieveSeriesMetadata({ ...ids }) },
  { name: 'retrieveInstanceMetadata', call: (client, ids) => client.retrieveInstanceMetadata({ ...ids }) },
  { name: 'retrieveStudy', call: (client, ids) => client.retrieveStudy({ ...ids }) },
  { name: 'retrieveSeries', call: (client, ids) => client.retrieveSeries({ ...ids }) },
  { name: 'retrieveInstance', call: (client, ids) => client.retrieveInstance({ ...ids }) },
  {
    name: 'retrieveInstanceFrames',
    call: (client, ids) => client.retrieveInstanceFrames({ ...ids, frameNumbers: [1] }),
  },
  {
    name: 'retrieveInstanceFrames, several as they are stored',
    call: (client, ids) =>
      client.retrieveInstanceFrames({ ...ids, frameNumbers: [1, 2], mediaTypes: FRAMES }),
  },
  {
    name: 'retrieveInstanceRendered',
    call: (client, ids) => client.retrieveInstanceRendered({ ...ids, mediaTypes: PNG }),
  },
  {
    name: 'retrieveInstanceFramesRendered',
    call: (client, ids) =>
      client.retrieveInstanceFramesRendered({ ...ids, frameNumbers: [1], mediaTypes: PNG }),
  },
  {
    name: 'retrieveInstanceThumbnail',
    call: (client, ids) => client.retrieveInstanceThumbnail({ ...ids, mediaTypes: PNG }),
  },
  {
    name: 'retrieveInstanceFramesThumbnail',
    call: (client, ids) =>
      client.retrieveInstanceFramesThumbnail({ ...ids, frameNumbers: [1], mediaTypes: PNG }),
  },
  { name: 'retrieveBulkData', call: readBulk },
];

async function readBulk(client: Client, ids: Ids): Promise<unknown> {
  const metadata: unknown = await client.retrieveInstanceMetadata({ ...ids });
  const [dataset = {}] = parseDatasets(Buffer.from(JSON.stringify(metadata)));
  const elements = Object.values(dataset);
  const uri = elements.flatMap((element) => element.BulkDataURI ?? []).at(-1);
  // Answers name the gateway by its public name; here it listens elsewhere.
  const base = client.baseURL;
  return await client.retrieveBulkData({
    BulkDataURI: uri?.replace(/^https:\/\/gw\.example\/dicom-web/, base),
  });
}

describeWithBinary(
  'dicomweb-client reads through the gateway what it reads from the PACS',
  ['Orthanc'],
  () => {
    let house: ApprovedGateway;
    const places = new Map<string, Ids>();

    beforeAll(async () => {
      Object.assign(globalThis, { XMLHttpRequest: FetchingXhr });
      // Some of its calls say what they do, whether that is wanted or not.
      jest.spyOn(console, 'debug').mockReturnValue();
      house = await startApprovedGateway(studies.flatMap(({ files }) => files));
      for (const study of [withAi, cine]) {
        const rows = parseDatasets(
          (await house.direct(`studies/${study}/instances`, 'application/dicom+json')).body,
        );
        places.set(study, idsOf(rows.find((row) => textOf(row, '00080060') !== 'SR') ?? {}));
      }
    });
    afterAll(async () => {
      await house.close();
      Reflect.deleteProperty(globalThis, 'XMLHttpRequest');
      jest.restoreAllMocks();
    });

    const client = (url: string, headers: Readonly<Record<string, string>>): Client =>
      parseClient(
        new api.DICOMwebClient({ url, headers: { ...headers }, verbose: false, singlepart: false }),
      );
    /** What a call comes to, in a form to compare: addresses with the gateway's name, bytes by their digest. */
    const outcome = async (call: () => unknown, base: string): Promise<string> => {
      try {
        return JSON.stringify(await call(), plainly).replaceAll(base, house.publicUrl);
      } catch (error: unknown) {
        return `failed with ${String(typeof error === 'object' && error !== null && 'status' in error ? error.status : error)}`;
      }
    };

    describe.each([
      ['a study with AI results', withAi],
      ['a film', cine],
    ])('%s', (_name, study) => {
      test.each(CALLS)('$name', async ({ call }) => {
        const ids = places.get(study) ?? { studyInstanceUID: '', seriesInstanceUID: '', sopInstanceUID: '' };
        const through = await outcome(() => call(client(house.url, house.login), ids), house.url);
        const direct = await outcome(() => call(client(house.directUrl, {}), ids), house.directUrl);
        expect(direct).not.toMatch(/^failed with (?!404|400)|^undefined|^\[\]$/);
        expect(through === direct ? 'the same' : [through, direct].map((text) => text.slice(0, 500))).toBe(
          'the same',
        );
      });
    });

    test('every call that reads is among them', () => {
      const reading = Object.getOwnPropertyNames(api.DICOMwebClient.prototype).filter((name) =>
        /^(retrieve|searchFor)/.test(name),
      );
      const called = CALLS.map(({ name }) => name.split(' ')[0]);
      expect(reading.filter((name) => !called.includes(name))).toEqual([]);
    });

    test('who is signed out reads nothing, and is told 401', async () => {
      const signedOut = client(house.url, {});
      await expect(signedOut.searchForStudies()).rejects.toMatchObject({ status: 401 });
    });
  },
);

function parseClient(client: unknown): Client {
  return client as Client;
}

function idsOf(row: DicomJsonObject): Ids {
  const [studyInstanceUID = '', seriesInstanceUID = '', sopInstanceUID = ''] = [
    '0020000D',
    '0020000E',
    '00080018',
  ].map((tag) => textOf(row, tag));
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID };
}

function plainly(_key: string, value: unknown): unknown {
  if (!(value instanceof ArrayBuffer)) return value;
  return createHash('sha256').update(Buffer.from(value)).digest('hex');
}
