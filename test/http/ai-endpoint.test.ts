import { createServer, type Server } from 'node:http';
import { startAiEndpoint, type AiEndpoint } from '../../fixtures/sandbox/ai-endpoint.ts';
import { startSandboxPacs, type SandboxPacs } from '../../fixtures/sandbox/pacs.ts';
import { burnIn, paint } from '../../fixtures/sandbox/phantoms.ts';
import { makeStudies, STUDY_KEYS, type StudyKey } from '../../fixtures/sandbox/synthetic-studies.ts';

const studies = makeStudies();
const DETECTOR = 'burned-in-text';

let endpoint: AiEndpoint;
let pacs: SandboxPacs;
let startMs: number;
beforeAll(async () => {
  pacs = await startSandboxPacs({ port: 0, studies });
  const before = performance.now();
  endpoint = await startAiEndpoint({ port: 0 });
  startMs = performance.now() - before;
});
afterAll(async () => {
  await endpoint.close();
  await pacs.close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: {
    readonly error?: string;
    readonly outputs?: readonly { readonly name: string; readonly data: readonly unknown[] }[];
    readonly [member: string]: unknown;
  };
  /** First element of each output. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

async function infer(path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${endpoint.url}/v2/models/${path}/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const parsed: Answer['body'] = JSON.parse(text);
  const outputs = Object.fromEntries((parsed.outputs ?? []).map(({ name, data }) => [name, data[0]]));
  return { status: response.status, text, body: parsed, outputs };
}

const access = (key: StudyKey, dicomwebUrl = pacs.url): unknown => ({
  parameters: {
    study_instance_uid: studies.find((study) => study.key === key)?.studyInstanceUid,
    dicomweb_url: dicomwebUrl,
    dicomweb_token: 'token-of-the-case',
  },
});

test('listens before its networks are open, and says the digests of what lies on the disk', () => {
  expect(startMs).toBeLessThan(15_000);
  expect(endpoint.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(endpoint.digests).toMatchObject({
    'burned-in-text@1.0.0': 'sha256:30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff',
    'burned-in-text@2.0.0': expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    'template-drafter@1.0.0': expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  });
  expect(new Set(Object.values(endpoint.digests)).size).toBe(3);
});

describe('burned-in text, read from the study', () => {
  const rows = STUDY_KEYS.map((key) => ({ key, hasText: key === 'cr-burned-in-text' }));
  test.each(rows)('version 1 on $key: text $hasText', async ({ key, hasText }) => {
    const answer = await infer(`${DETECTOR}/versions/1`, access(key));
    expect(answer.body).toMatchObject({ model_name: DETECTOR, model_version: '1' });
    expect(answer.outputs['finding']).toBe(hasText ? 'burned-in text' : 'no text found');
    if (hasText) expect(answer.outputs['score']).toBeGreaterThan(0.5);
    else expect(answer.outputs['score']).toBeLessThan(0.3);
    expect(answer.outputs).not.toHaveProperty('characters');
    expect(answer.outputs['pictures_checked']).toBeLessThanOrEqual(6);
  });

  test('version 2 counts the characters and gives none of them away', async () => {
    const answer = await infer(`${DETECTOR}/versions/2`, access('cr-burned-in-text'));
    expect(answer.body).toMatchObject({ model_version: '2' });
    // "SMITH JANE" and "01/02/1960 RX1", spaces read or not.
    expect(answer.outputs['characters']).toBeGreaterThanOrEqual(20);
    expect(answer.outputs['characters']).toBeLessThanOrEqual(26);
    expect(answer.text).not.toMatch(/smith|jane|1960/i);
  });

  test('outputs are those asked for', async () => {
    const body = { ...(access('ct-chest') as object), id: 'c-1', outputs: [{ name: 'score' }] };
    const answer = await infer(`${DETECTOR}/versions/1`, body);
    expect(answer.body).toMatchObject({
      id: 'c-1',
      parameters: { digest: endpoint.digests['burned-in-text@1.0.0'] },
    });
    expect(Object.keys(answer.outputs)).toEqual(['score']);
  });
});

describe('burned-in text, in a picture of the caller’s', () => {
  const plain = paint([192, 96], [], 7);
  const written = burnIn(plain, [{ text: 'DOE JOHN', left: 12, top: 40, dotPixels: 2 }]);
  test.each([
    ['without text', plain, 'no text found'],
    ['with text', written, 'burned-in text'],
  ])('%s', async (_name, picture, finding) => {
    const data = Array.from(picture.grey, (grey) => Math.round(grey * 255));
    const inputs = [{ name: 'image', datatype: 'UINT8', shape: [96, 192], data }];
    expect((await infer(`${DETECTOR}/versions/1`, { inputs })).outputs).toMatchObject({ finding });
  });

  test.each([
    ['another name', { name: 'x' }],
    ['another datatype', { datatype: 'FP32' }],
    ['too small', { shape: [8, 32] }],
    ['too large', { shape: [2048, 16] }],
    ['too few elements', { data: [1, 2, 3] }],
    ['an element that is no byte', { data: Array.from({ length: 256 }, () => 256) }],
  ])('%s -> 400', async (_name, changes) => {
    const input = {
      name: 'image',
      datatype: 'UINT8',
      shape: [16, 16],
      data: Array.from({ length: 256 }, () => 0),
    };
    const answer = await infer(`${DETECTOR}/versions/1`, { inputs: [{ ...input, ...changes }] });
    expect(answer).toMatchObject({ status: 400, body: { error: expect.any(String) } });
  });
});

test('the drafter fills in a form and says first that it is one', async () => {
  const { outputs, body } = await infer('template-drafter/versions/1', access('ct-chest'));
  expect(body).toMatchObject({ model_name: 'template-drafter', model_version: '1' });
  const [first, ...rest] = String(outputs['text']).split('\n');
  expect(first).toContain('by no language model');
  expect(rest.join('\n')).toContain('CT of the chest');
  expect(outputs).not.toHaveProperty('score');
});

describe('a study that cannot be read', () => {
  let gateway: Server;
  let asked: { readonly url: string; readonly authorization: string | undefined }[];
  let instanceStatus: number;
  let listStatus: number;
  let url: string;
  beforeEach(async () => {
    asked = [];
    [listStatus, instanceStatus] = [200, 200];
    gateway = createServer((req, res) => {
      asked.push({ url: req.url ?? '', authorization: req.headers.authorization });
      if (!(req.url ?? '').endsWith('/instances')) {
        res.writeHead(instanceStatus, { 'content-type': 'multipart/related; boundary=x' });
        res.end('--x\r\nContent-Type: application/dicom\r\n\r\nno DICOM at all\r\n--x--');
        return;
      }
      res.writeHead(listStatus, { 'content-type': 'application/dicom+json' });
      const value = (vr: string, ...Value: unknown[]): unknown => ({ vr, Value });
      res.end(
        JSON.stringify([
          { '0020000E': value('UI', '1.2'), '00080018': value('UI', '1.2.3'), '00280010': value('US', 64) },
        ]),
      );
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const address = gateway.address();
    url = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}/dicom-web`;
  });
  afterEach(() => {
    gateway.closeAllConnections();
    return new Promise((resolve) => gateway.close(resolve));
  });

  test.each([
    ['withheld', 403],
    ['not to be had in a form we decode', 406],
    ['not DICOM', 200],
  ])('images %s -> "not checked", no score, never "no text found"', async (_name, status) => {
    instanceStatus = status;
    const { outputs } = await infer(`${DETECTOR}/versions/1`, access('ct-chest', url));
    expect(outputs).toMatchObject({ finding: 'not checked', pictures_checked: 0, images_listed: 1 });
    expect(outputs['error']).toContain('1 of the chosen images');
    expect(outputs).not.toHaveProperty('score');
  });

  test('the case’s token goes with every request', async () => {
    await infer(`${DETECTOR}/versions/1`, access('ct-chest', url));
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.every(({ authorization }) => authorization === 'Bearer token-of-the-case')).toBe(true);
  });

  test.each([
    ['refused', 403],
    ['away', 502],
  ])('the study itself is %s -> 500 with an error', async (_name, status) => {
    listStatus = status;
    const answer = await infer(`${DETECTOR}/versions/1`, access('ct-chest', url));
    expect(answer).toMatchObject({
      status: 500,
      body: { error: expect.stringContaining('could not be read') },
    });
  });

  test('a gateway on another machine is not called', async () => {
    const answer = await infer(`${DETECTOR}/versions/1`, access('ct-chest', 'http://192.0.2.1/dicom-web'));
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('this machine') } });
  });
});

describe('the protocol', () => {
  const get = async (path: string): Promise<unknown> => (await fetch(`${endpoint.url}${path}`)).json();

  test('server, health and metadata', async () => {
    expect(await get('/v2')).toMatchObject({ extensions: ['binary_tensor_data', 'generate'] });
    expect(await get('/v2/health/live')).toEqual({ live: true });
    expect(await get('/v2/health/ready')).toEqual({ ready: true });
    expect(await get(`/v2/models/${DETECTOR}/versions/1`)).toMatchObject({
      name: DETECTOR,
      versions: ['1', '2'],
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, -1] }],
    });
    expect(await get(`/v2/models/${DETECTOR}/versions/2/ready`)).toEqual({ name: DETECTOR, ready: true });
  });

  test('without a version the newest answers, as on real servers: a gateway must not rely on it', async () => {
    const answer = await infer(DETECTOR, access('us-abdomen'));
    expect(answer.body).toMatchObject({ model_version: '2' });
  });

  test.each([
    ['unknown model', 'nobody/versions/1', {}, 404],
    ['unknown version', `${DETECTOR}/versions/1.0.0`, {}, 404],
    ['nothing to look at', `${DETECTOR}/versions/1`, {}, 400],
    ['no object', `${DETECTOR}/versions/1`, [], 400],
    ['an output of nobody', `${DETECTOR}/versions/1`, { outputs: [{ name: 'mask' }] }, 400],
  ])('%s -> error', async (_name, path, body, status) => {
    expect(await infer(path, body)).toMatchObject({ status, body: { error: expect.any(String) } });
  });
});
