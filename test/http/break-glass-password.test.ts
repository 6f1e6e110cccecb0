import { argon2Sync, randomBytes } from 'node:crypto';
import { createGate } from '../../src/identity/break-glass/bounded-gate.ts';
import { hashPassword, isPassword, parsePasswordHash } from '../../src/identity/break-glass/password-hash.ts';

const PASSWORD = 'correct horse battery staple';
const salt = Buffer.alloc(16, 7);

/** Made by the plain call, not by the code under test. */
function phc(cost: { m: number; t: number; p: number }, hashBytes = 32, name = 'argon2id'): string {
  const hash = argon2Sync('argon2id', {
    message: PASSWORD,
    nonce: salt,
    memory: Math.max(cost.m, 8 * cost.p),
    passes: cost.t,
    parallelism: cost.p,
    tagLength: hashBytes,
  });
  const plain = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
  return `$${name}$v=19$m=${cost.m},t=${cost.t},p=${cost.p}$${plain(salt)}$${plain(hash)}`;
}

test('what argon2’s own tools print is understood', async () => {
  // Of the reference implementation's own tests: “password” with the salt “somesalt”.
  const known = parsePasswordHash(
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc\n',
  );
  expect(known).toBeDefined();
  if (known === undefined) return;
  expect([await isPassword('password', known), await isPassword('Password', known)]).toEqual([true, false]);
});

test('a hash is of its password alone, and never the same twice', async () => {
  const [one, two] = [await hashPassword(PASSWORD, randomBytes), await hashPassword(PASSWORD, randomBytes)];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(one).not.toBe(two);
  const known = parsePasswordHash(one) ?? fail();
  const answers = await Promise.all(
    [PASSWORD, `${PASSWORD} `, '', one].map((typed) => isPassword(typed, known)),
  );
  expect(answers).toEqual([true, false, false, false]);
});

test('letters that look the same are the same', async () => {
  const known = parsePasswordHash(await hashPassword('caf\u00e9 au lait de Nantes', randomBytes)) ?? fail();
  expect(await isPassword('cafe\u0301 au lait de Nantes', known)).toBe(true);
});

test.each(['', 'fourteen chars', 'x'.repeat(257)])('no hash is made of “%s”', async (password) => {
  await expect(hashPassword(password, randomBytes)).rejects.toMatchObject({ code: 'bad-request' });
});

test.each<{ name: string; text: string; isTaken: boolean }>([
  { name: 'the least that OWASP names', text: phc({ m: 19_456, t: 2, p: 1 }), isTaken: true },
  { name: 'little memory, many passes', text: phc({ m: 7_168, t: 5, p: 1 }), isTaken: true },
  { name: 'too few passes for its memory', text: phc({ m: 19_456, t: 1, p: 1 }), isTaken: false },
  { name: 'too little memory', text: phc({ m: 1_024, t: 10, p: 1 }), isTaken: false },
  {
    name: 'too much memory',
    text: phc({ m: 65_536, t: 3, p: 1 }).replace('m=65536', 'm=262145'),
    isTaken: false,
  },
  { name: 'too many passes', text: phc({ m: 7_168, t: 5, p: 1 }).replace('t=5', 't=11'), isTaken: false },
  { name: 'too many lanes', text: phc({ m: 19_456, t: 2, p: 5 }), isTaken: false },
  { name: 'another argon2', text: phc({ m: 19_456, t: 2, p: 1 }, 32, 'argon2i'), isTaken: false },
  { name: 'a short hash', text: phc({ m: 19_456, t: 2, p: 1 }, 12), isTaken: false },
  {
    name: 'a short salt',
    text: phc({ m: 19_456, t: 2, p: 1 }).replace(/\$[^$]+(\$[^$]+)$/, '$AAAA$1'),
    isTaken: false,
  },
  { name: 'a password in clear', text: PASSWORD, isTaken: false },
  { name: 'bcrypt', text: `$2b$12$${'a'.repeat(53)}`, isTaken: false },
  { name: 'nothing', text: '', isTaken: false },
])('$name: $isTaken', ({ text, isTaken }) => {
  expect(parsePasswordHash(text) !== undefined).toBe(isTaken);
});

test('so many at once, so many waiting, the rest are turned away; and afterwards there is room again', async () => {
  const gate = createGate({ running: 2, waiting: 3, waitingOfOne: 3 });
  const ends: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const work = async (): Promise<string> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
    return 'done';
  };
  const asked = Array.from({ length: 7 }, () => gate('one', work).catch((error: unknown) => error));
  await expect(asked[5]).resolves.toMatchObject({ code: 'too-many-attempts' });
  await expect(asked[6]).resolves.toMatchObject({ code: 'too-many-attempts' });
  while (ends.length > 0) {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await Promise.all(asked.slice(0, 5))).toEqual(Array.from({ length: 5 }, () => 'done'));
  expect(most).toBe(2);
  const broken = gate('one', () => Promise.reject(new Error('broken')));
  await expect(broken).rejects.toThrow('broken');
  await expect(gate('one', async () => 'again')).resolves.toBe('again');
});

test('one network cannot fill what waits: another has its place', async () => {
  const gate = createGate({ running: 1, waiting: 4, waitingOfOne: 2 });
  const ends: (() => void)[] = [];
  const work = () => new Promise<string>((resolve) => ends.push(() => resolve('done')));
  const turnedAway = expect.objectContaining({ code: 'too-many-attempts' });
  const loud = Array.from({ length: 5 }, () => gate('loud', work).catch((error: unknown) => error));
  const calm = gate('calm', work).catch((error: unknown) => error);
  expect(await Promise.all(loud.slice(3))).toEqual([turnedAway, turnedAway]);
  for (let count = 0; count < 4; count += 1) {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await Promise.all([...loud.slice(0, 3), calm])).toEqual(['done', 'done', 'done', 'done']);
});

function fail(): never {
  throw new Error('the hash is not taken');
}
