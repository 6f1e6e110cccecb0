import { argon2Sync } from 'node:crypto';
import type { Express } from 'express';
import request from 'supertest';
import { buildApp } from '../../src/http/build-app.ts';
import { edgeDeps } from '../fakes/edge-app.ts';
import { GATEWAY_URL, openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

const MINUTE_MS = 60_000;
const RIGHT = { username: 'emergency', password: 'a long word on paper in the safe' };
const WRONG = { ...RIGHT, password: 'wrong' };

let house: SignInHouse;
let app: Express;
beforeEach(async () => {
  const breakGlass = {
    username: RIGHT.username,
    passwordHash: cheapHash(RIGHT.password),
    areAllAway: () => true,
  };
  const bounds = { perAddressPerMinute: 1_000, perAccountPerMinute: 10 };
  house = await openSignInHouse({ programs: { breakGlass, bounds } });
  // A minute begins, in which all of a test happens.
  house.passTime(MINUTE_MS - (Date.now() % MINUTE_MS));
  const trustedHops = [{ addresses: ['127.0.0.1', '::1'] }];
  app = buildApp(edgeDeps({ doors: house.identity.doors, publicUrl: GATEWAY_URL, trustedHops }));
});
afterEach(() => house.close());

/** As cheap as is taken, so that the test is quick. */
function cheapHash(password: string): string {
  const salt = Buffer.alloc(16, 1);
  const cost = { memory: 7_168, passes: 5, parallelism: 1, tagLength: 32 };
  const hash = argon2Sync('argon2id', { message: password, nonce: salt, ...cost });
  const plain = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=7168,t=5,p=1$${plain(salt)}$${plain(hash)}`;
}

const enterFrom = async (address: string, form: Readonly<Record<string, string>>) =>
  (await request(app).post('/auth/break-glass').set('X-Forwarded-For', address).type('form').send(form))
    .status;
const alarms = (): number => house.events.filter(({ code }) => code === 'break-glass-guessed').length;

test('ten wrong passwords lock out whoever sits there, and nobody else', async () => {
  for (let tries = 0; tries < 10; tries += 1) expect(await enterFrom('192.0.2.1', WRONG)).toBe(403);
  expect(await enterFrom('192.0.2.1', RIGHT)).toBe(429);
  expect(await enterFrom('192.0.2.2', RIGHT)).toBe(303);
  expect(alarms()).toBe(0);
});

test('from many places they are an alarm, once a minute, and lock out nobody', async () => {
  for (let place = 0; place < 13; place += 1) {
    const ends = Array.from({ length: 10 }, () => enterFrom(`192.0.2.${place}`, WRONG));
    for (const status of await Promise.all(ends)) expect([403, 429]).toContain(status);
  }
  expect(await enterFrom('198.51.100.1', RIGHT)).toBe(303);
  expect(alarms()).toBe(1);
});
