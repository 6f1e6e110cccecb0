import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fetch } from 'undici';
import { uidFor } from '../../fixtures/sandbox/dicom-file.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { openCaseLogReadOnly } from '../../src/caselog/open-case-log-read-only.ts';
import type { Config } from '../../src/config.ts';
import { hashPassword } from '../../src/identity/break-glass/password-hash.ts';
import { newMachineKey } from '../../src/identity/machines/machine-key.ts';
import { freePort } from '../fakes/free-port.ts';
import { AI_FINDING, AI_SCORE, buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

jest.setTimeout(120_000);

/** The watch looks every quarter of a minute, and wants two misses. */
const OPEN_WITHIN_MS = 45_000;
const POLL_MS = 250;
const STUDY = makeStudies().find(({ key }) => key === 'ct-with-ai-result')?.studyInstanceUid ?? '';
const AI_INSTANCES = ['sr', 'sc'].map((name) => uidFor(`ct-with-ai-result/${name}/1`));
const ACCOUNT = { username: 'emergency', password: 'a long word on paper in the safe' };
const machine = newMachineKey(randomBytes);

/** The one identity provider, as far as the watch asks it: it answers until the test closes it. */
const provider = createServer((_req, res) => res.end('there'));

let house: DoorsHouse;
let cookie = '';
let dataDir = '';
/** A house with an emergency door, whose only identity provider is looked for there. */
async function build(
  ssoUrl: string,
  onConfig: (config: Config) => void = () => undefined,
): Promise<DoorsHouse> {
  const text = await hashPassword(ACCOUNT.password, randomBytes);
  const keyHashFile = { path: '/nowhere', text: `${machine.keyHash}\n` };
  return await buildDoorsHouse({
    ssoUrlOf: () => ssoUrl,
    adapt: (config) => {
      onConfig(config);
      return {
        ...config,
        identity: {
          ...config.identity,
          breakGlass: {
            username: ACCOUNT.username,
            passwordHashFile: { path: '/nowhere', text },
            minutes: 60,
            probeSeconds: 0.5,
          },
          machines: [
            { id: 'scanner', purpose: 'pacs-events', models: [], addresses: ['127.0.0.0/8'], keyHashFile },
          ],
        },
      };
    },
  });
}

beforeAll(async () => {
  const port = await freePort();
  await once(provider.listen(port, '127.0.0.1'), 'listening');
  house = await build(`http://127.0.0.1:${String(port)}/sso`, (config) => void ({ dataDir } = config));
});
afterAll(async () => {
  provider.close();
  await house.close();
});

const enter = (password = ACCOUNT.password, { url } = house) =>
  fetch(`${url}/auth/break-glass`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...ACCOUNT, password }).toString(),
  });
const get = (path: string, headers: Readonly<Record<string, string>> = { cookie }) =>
  fetch(`${house.url}${path}`, { redirect: 'manual', headers });

/** Until it is open: one miss is no proof, and two take their time. */
async function enterWhenOpen(at: DoorsHouse): Promise<string> {
  const endsAt = performance.now() + OPEN_WITHIN_MS;
  for (;;) {
    if ((await fetch(`${at.url}/auth/break-glass`)).status === 200) break;
    if (performance.now() > endsAt) throw new Error('the emergency door did not open');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const answer = await enter(ACCOUNT.password, at);
  expect(answer.status).toBe(303);
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

test('closed while the provider is there, it opens when that has been away for two rounds', async () => {
  const atFirst = await enter();
  expect({ status: atFirst.status, cookie: atFirst.headers.get('set-cookie') }).toEqual({
    status: 403,
    cookie: null,
  });
  expect(await atFirst.text()).toContain('break-glass-closed');
  // From now on nobody listens there.
  provider.close();
  provider.closeAllConnections();
  cookie = await enterWhenOpen(house);
  expect((await enter('wrong')).status).toBe(403);
});

test('images are open, what AI made of them is not', async () => {
  const search = await get(`/dicom-web/studies/${STUDY}/instances`);
  expect(search.status).toBe(200);
  const listed = await search.text();
  expect(listed).toContain(uidFor('ct-with-ai-result/1/1'));
  for (const uid of AI_INSTANCES) expect(listed).not.toContain(uid);
  const image = await get(
    `/dicom-web/studies/${STUDY}/series/${uidFor('ct-with-ai-result/1')}/instances/${uidFor('ct-with-ai-result/1/1')}`,
  );
  expect(image.status).toBe(200);
  for (const name of ['sr', 'sc']) {
    const path = `/dicom-web/studies/${STUDY}/series/${uidFor(`ct-with-ai-result/${name}`)}/instances/${uidFor(`ct-with-ai-result/${name}/1`)}`;
    const result = await get(path);
    expect(result.status).toBe(403);
    const body = await result.text();
    expect(body).toContain('assurance-too-low');
    expect(body).not.toContain(AI_FINDING);
  }
});

test('who read what is on record, as emergency access, once', async () => {
  const log = openCaseLogReadOnly({ dir: join(dataDir, 'case-log') });
  const endsAt = performance.now() + OPEN_WITHIN_MS;
  for (;;) {
    const reads = await log.entries({ kinds: ['study.accessed'], limit: 10 });
    if (reads.length > 0 || performance.now() > endsAt) {
      expect(reads).toMatchObject([
        {
          personal: { studyUid: STUDY },
          facts: { access: { emergency: true }, auth: { method: 'break-glass' } },
        },
      ]);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  log.close();
});

test('no AI is called and no record is read', async () => {
  const models = await get(`/api/models?study=${STUDY}`);
  const listed = await models.text();
  expect(listed).toContain('assurance-too-low');
  expect(listed).not.toMatch(/"permitted":\s*true/);
  const called = await fetch(`${house.url}/v2/models/burned-in-text/versions/2.0.0/infer`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify({ inputs: [], parameters: { study_instance_uid: STUDY } }),
  });
  expect(called.status).toBe(403);
  expect(await called.text()).not.toContain(String(AI_SCORE));
  // The gateway looks at its endpoints now and then, and asks nothing of them with that.
  expect(house.endpoint.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  for (const path of [
    '/api/cases',
    '/api/case-log',
    '/api/case-log/export',
    '/api/drift',
    '/me/cases',
    '/case-log',
  ]) {
    expect({ path, status: (await get(path)).status }).not.toEqual({ path, status: 200 });
  }
});

test('a machine’s key says who it is, and reads nothing', async () => {
  const headers = { authorization: `Bearer ${machine.key}` };
  expect(await (await get('/auth/whoami', headers)).json()).toMatchObject({ kind: 'machine', id: 'scanner' });
  expect((await get(`/dicom-web/studies/${STUDY}/instances`, headers)).status).toBe(403);
  expect((await get('/api/models', headers)).status).toBe(401);
});

test('a gateway that starts while the provider is away opens it, too', async () => {
  // Nobody listens there.
  const away = await build('http://127.0.0.1:1/sso');
  try {
    expect(await enterWhenOpen(away)).not.toBe('');
  } finally {
    await away.close();
  }
});
