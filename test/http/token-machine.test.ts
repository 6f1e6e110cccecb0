import { randomBytes } from 'node:crypto';
import request from 'supertest';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { newMachineKey } from '../../src/identity/machines/machine-key.ts';
import { openProgramHouse, type ProgramHouse } from '../fakes/program-house.ts';
import { CT_ONE, CT_SERIES, STUDY } from '../fakes/retrieval-house.ts';

const here = newMachineKey(randomBytes);
const elsewhere = newMachineKey(randomBytes);
const models = [{ model: 'lung-nodule', version: '2.1.0' }];
const IMAGE = `/dicom-web/studies/${STUDY}/series/${CT_SERIES}/instances/${CT_ONE}`;
let house: ProgramHouse;
beforeAll(async () => {
  const purpose = 'ai-results';
  house = await openProgramHouse({
    machines: {
      machines: [
        { id: 'here', purpose, models, addresses: ['127.0.0.1', '::1'], keyHash: here.keyHash },
        { id: 'elsewhere', purpose, models, addresses: ['192.0.2.0/24'], keyHash: elsewhere.keyHash },
      ],
    },
  });
});
afterAll(() => house.close());

test('a machine is told what it is', async () => {
  const { status, body } = await house.get('/auth/whoami', here.key);
  expect({ status, body }).toEqual({
    status: 200,
    body: { kind: 'machine', id: 'here', purpose: 'ai-results', models },
  });
});

test.each([
  ['an image', IMAGE, 403, 'not-permitted'],
  ['a search', '/dicom-web/studies', 403, 'not-permitted'],
  ['the list of models', '/api/models', 401, 'not-identified'],
  ['a list of cases', '/api/cases', 401, 'not-identified'],
  ['the case log', '/api/case-log', 401, 'not-identified'],
])('a machine’s key opens no door of people: %s', async (_name, path, status, code) => {
  const answer = await house.get(path, here.key);
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  expect(house.reading.pacs.asked).toEqual([]);
});

test('a machine makes no codes, and its key is no session', async () => {
  await expect(house.code(here.key)).rejects.toMatchObject({ code: 'not-identified' });
  expect((await house.getAtBrowser('/auth/whoami', here.key)).status).toBe(401);
});

test('a key from an address that is not its own is nobody, and is told', async () => {
  expect((await house.get('/auth/whoami', elsewhere.key)).status).toBe(401);
  expect(house.signIn.events.at(-1)).toMatchObject({
    method: 'machine',
    subject: 'elsewhere',
    code: 'wrong-address',
  });
});

test('a header that claims the right address does not help', async () => {
  const { status } = await request(house.app)
    .get('/auth/whoami')
    .set('Authorization', `Bearer ${elsewhere.key}`)
    .set('X-Forwarded-For', '192.0.2.7');
  expect(status).toBe(401);
});

test('a wrong key beside a good session is nobody: what fails is not tried as something else', async () => {
  const browser = await house.browser();
  const { status } = await request(house.app)
    .get('/auth/whoami')
    .set('Authorization', `Bearer ${newMachineKey(randomBytes).key}`)
    .set('Cookie', `${SESSION_COOKIE}=${browser}`);
  expect(status).toBe(401);
});
