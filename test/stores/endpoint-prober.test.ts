import type { ServerResponse } from 'node:http';
import type { EndpointBinding } from '../../src/domain/register.ts';
import type { ProbeAnswer } from '../../src/flows/ports-attestation.ts';
import { createEndpointProber } from '../../src/upstreams/endpoint-prober.ts';
import { aBinding } from '../fakes/register-builder.ts';
import { json, startScriptedEndpoint, type ScriptedEndpoint } from '../fakes/scripted-endpoint.ts';

const prober = createEndpointProber();
let endpoint: ScriptedEndpoint;
beforeEach(async () => {
  endpoint = await startScriptedEndpoint();
});
afterEach(() => endpoint.close());
afterAll(() => prober.close());

const NEVER = new AbortController().signal;
const probe = (changes: Partial<EndpointBinding> = {}, signal = NEVER): Promise<ProbeAnswer> =>
  prober.probe(aBinding({ baseUrl: endpoint.baseUrl, ...changes }), signal);

const HEX = 'a1'.repeat(32);
const SILENT = { kind: 'silent' } as const;
const ABSENT = { kind: 'absent' } as const;

interface Row {
  readonly name: string;
  readonly protocol: EndpointBinding['protocol'];
  readonly body: unknown;
  readonly status?: number;
  readonly said: ProbeAnswer;
}

const oip = (name: string, body: unknown, said: ProbeAnswer, status?: number): Row => ({
  ...{ name, protocol: 'oip-v2', body, said },
  ...(status === undefined ? {} : { status }),
});
const monai = (name: string, body: unknown, said: ProbeAnswer, status?: number): Row => ({
  ...oip(name, body, said, status),
  protocol: 'monai-label',
});
const chat = (name: string, body: unknown, said: ProbeAnswer, status?: number): Row => ({
  ...oip(name, body, said, status),
  protocol: 'openai-chat',
});
const nodules = (version?: string): ProbeAnswer => ({
  kind: 'attested',
  model: 'nodules',
  ...(version === undefined ? {} : { version }),
});

const ROWS: readonly Row[] = [
  oip('names it', { name: 'nodules', versions: ['2', '3'], platform: 'onnx' }, nodules('3')),
  oip('lists others', { name: 'nodules', versions: ['2', '4'] }, nodules('4')),
  oip('lists none', { name: 'nodules', versions: [] }, nodules()),
  oip('has no versions', { name: 'nodules' }, nodules()),
  oip('has null for versions', { name: 'nodules', versions: null }, nodules()),
  oip(
    'names another model',
    { name: 'nodes', versions: ['3'] },
    {
      kind: 'attested',
      model: 'nodes',
      version: '3',
    },
  ),
  oip('does not serve it', { error: 'unknown model' }, ABSENT, 404),
  oip("a proxy's own 404", { message: 'no route' }, SILENT, 404),
  oip('is not ready', { error: 'not ready' }, SILENT, 400),
  oip('says something else', { hello: 'world' }, SILENT),
  oip('is no JSON', '<html>', SILENT),
  oip('nests without end', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, SILENT),
  oip('is not UTF-8 to the end', '{"name":"nodules"', SILENT),
  oip('has a name of control characters', { name: 'nod\u0000ules', versions: ['3'] }, SILENT),
  monai(
    'says its checksum',
    { checksum: `SHA256:${HEX.toUpperCase()}`, modified_time: 1 },
    {
      kind: 'attested',
      model: 'nodules',
      checksum: `sha256:${HEX}`,
    },
  ),
  monai('has none', { modified_time: 1 }, nodules()),
  monai('has another kind', { checksum: 'MD5:00' }, SILENT),
  monai('wants a login', { detail: 'Not authenticated' }, SILENT, 401),
  monai('does not have it', { detail: 'Not Found' }, ABSENT, 404),
  monai("a proxy's own 404", 'nothing here', SILENT, 404),
  chat('lists it', { object: 'list', data: [{ id: 'other' }, { id: 'nodules' }] }, nodules()),
  chat('lists others', { object: 'list', data: [{ id: 'other' }] }, ABSENT),
  chat('lists nothing readable', { data: 'nodules' }, SILENT),
  chat('wants a key', { error: { message: 'no' } }, SILENT, 401),
];

test.each(ROWS)('$protocol $name', async ({ protocol, body, status, said }) => {
  endpoint.answer((res) => json(res, body, status));
  expect(await probe({ protocol })).toEqual(said);
});

test.each([
  ['oip-v2', '/v2/models/nodules/versions/3'],
  ['monai-label', '/model/info/nodules'],
  ['openai-chat', '/v1/models'],
] as const)('%s is asked at %s, below a base with a path, with no body', async (protocol, path) => {
  await probe({ protocol, baseUrl: `${endpoint.baseUrl}/serving` });
  expect(endpoint.calls).toMatchObject([{ method: 'GET', url: `/serving${path}`, body: null }]);
  expect(endpoint.calls[0]?.headers).not.toHaveProperty('authorization');
});

test.each(['.', '..', ''])('a name that makes no path (%p) is not asked for', async (name) => {
  expect(await probe({ endpointModel: name })).toEqual(SILENT);
  expect(await probe({ endpointVersion: name })).toEqual(SILENT);
  expect(await probe({ protocol: 'monai-label', endpointModel: name })).toEqual(SILENT);
  expect(endpoint.calls).toEqual([]);
});

test('a redirect is not followed', async () => {
  endpoint.answer((res) => void res.writeHead(302, { location: '/elsewhere' }).end('{}'));
  expect(await probe()).toEqual(SILENT);
  expect(endpoint.calls).toHaveLength(1);
});

describe('nobody answers', () => {
  const AWAY = { kind: 'away' };

  test.each<{ name: string; how: (res: ServerResponse) => void }>([
    { name: 'the connection ends', how: (res) => void res.destroy() },
    { name: 'in time', how: () => undefined },
    { name: 'to the end', how: (res) => void res.writeHead(200).write('{"name":') },
  ])('$name', async ({ how }) => {
    endpoint.answer(how);
    expect(await probe({ timeoutMs: 100 })).toEqual(AWAY);
  });

  test('there is no server', async () => {
    expect(await probe({ baseUrl: 'http://127.0.0.1:9' })).toEqual(AWAY);
  });

  test('whoever asks goes', async () => {
    const leaving = new AbortController();
    endpoint.answer(() => leaving.abort());
    expect(await probe({}, leaving.signal)).toEqual(AWAY);
  });
});

test('more than a megabyte is not read', async () => {
  endpoint.answer((res) => json(res, { name: 'nodules', versions: ['3'], junk: 'x'.repeat(2_000_000) }));
  expect(await probe()).toEqual(SILENT);
});
