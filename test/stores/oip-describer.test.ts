import type { EndpointBinding } from '../../src/domain/register.ts';
import { createJsonGetter } from '../../src/upstreams/get-json.ts';
import { createOipDescriber } from '../../src/upstreams/oip-describer.ts';
import { aBinding } from '../fakes/register-builder.ts';
import { json, startScriptedEndpoint, type ScriptedEndpoint } from '../fakes/scripted-endpoint.ts';

const getter = createJsonGetter();
let endpoint: ScriptedEndpoint;
let nowMs = 0;
beforeEach(async () => {
  nowMs = 0;
  endpoint = await startScriptedEndpoint();
});
afterEach(() => endpoint.close());
afterAll(() => getter.close());

const IMAGE = { name: 'image', datatype: 'UINT8', shape: [-1, -1] };
const SCORE = { name: 'score', datatype: 'FP32', shape: [1] };
const SOUND = { name: 'nodules', versions: ['3'], platform: 'x', inputs: [IMAGE], outputs: [SCORE] };
const never = new AbortController().signal;

function describer(): (
  binding?: Partial<EndpointBinding>,
  signal?: AbortSignal,
) => ReturnType<ReturnType<typeof createOipDescriber>['describe']> {
  const limits = { nowMs: () => nowMs, cacheTtlMs: 1_000, maxEntries: 2 };
  const { describe: ask } = createOipDescriber(limits, getter);
  return (binding = {}, signal = never) => ask(aBinding({ baseUrl: endpoint.baseUrl, ...binding }), signal);
}

test('what the exact version takes and gives, and nothing else the endpoint says', async () => {
  endpoint.answer((res) => json(res, { ...SOUND, inputs: [{ ...IMAGE, secret: 1 }], parameters: {} }));
  expect(await describer()()).toEqual({ inputs: [IMAGE], outputs: [SCORE] });
  expect(endpoint.calls).toMatchObject([{ method: 'GET', url: '/v2/models/nodules/versions/3' }]);
});

test('kept for a while, and asked anew after it', async () => {
  endpoint.answer((res) => json(res, SOUND));
  const ask = describer();
  await ask();
  await ask();
  expect(endpoint.calls).toHaveLength(1);
  nowMs = 1_000;
  await ask();
  expect(endpoint.calls).toHaveLength(2);
});

test.each<[string, unknown, number?]>([
  ['an error', { error: 'unknown model' }, 404],
  ['another status', SOUND, 202],
  ['no JSON', 'oops'],
  ['no tensors', { name: 'nodules' }],
  ['a datatype that is a sentence', { ...SOUND, inputs: [{ ...IMAGE, datatype: 'patient SMITH' }] }],
  ['a shape of fractions', { ...SOUND, inputs: [{ ...IMAGE, shape: [0.5] }] }],
  ['too many tensors', { ...SOUND, outputs: Array.from({ length: 300 }, () => SCORE) }],
])('%s -> nothing', async (_name, body, status = 200) => {
  endpoint.answer((res) => json(res, body, status));
  expect(await describer()()).toBeUndefined();
});

test.each<[string, Partial<EndpointBinding>]>([
  ['another dialect', { protocol: 'monai-label' }],
  ['a name that leads elsewhere', { endpointModel: '..' }],
  ['nobody there', { baseUrl: 'http://127.0.0.1:1' }],
])('%s -> nothing', async (_name, binding) => {
  expect(await describer()(binding)).toBeUndefined();
});

test('whoever asks leaves -> nothing', async () => {
  endpoint.answer(() => undefined);
  const leave = new AbortController();
  const asked = describer()({}, leave.signal);
  leave.abort();
  expect(await asked).toBeUndefined();
});
