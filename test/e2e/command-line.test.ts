import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { countersign, PROJECT } from './command-line.ts';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'countersign-command-'));
const example = readFileSync(join(PROJECT, 'config/gateway.example.yaml'), 'utf8');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The example config with these changes, beside a certificate and the policy it names. */
function configWith(name: string, changes: readonly (readonly [string, string])[] = []): string {
  const home = join(folder, name);
  mkdirSync(join(home, 'secrets'), { recursive: true });
  mkdirSync(join(home, 'policy'));
  writeFileSync(join(home, 'secrets/trust-idp.crt'), makeKeyPair().certificatePem);
  copyFileSync(
    join(PROJECT, 'config/policy/uk-pathway-2025.yaml'),
    join(home, 'policy/uk-pathway-2025.yaml'),
  );
  const text = changes.reduce((config, [from, to]) => config.replace(from, to), example);
  writeFileSync(join(home, 'gateway.yaml'), text);
  return join(home, 'gateway.yaml');
}

test.each([
  { words: ['constructor'], code: 2, says: /countersign <command>/ },
  { words: [], code: 2, says: /countersign <command>/ },
  { words: ['--help'], code: 0, says: /countersign <command>/ },
  { words: ['verify'], code: 2, says: /--data or --config is missing/ },
  {
    words: ['verify', '--data', '/nowhere', 'kept.checkpoint'],
    code: 2,
    says: /What is "kept.checkpoint" for/,
  },
  { words: ['verify', '--data', '/nowhere'], code: 1, says: /broken: 0 entries/ },
  {
    words: ['verify', '--data', 'x', '--old', '/nowhere'],
    code: 2,
    says: /The checkpoint \/nowhere cannot be read/,
  },
  { words: ['serve', '--bogus'], code: 2, says: /--bogus/ },
  {
    words: ['serve', '--config', 'x', '--workers', '0'],
    code: 2,
    says: /--workers takes a number from 1 to 32/,
  },
  { words: ['serve', '--config', 'x', '--workers', '33'], code: 2, says: /--workers takes a number/ },
  { words: ['serve', '--config', '/nowhere'], code: 1, says: /\/nowhere:1: file: cannot be read/ },
  { words: ['register', 'bogus', 'x'], code: 2, says: /import \| show \| sign/ },
  {
    words: ['init', '--config', 'x', '--admin', 'one', '--keys', 'k'],
    code: 2,
    says: /two different administrators/,
  },
])('countersign $words -> $code', async ({ words, code, says }) => {
  const ran = await countersign(...words);
  expect(ran.code).toBe(code);
  expect(ran.out + ran.err).toMatch(says);
  expect(ran.err).not.toMatch(/^\s+at /m);
});

test('the example config is in order, with the files it names', async () => {
  const ran = await countersign('check-config', '--config', configWith('good'));
  expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('in order') });
});

test('workers need PostgreSQL and Redis', async () => {
  const ran = await countersign('serve', '--config', configWith('alone'), '--workers', '2');
  expect(ran).toEqual({ code: 1, out: '', err: expect.stringMatching(/share PostgreSQL and Redis: add/) });
});

test('faults of the config and of the files it names are listed at once, each with its line', async () => {
  const file = configWith('bad', [
    ['logLevel: info', 'logLevel: loud'],
    ['./secrets/trust-idp.crt', './secrets/none.crt'],
    ['uk-pathway-2025.yaml', 'none.yaml'],
  ]);
  const { code, err } = await countersign('check-config', '--config', file);
  expect(code).toBe(1);
  expect(err).toMatch(/gateway.yaml:\d+: logLevel: /);
  expect(err).toMatch(/gateway.yaml:\d+: identity.providers.0.certificateFiles.0: this file cannot be read/);
  expect(err).toMatch(/none.yaml:1: file: this file cannot be read/);
});

test('a certificate that is none is found by check-config, not by the first sign-in', async () => {
  const file = configWith('garbage');
  writeFileSync(join(folder, 'garbage/secrets/trust-idp.crt'), 'garbage');
  const { code, err } = await countersign('check-config', '--config', file);
  expect(code).toBe(1);
  expect(err).toMatch(/certificateFiles.0: this file holds no PEM that can be read/);
});

test('a case log that is not the one the config names is refused', async () => {
  const admins = ['--admin', 'one', '--admin', 'two', '--keys'];
  const made = await countersign('init', '--config', configWith('made'), ...admins, join(folder, 'keys'));
  expect(made).toMatchObject({ code: 0, err: '' });
  await expect(
    countersign('init', '--config', join(folder, 'made/gateway.yaml'), ...admins, join(folder, 'more')),
  ).resolves.toMatchObject({ code: 1, err: expect.stringContaining('done once') });
  const other = configWith('other', [['caselog.rx1.general/2026-1', 'caselog.rx2.general/2026-1']]);
  cpSync(join(folder, 'made/data'), join(folder, 'other/data'), { recursive: true });
  const served = await countersign('serve', '--config', other);
  expect(served).toMatchObject({ code: 1, err: expect.stringContaining('One of the two is wrong') });
  const sandbox = configWith('sandbox', [['caselog.rx1.general/2026-1', 'caselog.sandbox/made-up']]);
  await expect(countersign('serve', '--config', sandbox)).resolves.toMatchObject({
    code: 1,
    err: expect.stringContaining('for the sandbox only'),
  });
});
