import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint, createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { CaseLogUnavailable, GatewayError, RegisterUnavailable } from '../../src/domain/errors.ts';
import type { CardKeys } from '../../src/flows/ports-card.ts';
import { rotateCardKeys } from '../../src/flows/rotate-card-keys.ts';
import { openCardKeys } from '../../src/register/card-keys.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 1);
const TYPE = 'countersign-card+jwt';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-card-keys-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A gateway's keys with a clock that is moved by hand, and the case log beside them. */
function house(keyDays = 90) {
  const path = join(folder, 'card-keys.json');
  const caseLog = createMemoryCaseLog();
  const warnings: string[] = [];
  let now = START;
  const open = (): CardKeys => openCardKeys({ path, keyDays, onWarn: (text) => warnings.push(text) });
  const self = {
    path,
    caseLog,
    warnings,
    keys: open(),
    reopen: () => {
      self.keys = open();
    },
    at: (day: number) => {
      now = START + day * DAY;
    },
    look: () => rotateCardKeys({ cardKeys: self.keys, caseLog, clock: { nowMs: () => now } }),
    sign: () => self.keys.sign({ iss: 'https://gateway.example', exp: now / 1000 + 120 }, TYPE, now),
    kids: async () => (await self.keys.published()).map(({ kid }) => kid),
    verify: async (token: string) => {
      const set = createLocalJWKSet({ keys: [...(await self.keys.published())] });
      const options = { algorithms: ['EdDSA'], typ: TYPE, currentDate: new Date(now) };
      return (await jwtVerify(token, set, options)).protectedHeader.kid;
    },
    said: () =>
      caseLog
        .all()
        .map(({ kind, facts: { change } }) => [
          kind,
          change?.['action'],
          change?.['id'],
          change?.['signsFrom'],
        ]),
  };
  return self;
}

test('the first key signs at once, and its cards are good by the key set alone', async () => {
  const one = house();
  expect(await one.look()).toBe(1);
  const token = one.sign();
  expect(await one.verify(token)).toBe((await one.kids())[0]);
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: TYPE, kid: (await one.kids())[0] });
  expect(one.said()).toEqual([['key.rotate', 'published', (await one.kids())[0], START]]);
});

test('a key is named by its thumbprint, and the key set holds no private half', async () => {
  const one = house();
  await one.look();
  const [key] = await one.keys.published();
  expect(key).toEqual({
    kty: 'OKP',
    crv: 'Ed25519',
    x: expect.any(String),
    kid: expect.any(String),
    use: 'sig',
    alg: 'EdDSA',
  });
  expect(key?.kid).toBe(await calculateJwkThumbprint({ ...key }, 'sha256'));
});

test.each([
  {
    name: 'another byte',
    change: (token: string) => token.replace(/\.[^.](?=[^.]*$)/, (first) => (first === '.A' ? '.B' : '.A')),
  },
  {
    name: 'other claims',
    change: (token: string) =>
      token.replace(/\.[^.]+\./, `.${Buffer.from('{"exp":9999999999}').toString('base64url')}.`),
  },
])('a token with $name is not good', async ({ change }) => {
  const one = house();
  await one.look();
  await expect(one.verify(change(one.sign()))).rejects.toThrow();
});

test('rotation: shown before it signs, and the old one stays until its last card has run out', async () => {
  const one = house();
  await one.look();
  const [first] = await one.kids();
  one.at(89);
  expect(await one.look()).toBe(1);
  const second = (await one.kids())[1];
  expect(await one.verify(one.sign())).toBe(first);
  one.at(90);
  const last = one.sign();
  expect(await one.verify(last)).toBe(second);
  expect(await one.look()).toBe(1);
  expect(await one.kids()).toEqual([first, second]);
  one.at(91);
  expect(await one.look()).toBe(1);
  expect(await one.kids()).toEqual([second]);
  expect(one.said().map(([, action, id]) => [action, id === first ? 'first' : 'second'])).toEqual([
    ['published', 'first'],
    ['published', 'second'],
    ['retired', 'first'],
    ['withdrawn', 'first'],
  ]);
});

test('a card signed in the last second before a rotation is good after it', async () => {
  const one = house();
  await one.look();
  one.at(89);
  await one.look();
  one.at(90 - 1 / 86_400);
  const token = one.sign();
  one.at(90);
  await one.look();
  await expect(one.verify(token)).resolves.toBe((await one.kids())[0]);
});

test('keys survive a restart, in a file that only its owner reads, and once retired without the private half', async () => {
  const one = house();
  await one.look();
  const token = one.sign();
  expect(statSync(one.path).mode & 0o777).toBe(0o600);
  one.reopen();
  expect(await one.look()).toBe(0);
  expect(await one.verify(token)).toBe((await one.kids())[0]);
  expect(await one.verify(one.sign())).toBe((await one.kids())[0]);
  one.at(89);
  await one.look();
  one.at(90);
  await one.look();
  const stored: { keys: { d?: string }[] } = JSON.parse(readFileSync(one.path, 'utf8'));
  expect(stored.keys.map(({ d }) => d === undefined)).toEqual([true, false]);
  expect(statSync(one.path).mode & 0o777).toBe(0o600);
  expect(existsSync(`${one.path}.next`)).toBe(false);
});

test('asked again before it is kept it says the same; kept without having been asked it changes nothing', async () => {
  const { keys } = house();
  await keys.keep();
  expect(await keys.published()).toEqual([]);
  const [said] = keys.due(START);
  expect(keys.due(START + 1)).toEqual([said]);
  await keys.keep();
  expect((await keys.published()).map(({ kid }) => kid)).toEqual([said?.kid]);
});

test('the case log away -> no key is made, and none is said to be; with it back it is the same one', async () => {
  const one = house();
  one.caseLog.behave('fails');
  await expect(one.look()).rejects.toThrow(CaseLogUnavailable);
  expect(await one.kids()).toEqual([]);
  expect(() => one.sign()).toThrow(GatewayError);
  one.caseLog.behave('fails-but-written');
  await expect(one.look()).rejects.toThrow(CaseLogUnavailable);
  one.caseLog.behave('ok');
  await one.look();
  expect(one.said()).toHaveLength(1);
  expect(one.said()[0]?.[2]).toBe((await one.kids())[0]);
});

test('a folder that cannot be written -> nothing changes, and the old key goes on signing', async () => {
  const one = house();
  await one.look();
  const [first] = await one.kids();
  one.at(89);
  rmSync(folder, { recursive: true });
  await expect(one.look()).rejects.toThrow(RegisterUnavailable);
  expect(await one.kids()).toEqual([first]);
  expect(await one.verify(one.sign())).toBe(first);
});

test.each<{ name: string; spoil: (path: string) => void; says: string }>([
  { name: 'that others can read', spoil: (path) => chmodSync(path, 0o640), says: 'readable by others' },
  { name: 'that is damaged', spoil: (path) => writeFileSync(path, '{"keys":[{'), says: 'damaged' },
  {
    name: 'that holds something else',
    spoil: (path) => writeFileSync(path, '{"keys":[{"kid":"x"}]}'),
    says: 'damaged',
  },
])('a file $name is given up: its keys are good no more', async ({ spoil, says }) => {
  const one = house();
  await one.look();
  const token = one.sign();
  spoil(one.path);
  one.reopen();
  expect(one.warnings).toEqual([`The keys of the credential card are ${says}, so new ones are made.`]);
  await one.look();
  await expect(one.verify(token)).rejects.toThrow();
  await expect(one.verify(one.sign())).resolves.toBe((await one.kids())[0]);
  expect(statSync(one.path).mode & 0o777).toBe(0o600);
});

test('what a crash left beside the file is written over', async () => {
  const one = house();
  writeFileSync(`${one.path}.next`, 'half', { mode: 0o644 });
  await one.look();
  one.reopen();
  expect(await one.kids()).toHaveLength(1);
  expect(statSync(one.path).mode & 0o777).toBe(0o600);
});
