import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EndpointBinding } from '../../src/domain/register.ts';
import type { ProbeAnswer } from '../../src/flows/ports-attestation.ts';
import { createEndpointProber } from '../../src/upstreams/endpoint-prober.ts';
import { createTorchserveServers } from '../../src/upstreams/torchserve-servers.ts';
import { aBinding } from '../fakes/register-builder.ts';
import {
  aDescription,
  sayError,
  sayJson,
  startTorchserve,
  type TorchserveFake,
} from '../fakes/torchserve-server.ts';

let server: TorchserveFake;
beforeEach(async () => {
  server = await startTorchserve();
});
afterEach(() => server.close());

const NEVER = new AbortController().signal;

async function look(
  config: { readonly managementUrl?: string; readonly keyFile?: string } = {
    managementUrl: server.managementUrl,
  },
  changes: Partial<EndpointBinding> = {},
): Promise<ProbeAnswer> {
  const { baseUrl } = server;
  const prober = createEndpointProber(createTorchserveServers([{ baseUrl, ...config }]));
  try {
    const binding = aBinding({ protocol: 'torchserve', attestation: 'metadata', baseUrl, ...changes });
    return await prober.probe(binding, NEVER);
  } finally {
    await prober.close();
  }
}

const says = (version: string, model = 'nodules'): ProbeAnswer => ({ kind: 'attested', model, version });
const worker = (status: string) => ({ workers: [{ id: '9000', status }] });

interface Row {
  readonly name: string;
  readonly how: (res: ServerResponse) => void;
  readonly said: ProbeAnswer;
}

const row = (name: string, value: unknown, said: ProbeAnswer): Row => ({
  ...{ name, said },
  how: (res) => sayJson(res, value, 200, 'application/json'),
});
const fails = (name: string, status: number, type: string, said: ProbeAnswer): Row => ({
  ...{ name, said },
  how: (res) => sayError(res, status, type),
});
const SILENT = { kind: 'silent' } as const;
const ABSENT = { kind: 'absent' } as const;
const AWAY = { kind: 'away' } as const;

test.each<Row>([
  row('serves it', aDescription(), says('3')),
  row('serves another version', aDescription({ modelVersion: '4' }), says('4')),
  row('speaks of another model', aDescription({ modelName: 'nodes' }), says('3', 'nodes')),
  row(
    'serves another version, and nobody works',
    aDescription({ modelVersion: '4', workers: [] }),
    says('4'),
  ),
  row('has no worker', aDescription({ workers: [] }), AWAY),
  row('has none that is ready', aDescription(worker('UNLOADING')), AWAY),
  row(
    'has one of two that is ready',
    aDescription({ workers: [{ status: 'LOADING' }, { status: 'READY' }] }),
    says('3'),
  ),
  row('lists two', [...aDescription(), ...aDescription()], SILENT),
  row('lists none', [], SILENT),
  row('is no list', aDescription()[0], SILENT),
  row('has a number for a version', aDescription({ modelVersion: 3 }), SILENT),
  row('has control characters', aDescription({ modelVersion: '3\u0000' }), SILENT),
  row('says nothing of workers', aDescription({ workers: undefined }), SILENT),
  row('is no JSON', '<html>', SILENT),
  row('is longer than a megabyte', aDescription({ junk: 'x'.repeat(2_000_000) }), SILENT),
  fails('does not have the version', 404, 'ModelVersionNotFoundException', ABSENT),
  fails('does not have the model', 404, 'ModelNotFoundException', ABSENT),
  fails('is asked at a wrong address', 404, 'ResourceNotFoundException', SILENT),
  fails('wants another key', 400, 'InvalidKeyException', SILENT),
  fails('fails', 500, 'InternalServerException', SILENT),
  {
    name: 'sends elsewhere',
    how: (res) => void res.writeHead(302, { location: '/x' }).end('[]'),
    said: SILENT,
  },
  { name: 'ends the connection', how: (res) => void res.destroy(), said: AWAY },
])('the management address $name', async ({ how, said }) => {
  server.describe(how);
  expect(await look()).toEqual(said);
  expect(server.looks.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /models/nodules/3']);
  expect(server.calls).toEqual([]);
});

test.each(['.', '..', ''])('a name that makes no path (%p) is not asked for', async (name) => {
  expect(await look(undefined, { endpointModel: name })).toEqual(SILENT);
  expect(await look(undefined, { endpointVersion: name })).toEqual(SILENT);
  expect(server.looks).toEqual([]);
});

test('a version with slashes stays one', async () => {
  await look(undefined, { endpointVersion: '3/../4' });
  expect(server.looks[0]?.url).toBe('/models/nodules/3%2F..%2F4');
});

describe('no management address', () => {
  test('it is well, and that says nothing of a version', async () => {
    expect(await look({})).toEqual(SILENT);
    expect(server.looks).toEqual([]);
  });

  test('it is not well, or there is none', async () => {
    const unwell = await startTorchserve();
    unwell.answer((res) => sayJson(res, { status: 'Unhealthy' }, 500));
    expect(await look({}, { baseUrl: `${unwell.baseUrl}/behind` })).toEqual(AWAY);
    await unwell.close();
    expect(await look({}, { baseUrl: 'http://127.0.0.1:9' })).toEqual(AWAY);
  });
});

describe('keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'torchserve-'));
  const keyFile = join(folder, 'key_file.json');
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('the management address is opened by its own', async () => {
    writeFileSync(keyFile, '{"inference":{"key":"I"},"management":{"key":"M"},"API":{"key":"A"}}');
    expect(await look({ managementUrl: server.managementUrl, keyFile })).toEqual(says('3'));
    expect(server.looks[0]?.headers.authorization).toBe('Bearer M');
  });

  test('without it nothing is asked', async () => {
    writeFileSync(keyFile, '{"inference":{"key":"I"}}');
    expect(await look({ managementUrl: server.managementUrl, keyFile })).toEqual(SILENT);
    expect(server.looks).toEqual([]);
  });
});
