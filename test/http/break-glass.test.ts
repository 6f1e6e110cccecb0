import crypto, { argon2Sync } from 'node:crypto';
import request, { type Response } from 'supertest';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { openProgramHouse, type ProgramHouse } from '../fakes/program-house.ts';
import { CT_ONE, CT_SERIES, REPORT, REPORT_SERIES, STUDY } from '../fakes/retrieval-house.ts';
import { openSignInHouse } from '../fakes/sign-in-house.ts';

const IMAGE = `/dicom-web/studies/${STUDY}/series/${CT_SERIES}/instances/${CT_ONE}`;
const RESULT = `/dicom-web/studies/${STUDY}/series/${REPORT_SERIES}/instances/${REPORT}`;
/** Stands in the record for good. */
const BREAK_GLASS_PROVIDER = 'urn:countersign:break-glass';
const RIGHT = { username: 'emergency', password: 'a long word on paper in the safe' };
const ALARM = {
  outcome: 'alarm',
  code: 'break-glass-used',
  provider: BREAK_GLASS_PROVIDER,
  subject: 'emergency',
  method: 'break-glass',
  assurance: 1,
};

let areAllAway = true;
let house: ProgramHouse;
const account = {
  username: 'emergency',
  passwordHash: cheapHash(RIGHT.password),
  areAllAway: () => areAllAway,
};
let shared: ProgramHouse;
beforeAll(async () => {
  shared = await openProgramHouse({ breakGlass: account });
});
beforeEach(async () => {
  areAllAway = true;
  house = shared;
  house.signIn.events.length = 0;
  await house.signIn.database.deleteFrom('login_session').execute();
});
afterEach(async () => {
  if (house !== shared) await house.close();
});
afterAll(() => shared.close());

const enter = (form: Readonly<Record<string, string>> | string = RIGHT) =>
  house.post('/auth/break-glass', form);
const sessionIn = (answer: Response): string =>
  /=([A-Za-z0-9_-]{43})/.exec(String(answer.headers['set-cookie']))?.[1] ?? 'none';
const codesOf = (events: readonly { outcome: string; code?: string }[]) =>
  events.map(({ outcome, code }) => code ?? outcome);

/** As cheap as is taken, so that the test is quick. */
function cheapHash(password: string): string {
  const salt = Buffer.alloc(16, 1);
  const cost = { memory: 7_168, passes: 5, parallelism: 1, tagLength: 32 };
  const hash = argon2Sync('argon2id', { message: password, nonce: salt, ...cost });
  const plain = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=7168,t=5,p=1$${plain(salt)}$${plain(hash)}`;
}

test('while no provider answers it opens plain images, and nothing else', async () => {
  const answer = await enter({ ...RIGHT, return: '/me/studies?x=1' });
  expect({ status: answer.status, location: answer.headers['location'] }).toEqual({
    status: 303,
    location: '/me/studies?x=1',
  });
  const session = sessionIn(answer);
  const get = (path: string) => house.getAtBrowser(path, session);
  expect((await get(IMAGE)).status).toBe(200);
  const locked = await get(RESULT);
  expect(locked.status).toBe(403);
  expect(locked.body.reasons).toEqual([
    expect.objectContaining({ code: 'identity-unmapped' }),
    expect.objectContaining({ code: 'assurance-too-low', text: expect.stringContaining('break-glass') }),
  ]);
  const models = await get('/api/models');
  expect(models.body.models).toEqual([expect.objectContaining({ permitted: false })]);
  expect((await get('/api/cases')).body.code).toBe('not-permitted');
  expect((await get('/api/case-log')).body.code).toBe('not-permitted');
  expect((await get('/auth/whoami')).body).toMatchObject({
    practitioner: null,
    identityProvider: BREAK_GLASS_PROVIDER,
    method: 'break-glass',
    assurance: 1,
  });
  await expect(house.code(session)).rejects.toMatchObject({ code: 'not-permitted' });
});

test('every entry is an alarm before it is a sign-in', async () => {
  await enter();
  expect(house.signIn.events).toMatchObject([ALARM, { outcome: 'signed-in', method: 'break-glass' }]);
});

test('it ends by itself after an hour', async () => {
  house = await openProgramHouse({ breakGlass: account });
  const session = sessionIn(await enter());
  house.signIn.passTime(29 * 60_000);
  expect((await house.getAtBrowser(IMAGE, session)).status).toBe(200);
  house.signIn.passTime(29 * 60_000);
  expect((await house.getAtBrowser(IMAGE, session)).status).toBe(200);
  house.signIn.passTime(2 * 60_000);
  expect((await house.getAtBrowser(IMAGE, session)).status).toBe(401);
});

describe('as soon as a provider is back', () => {
  test('the door is closed, whatever is typed', async () => {
    areAllAway = false;
    const answers = [
      await enter(),
      await enter({ ...RIGHT, password: 'wrong' }),
      await enter({ username: '', password: '' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(answers.map(({ headers }) => headers['set-cookie'])).toEqual([undefined, undefined, undefined]);
    expect(codesOf(house.signIn.events)).toEqual(Array.from({ length: 3 }, () => 'break-glass-closed'));
  });

  test('a session that is used ends, and that is told', async () => {
    const session = sessionIn(await enter());
    areAllAway = false;
    expect((await house.getAtBrowser(IMAGE, session)).status).toBe(401);
    expect(codesOf(house.signIn.events)).toEqual(['break-glass-used', 'signed-in', 'break-glass-over']);
    expect(await house.signIn.subjects()).toEqual([]);
    areAllAway = true;
    expect((await house.getAtBrowser(IMAGE, session)).status).toBe(401);
  });

  test('sessions that nobody uses are ended, too, and nobody else’s', async () => {
    await enter();
    await enter();
    const alice = await house.browser();
    await house.signIn.identity.endBreakGlass();
    expect(await house.signIn.subjects()).toEqual(['alice.osei']);
    expect((await house.getAtBrowser(IMAGE, alice)).status).toBe(200);
    expect(codesOf(house.signIn.events).slice(-2)).not.toContain('break-glass-used');
    expect(codesOf(house.signIn.events).filter((code) => code === 'break-glass-over')).toHaveLength(2);
  });

  test('also when it comes back while the password is being checked', async () => {
    const answers = [true, false];
    const own = await openProgramHouse({
      breakGlass: { ...account, areAllAway: () => answers.shift() ?? false },
    });
    const answer = await own.post('/auth/break-glass', RIGHT);
    expect({ status: answer.status, cookie: answer.headers['set-cookie'] }).toEqual({
      status: 403,
      cookie: undefined,
    });
    expect(codesOf(own.signIn.events)).toEqual(['break-glass-closed']);
    await own.close();
  });
});

test.each<{ name: string; form: Readonly<Record<string, string>> | string }>([
  { name: 'a wrong password', form: { ...RIGHT, password: 'wrong' } },
  { name: 'a wrong name', form: { ...RIGHT, username: 'admin' } },
  { name: 'another case', form: { ...RIGHT, username: 'Emergency' } },
  { name: 'no password', form: { username: 'emergency' } },
  { name: 'nothing', form: '' },
  { name: 'the hash itself', form: { ...RIGHT, password: account.passwordHash } },
  {
    name: 'a password twice',
    form: `username=emergency&password=x&password=${encodeURIComponent(RIGHT.password)}`,
  },
  { name: 'a very long password', form: { ...RIGHT, password: 'x'.repeat(10_000) } },
])('$name is refused in one way', async ({ form }) => {
  const answer = await enter(form);
  expect({ status: answer.status, cookie: answer.headers['set-cookie'] }).toEqual({
    status: 403,
    cookie: undefined,
  });
  expect(answer.text).toContain('wrong-credentials');
  expect(house.signIn.events).toEqual([
    { outcome: 'refused', provider: BREAK_GLASS_PROVIDER, method: 'break-glass', code: 'wrong-credentials' },
  ]);
});

test('a wrong name costs as much as a wrong password', async () => {
  const hashing = jest.spyOn(crypto, 'argon2');
  const costOf = async (form: Readonly<Record<string, string>>): Promise<readonly unknown[]> => {
    hashing.mockClear();
    await enter(form);
    return hashing.mock.calls.map(([algorithm, { memory, passes, parallelism, tagLength }]) => [
      algorithm,
      { memory, passes, parallelism, tagLength },
    ]);
  };
  // All else is nothing beside it.
  const once = [['argon2id', { memory: 7_168, passes: 5, parallelism: 1, tagLength: 32 }]];
  expect(await costOf({ ...RIGHT, username: 'x' })).toEqual(once);
  expect(await costOf({ ...RIGHT, password: 'x' })).toEqual(once);
  hashing.mockRestore();
});

test('never sends anybody elsewhere', async () => {
  for (const path of ['https://evil.example/', '//evil.example', '/\\evil.example', '']) {
    expect((await enter({ ...RIGHT, return: path })).headers['location']).toBe('/');
  }
});

test('attempts are counted by account and by address', async () => {
  for (const [bounds, other] of [
    [{ perAddressPerMinute: 1_000, perAccountPerMinute: 3 }, 'emergency'],
    [{ perAddressPerMinute: 3, perAccountPerMinute: 1_000 }, 'somebody'],
  ] as const) {
    house = await openProgramHouse({ breakGlass: account, bounds });
    for (let tries = 0; tries < 3; tries += 1) await enter({ username: other, password: 'wrong' });
    expect((await enter()).status).toBe(429);
    if (other === 'emergency') await house.close();
  }
});

test('a page of another site cannot use it', async () => {
  const answer = await request(house.app)
    .post('/auth/break-glass')
    .set('Origin', 'https://evil.example')
    .type('form')
    .send(RIGHT);
  expect(answer.status).toBe(403);
  expect(house.signIn.events).toEqual([]);
});

test('is off unless the config names an account', async () => {
  house = await openProgramHouse();
  expect(house.signIn.identity.doors.breakGlass).toBeUndefined();
  const answer = await enter();
  expect({ status: answer.status, cookie: answer.headers['set-cookie'] }).toEqual({
    status: 404,
    cookie: undefined,
  });
  await house.signIn.identity.endBreakGlass();
});

test('without its store nobody comes in', async () => {
  house = await openProgramHouse({ breakGlass: account });
  await house.signIn.database.destroy();
  const answer = await enter();
  expect({ status: answer.status, cookie: answer.headers['set-cookie'] }).toEqual({
    status: 503,
    cookie: undefined,
  });
});

test.each<{ name: string; change: Partial<typeof account> & { lifetimeMs?: number } }>([
  { name: 'a password in clear', change: { passwordHash: RIGHT.password } },
  { name: 'no name', change: { username: '' } },
  { name: 'no time', change: { lifetimeMs: 0 } },
])('an account with $name is refused at start', async ({ change }) => {
  const programs: { breakGlass?: typeof account } = {};
  const own = await openSignInHouse({ programs });
  programs.breakGlass = { ...account, ...change };
  expect(() => own.restart()).toThrow(expect.objectContaining({ code: 'internal' }));
  await own.close();
});

test('a code that was made for it all the same is worth nothing', async () => {
  const sessionToken = sessionIn(await enter());
  const made = await house.signIn.identity.codes.issue({ sessionToken, scopes: ['images'] });
  const form = { grant_type: 'password', username: made.username, password: made.code };
  expect((await house.post('/auth/token', form)).body.error).toBe('invalid_grant');
});

test('the session is that of a browser', async () => {
  const session = sessionIn(await enter());
  expect((await house.get('/auth/whoami', session)).status).toBe(401);
  const cookie = `${SESSION_COOKIE}=${session}`;
  expect((await request(house.app).get('/auth/whoami').set('Cookie', cookie)).status).toBe(200);
});
