import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signIn } from '../fakes/sign-in-driver.ts';
import { countersign, PROJECT, startProgram, type Running } from './command-line.ts';

jest.setTimeout(120_000);

interface SandboxFile {
  readonly baseUrl: string;
  readonly users: readonly {
    readonly username: string;
    readonly password: string;
    readonly role: string;
    readonly standing: string;
  }[];
  readonly models: readonly { readonly model: string; readonly version: string; readonly state: string }[];
  readonly studies: readonly {
    readonly studyInstanceUid: string;
    readonly modality: string;
    readonly burnedInText: boolean;
  }[];
}

const READY = /^countersign ready (http:\/\/127\.0\.0\.1:\d+)$/;

describe('the sandbox', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-sandbox-'));
  const data = join(folder, 'data');
  let sandbox: Running;

  const start = (...words: readonly string[]): Promise<Running> =>
    startProgram(['fixtures/sandbox/main.ts', '--data', data, ...words], READY);
  const described = (): SandboxFile => JSON.parse(readFileSync(join(data, 'sandbox.json'), 'utf8'));

  beforeAll(async () => {
    sandbox = await start('--port', '0');
  });

  afterAll(async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function runsFor(username: string): Promise<number> {
    const { baseUrl, users, studies } = described();
    const password = users.find((user) => user.username === username)?.password ?? '';
    const { cookie } = await signIn({ gatewayUrl: baseUrl, username, password });
    const answer = await fetch(`${baseUrl}/v2/models/burned-in-text/versions/1.0.0/infer`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: [], parameters: { study_instance_uid: studies[0]?.studyInstanceUid } }),
    });
    return answer.status;
  }

  test('says in one line where it is, and describes itself', () => {
    const file = described();
    expect(sandbox.said()).toBe(`countersign ready ${file.baseUrl}`);
    expect(file.users.map(({ role, standing }) => [role, standing])).toEqual([
      ['RC-AI radiologist', 'current'],
      ['AI-Operator radiographer', 'current'],
      ['trainee radiologist', expect.stringContaining('supervised')],
      ['lapsed radiologist', expect.stringContaining('lapsed')],
      ['someone not in the register', 'not in the register'],
      ['programme lead', 'programme lead'],
      ['auditor', 'auditor'],
    ]);
    expect(file.models).toContainEqual({ model: 'burned-in-text', version: '1.0.0', state: 'released' });
    expect(file.models.filter(({ state }) => state !== 'released')).toHaveLength(1);
    expect(new Set(file.studies.map(({ modality }) => modality))).toEqual(new Set(['CT', 'MR', 'CR', 'US']));
    expect(file.studies.filter(({ burnedInText }) => burnedInText)).toHaveLength(1);
  });

  test.each([
    { username: 'alice.osei', status: 200 },
    { username: 'ben.carter', status: 200 },
    { username: 'carol.singh', status: 200 },
    { username: 'david.lloyd', status: 403 },
    { username: 'erin.novak', status: 403 },
    { username: 'fiona.grant', status: 403 },
    { username: 'george.adeyemi', status: 403 },
  ])('$username runs the released version -> $status', async ({ username, status }) => {
    await expect(runsFor(username)).resolves.toBe(status);
  });

  test('its folder is refused by a gateway for patients', async () => {
    const certificate = join(folder, 'idp.crt');
    writeFileSync(certificate, readFileSync(join(data, 'identity-provider.crt')));
    const example = readFileSync(join(PROJECT, 'config/gateway.example.yaml'), 'utf8');
    const config = join(folder, 'gateway.yaml');
    writeFileSync(
      config,
      example
        .replace('./secrets/trust-idp.crt', certificate)
        .replace('dataDir: ./data', `dataDir: ${data}`)
        .replace(
          'entityId: https://idp.example.nhs.uk/saml2/idp/metadata',
          'entityId: urn:countersign:sandbox:identity-provider',
        ),
    );
    const entity = await countersign('serve', '--config', config);
    expect(entity).toMatchObject({
      code: 1,
      err: expect.stringContaining('names that begin with urn:countersign: are the gateway’s own'),
    });
    writeFileSync(
      config,
      readFileSync(config, 'utf8').replace(
        'urn:countersign:sandbox:identity-provider',
        'https://idp.example.nhs.uk',
      ),
    );
    const taken = await countersign('serve', '--config', config);
    expect(taken).toMatchObject({
      code: 1,
      err: expect.stringContaining('this folder belongs to the sandbox'),
    });
  });

  test('stopped and started again it is the same house, and its log verifies', async () => {
    const before = described();
    await expect(sandbox.stop()).resolves.toBe(0);
    sandbox = await start('--port', '0');
    expect(described().users).toEqual(before.users);
    await expect(runsFor('alice.osei')).resolves.toBe(200);
    await expect(countersign('verify', '--data', data)).resolves.toMatchObject({ code: 0 });
  });

  test('reset begins anew', async () => {
    await sandbox.stop();
    const key = readFileSync(join(data, 'case-log/verifier-key'), 'utf8');
    sandbox = await start('--port', '0', '--reset');
    expect(readFileSync(join(data, 'case-log/verifier-key'), 'utf8')).not.toBe(key);
  });

  test.each([['--reset'], ['--port']])(
    'a folder it did not make is refused (%s) and left as it is',
    async (flag) => {
      const foreign = mkdtempSync(join(folder, 'foreign-'));
      writeFileSync(join(foreign, 'thesis.txt'), 'precious');
      const words = flag === '--port' ? ['--port', '0'] : [flag];
      const started = startProgram(['fixtures/sandbox/main.ts', '--data', foreign, ...words], READY);
      await expect(started).rejects.toThrow(/the sandbox did not make it/);
      expect(existsSync(join(foreign, 'thesis.txt'))).toBe(true);
    },
  );

  test('a port in use is said so, with what to do', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const other = join(folder, 'other');
    const started = startProgram(
      ['fixtures/sandbox/main.ts', '--data', other, '--port', String(port)],
      READY,
    );
    await expect(started).rejects.toThrow(/is in use.*--port/);
    await new Promise((resolve) => server.close(resolve));
  });
});
