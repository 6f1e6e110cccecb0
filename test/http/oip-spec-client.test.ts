import { startAiEndpoint, type AiEndpoint } from '../../fixtures/sandbox/ai-endpoint.ts';
import { startSandboxPacs, type SandboxPacs } from '../../fixtures/sandbox/pacs.ts';
import { burnIn, paint } from '../../fixtures/sandbox/phantoms.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { listen } from '../fakes/chat-app.ts';
import { SESSION } from '../fakes/inference-house.ts';
import { openOipHouse, type OipHouse } from '../fakes/oip-house.ts';
import { createSpecClient, type SpecClient } from '../fakes/oip-spec-client.ts';
import type { PlainTensor } from '../fakes/raw-tensors.ts';

const studies = makeStudies();
let endpoint: AiEndpoint;
let pacs: SandboxPacs;
let gateway: OipHouse;
let door: Awaited<ReturnType<typeof listen>>;
beforeAll(async () => {
  pacs = await startSandboxPacs({ port: 0, studies });
  endpoint = await startAiEndpoint({ port: 0 });
  gateway = await openOipHouse({ baseUrl: endpoint.url, dicomwebUrl: pacs.url });
  door = await listen(gateway.app);
});
afterAll(async () => {
  await door.close();
  await gateway.close();
  await endpoint.close();
  await pacs.close();
});

interface Server {
  readonly client: SpecClient;
  readonly picture: string;
  readonly draft: string;
  readonly names: Readonly<
    Record<'picture' | 'draft', { readonly model_name: string; readonly model_version: string }>
  >;
  readonly parameters: Readonly<Record<string, unknown>>;
}

function direct(): Server {
  const study = studies[0]?.studyInstanceUid;
  return {
    client: createSpecClient(endpoint.url),
    picture: '/v2/models/burned-in-text/versions/1',
    draft: '/v2/models/template-drafter/versions/1',
    names: {
      picture: { model_name: 'burned-in-text', model_version: '1' },
      draft: { model_name: 'template-drafter', model_version: '1' },
    },
    parameters: { study_instance_uid: study, dicomweb_url: pacs.url, dicomweb_token: 'token-of-the-case' },
  };
}

/** The same models under the register's name: what serves which is for the register to say. */
function throughTheGateway(): Server {
  const path = '/v2/models/lung-nodule/versions/2.1.0';
  const names = { model_name: 'lung-nodule', model_version: '2.1.0' };
  const headers = { Cookie: `__Host-countersign-session=${SESSION}` };
  return {
    client: createSpecClient(door.url, headers),
    picture: path,
    draft: path,
    names: { picture: names, draft: names },
    parameters: { study_instance_uid: studies[0]?.studyInstanceUid },
  };
}

const written = burnIn(paint([192, 96], [], 7), [{ text: 'DOE JOHN', left: 12, top: 40, dotPixels: 2 }]);
const IMAGE: PlainTensor = {
  name: 'image',
  datatype: 'UINT8',
  shape: [96, 192],
  data: Array.from(written.grey, (grey) => Math.round(grey * 255)),
};
const served = { endpointModel: 'burned-in-text', endpointVersion: '1' };
const FINDINGS = { findings: ['burned-in text', 'no text found', 'not checked'] };

const SERVERS: readonly (readonly [name: string, server: () => Server])[] = [
  ['the model server itself', direct],
  ['the gateway before it', throughTheGateway],
];

describe.each(SERVERS)('%s', (_name, server) => {
  /** For the gateway: which of the server's models is called. */
  const pictures = (): void => {
    gateway.bind({ ...served, ...FINDINGS, input: 'caller' });
  };
  const drafts = (): void => {
    gateway.bind({
      endpointModel: 'template-drafter',
      endpointVersion: '1',
      function: 'report-draft',
    });
  };

  test('says what it is, and that it has the extensions', async () => {
    const { client } = server();
    expect((await client.get('/v2/health/live')).json).toMatchObject({ live: true });
    expect((await client.get('/v2/health/ready')).status).toBe(200);
    expect((await client.get('/v2')).json).toMatchObject({
      name: expect.any(String),
      version: expect.any(String),
      extensions: expect.arrayContaining(['binary_tensor_data', 'generate']),
    });
  });

  test('describes the model’s tensors, under its own names', async () => {
    pictures();
    const { client, picture, names } = server();
    expect((await client.get(picture)).json).toMatchObject({
      name: names.picture.model_name,
      versions: expect.arrayContaining([names.picture.model_version]),
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, -1] }],
      outputs: expect.arrayContaining([{ name: 'score', datatype: 'FP32', shape: [1] }]),
    });
    expect((await client.get(`${picture}/ready`)).json).toMatchObject({ ready: true });
  });

  test('infers with JSON and with raw tensors, and both say the same', async () => {
    pictures();
    const { client, picture, names, parameters } = server();
    const asked = { parameters, inputs: [IMAGE], outputs: [{ name: 'score' }, { name: 'finding' }] };
    const plain = await client.infer(picture, asked);
    const raw = await client.inferRaw(picture, asked);
    expect([plain.status, raw.status]).toEqual([200, 200]);
    expect(plain.json).toMatchObject(names.picture);
    expect(raw.json).toMatchObject(names.picture);
    const outputs = plain.json['outputs'] as readonly { readonly data: readonly unknown[] }[];
    expect(raw.raw['score']?.readFloatLE()).toBe(outputs[0]?.data[0]);
    expect(raw.raw['finding']?.subarray(4).toString()).toBe(outputs[1]?.data[0]);
    expect(outputs[1]?.data[0]).toBe('burned-in text');
  });

  test('generates text, whole and as it comes', async () => {
    drafts();
    const { client, draft, names, parameters } = server();
    const whole = await client.generate(draft, { text_input: '', parameters });
    expect(whole.status).toBe(200);
    expect(whole.json).toMatchObject(names.draft);
    expect(whole.json['text_output']).toContain('by no language model');
    const events = await client.generateStream(draft, { text_input: '', parameters });
    expect(events.length).toBeGreaterThan(3);
    for (const event of events) expect(event).toMatchObject(names.draft);
    expect(events.map((event) => String(event['text_output'])).join('')).toBe(whole.json['text_output']);
  });

  test('says what is wrong as the protocol does', async () => {
    pictures();
    const { client, picture, parameters } = server();
    for (const path of ['/v2/models/nobody/versions/1', '/v2/models/nobody/versions/1/ready']) {
      const answer = await client.get(path);
      expect(answer.status).toBe(404);
      expect(answer.json).toMatchObject({ error: expect.any(String) });
    }
    const bad = await client.infer(picture, { parameters, inputs: [{ ...IMAGE, shape: [1] }] });
    expect(bad.status).toBe(400);
    expect(bad.json).toMatchObject({ error: expect.any(String) });
  });
});
