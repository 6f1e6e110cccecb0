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

/** A sealed result, for whoever may read it. */
interface Seen {
  readonly digest: string;
  readonly result: unknown;
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

  type Ask = (path: string, body?: unknown) => Promise<Response>;

  /** Asks as one of the cast, whose own the answers are. */
  async function signedIn(username: string): Promise<Ask> {
    const { baseUrl, users } = described();
    const password = users.find((user) => user.username === username)?.password ?? '';
    const { cookie } = await signIn({ gatewayUrl: baseUrl, username, password });
    return (path, body) =>
      fetch(`${baseUrl}${path}`, {
        headers: { cookie, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
  }

  async function runsFor(username: string): Promise<number> {
    const ask = await signedIn(username);
    const study_instance_uid = described().studies[0]?.studyInstanceUid;
    const body = { inputs: [], parameters: { study_instance_uid } };
    return (await ask('/v2/models/burned-in-text/versions/1.0.0/infer', body)).status;
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
      ['pharmacist', expect.stringContaining('co-signs')],
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

  test('a prescribing suggestion is nobody’s until the pharmacist has signed it', async () => {
    const [asker, pharmacist] = [await signedIn('alice.osei'), await signedIn('hana.patel')];
    const ran = await asker('/v2/models/template-prescriber/versions/1.0.0/infer', {
      inputs: [],
      parameters: { study_instance_uid: described().studies[0]?.studyInstanceUid },
    });
    const caseId = ran.headers.get('case-id') ?? '';
    expect([ran.status, await ran.text()]).toEqual([403, expect.stringContaining('co-signature-missing')]);
    expect((await asker(`/api/co-sign/${caseId}`)).status).toBe(403);
    const shown = await pharmacist(`/api/co-sign/${caseId}`);
    const seen: Seen = JSON.parse(await shown.text());
    expect(JSON.stringify(seen.result)).toContain('names no drug and no dose');
    const signed = await pharmacist(`/api/co-sign/${caseId}`, { answer: 'co-signed', digest: seen.digest });
    expect(signed.status).toBe(201);
    const read: Seen = JSON.parse(await (await asker(`/api/cases/${caseId}/result`)).text());
    expect(read.result).toEqual(seen.result);
  });

  test('a record query says whose records it is about', async () => {
    const asker = await signedIn('alice.osei');
    const study = described().studies[0]?.studyInstanceUid;
    const asked = {
      model: 'template-record-reader@1.0.0',
      messages: [{ role: 'user', content: 'Allergies?' }],
    };
    const nobody = await asker('/v1/chat/completions', { ...asked, metadata: { study_instance_uid: study } });
    expect(nobody.status).toBe(400);
    const metadata = { study_instance_uid: study, patients: '["SBX-0001","SBX-0002"]' };
    const found = await asker('/v1/chat/completions', { ...asked, metadata });
    expect(found.status).toBe(200);
    expect(await found.text()).toContain('Records asked about: SBX-0001, SBX-0002');
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
