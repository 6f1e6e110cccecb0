import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallPayload } from '../../src/flows/ports-inference.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { aStudy } from '../fakes/register-builder.ts';
import { failureOf, startTorchserveCalls, type TorchserveCalls } from '../fakes/torchserve-calls.ts';
import { sayError, type TorchserveFake } from '../fakes/torchserve-server.ts';

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]);
const OWN: CallPayload = { kind: 'torchserve', bytes: PNG, contentType: 'image/png' };
const studyInstanceUid = aStudy().studyInstanceUid;

let server: TorchserveFake;
let infer: TorchserveCalls['infer'];
let close: TorchserveCalls['close'];

beforeEach(async () => {
  ({ server, infer, close } = await startTorchserveCalls());
});
afterEach(() => close());

describe('what is sent', () => {
  test('the exact version, where the study is read, and nothing of a caller', async () => {
    await infer();
    expect(server.calls).toMatchObject([
      {
        method: 'POST',
        url: '/predictions/nodules/3',
        headers: { 'content-type': 'application/json', 'case-id': aCaseId(1) },
      },
    ]);
    expect(server.calls[0]?.headers).not.toHaveProperty('authorization');
    expect(JSON.parse(String(server.calls[0]?.body))).toEqual({
      study_instance_uid: studyInstanceUid,
      dicomweb_url: 'http://gateway.test/dicom-web',
      dicomweb_token: 'T',
    });
  });

  test('the caller’s own input as it came, and nothing of the study', async () => {
    await infer({ binding: { input: 'caller' }, payload: OWN });
    expect(server.calls).toMatchObject([{ headers: { 'content-type': 'image/png', 'content-length': '5' } }]);
    expect(server.calls[0]?.body).toEqual(PNG);
  });

  test('an endpoint that reads the study is sent nothing of the caller’s', async () => {
    await infer({ payload: OWN });
    expect(server.calls[0]?.headers['content-type']).toBe('application/json');
  });

  test.each<[string, Parameters<typeof infer>[0]]>([
    ['input of the caller’s that is not there', { binding: { input: 'caller' } }],
    ['a call of another dialect', { payload: { kind: 'oip-infer', inputs: [] } }],
    ['a version that makes no path', { binding: { endpointVersion: '..' } }],
    ['a model that makes no path', { binding: { endpointModel: '.' } }],
    ['an address that is none', { binding: { baseUrl: 'nonsense' } }],
  ])('%s: nothing', async (_name, asked) => {
    expect(failureOf(await infer(asked))).toBe('unreachable');
    expect(server.calls).toEqual([]);
  });

  test('names with slashes stay names', async () => {
    await infer({ binding: { endpointModel: 'a/b', endpointVersion: '../1?x#y' } });
    expect(server.calls[0]?.url).toBe('/predictions/a%2Fb/..%2F1%3Fx%23y');
  });
});

describe('the key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'torchserve-'));
  const keyFile = join(folder, 'key_file.json');
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (inference: unknown): void =>
    writeFileSync(keyFile, JSON.stringify({ inference, management: { key: 'M' }, API: { key: 'A' } }));

  test('is read anew with each call', async () => {
    const keyed = await startTorchserveCalls({ keyFile });
    for (const key of ['one', 'two']) {
      write({ key, 'expiration time': '2026-01-01T00:00:00' });
      await keyed.infer();
    }
    const keys = keyed.server.calls.map(({ headers }) => headers.authorization);
    expect(keys).toEqual(['Bearer one', 'Bearer two']);
    await keyed.close();
  });

  test.each([
    ['of no text', () => write({ key: 1 })],
    ['that would end the header', () => write({ key: 'a\r\nHost: b' })],
    ['that is not there', () => write(undefined)],
    ['in a file that is gone', () => rmSync(keyFile, { force: true })],
    ['in a file that is no JSON', () => writeFileSync(keyFile, '{')],
  ])('one %s: nothing is sent', async (_name, prepare) => {
    prepare();
    const keyed = await startTorchserveCalls({ keyFile });
    expect(failureOf(await keyed.infer())).toBe('unreachable');
    expect(keyed.server.calls).toEqual([]);
    await keyed.close();
  });

  test('goes to no other address', async () => {
    write({ key: 'one' });
    const keyed = await startTorchserveCalls({ baseUrl: 'http://127.0.0.1:9', keyFile });
    await keyed.infer();
    expect(keyed.server.calls[0]?.headers).not.toHaveProperty('authorization');
    await keyed.close();
  });
});

describe('faults', () => {
  test.each([
    [404, 'ModelVersionNotFoundException', 'endpoint-error'],
    [400, 'InvalidKeyException', 'endpoint-error'],
    [503, 'ServiceUnavailableException', 'unavailable'],
    [500, 'InternalServerException', 'endpoint-error'],
    [507, 'OutOfMemoryException', 'endpoint-error'],
  ])('%i %s', async (status, type, failure) => {
    server.answer((res) => sayError(res, status, type));
    expect(failureOf(await infer())).toBe(failure);
    expect(server.calls).toHaveLength(1);
  });

  test('a redirect is not followed', async () => {
    server.answer((res) => void res.writeHead(307, { location: `${server.managementUrl}/models` }).end());
    expect(failureOf(await infer())).toBe('bad-answer');
    expect([server.calls.length, server.looks.length]).toEqual([1, 0]);
  });

  test('too slow', async () => {
    server.answer(() => undefined);
    expect(failureOf(await infer({ binding: { timeoutMs: 50 } }))).toBe('timeout');
  });

  test('killed before it answers, and there is no server', async () => {
    server.answer((res) => res.destroy());
    expect(failureOf(await infer())).toBe('unreachable');
    expect(failureOf(await infer({ binding: { baseUrl: 'http://127.0.0.1:9' } }))).toBe('unreachable');
  });

  test('whoever asked leaves: the server is told', async () => {
    const leaving = new AbortController();
    const left = new Promise((resolve) => {
      server.answer((res) => {
        res.once('close', resolve);
        leaving.abort();
      });
    });
    expect(failureOf(await infer({ signal: leaving.signal }))).toBe('cancelled');
    await left;
  });
});
