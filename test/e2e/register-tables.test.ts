import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { countersign, PROJECT } from './command-line.ts';

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'countersign-tables-'));
const config = join(folder, 'gateway.yaml');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  mkdirSync(join(folder, 'secrets'));
  mkdirSync(join(folder, 'policy'));
  writeFileSync(join(folder, 'secrets/trust-idp.crt'), makeKeyPair().certificatePem);
  const policy = 'policy/uk-pathway-2025.yaml';
  copyFileSync(join(PROJECT, 'config', policy), join(folder, policy));
  writeFileSync(config, readFileSync(join(PROJECT, 'config/gateway.example.yaml'), 'utf8'));
  const admins = ['--admin', 'one', '--admin', 'two', '--keys', join(folder, 'keys')];
  expect(await countersign('init', '--config', config, ...admins)).toMatchObject({ code: 0, err: '' });
});

const HEADER = 'id,name,profession,professionalBody,roles,identities';
const LEAD = 'ann.example,Änne Example,other,none,programme-lead,urn:example:idp|ann';

function table(name: string, ...lines: readonly string[]): string {
  writeFileSync(join(folder, name), lines.join('\r\n'));
  return join(folder, name);
}
const importTable = (file: string, ...more: readonly string[]) =>
  countersign('register', 'import', file, '--config', config, ...more);
const exported = (kind: string) => countersign('register', 'export', kind, '--config', config);

async function sign(digest: string): Promise<void> {
  for (const name of ['one', 'two']) {
    const key = ['--admin', name, '--key', join(folder, `keys/${name}.pem`)];
    const ran = await countersign('register', 'sign', digest, ...key, '--config', config);
    expect(ran).toMatchObject({ code: 0, err: '' });
  }
}

test('an empty register gives the headings to fill in', async () => {
  const { code, out } = await exported('practitioners');
  expect(code).toBe(0);
  expect(out).toMatch(/^\ufeffid,name,profession,professionalBody,[\w.,]+\r\n$/);
});

test('a dry run lists each fault with its row and column, and proposes nothing', async () => {
  const file = table('bad.csv', HEADER, LEAD, 'bob,Bob,wizard,none,,', 'eve,Eve,other,GMC,,');
  const dry = await importTable(file, '--kind', 'practitioners', '--dry-run');
  expect(dry.code).toBe(1);
  expect(dry.out).toContain('row 2 would add practitioner ann.example');
  expect(dry.out).toMatch(/bad\.csv: row 3, profession: /);
  expect(dry.out).toMatch(/bad\.csv: row 4, registrationNumber: the number in the GMC register is missing/);
  expect(dry.out).toContain('1 to add, 0 to change, 0 as they are, 2 faults. Nothing was changed.');
  const wet = await importTable(file, '--kind', 'practitioners');
  expect(wet).toMatchObject({ code: 1, out: '' });
  expect(wet.err).toMatch(/Nothing was changed\.\n.*bad\.csv: row 3, profession: /);
  expect(wet.err).not.toMatch(/^\s+at /m);
});

test('a good table is proposed, signed by two, exported, and then changes nothing', async () => {
  const file = table('good.csv', HEADER, LEAD, '');
  const dry = await importTable(file, '--kind', 'practitioners', '--dry-run');
  expect(dry).toMatchObject({ code: 0, err: '', out: expect.stringContaining('1 to add') });
  const { code, out } = await importTable(file, '--kind', 'practitioners');
  expect([code, out]).toEqual([0, expect.stringContaining('added practitioner ann.example')]);
  await sign(/proposal (sha256:[0-9a-f]{64})/.exec(out)?.[1] ?? '');
  const back = await exported('practitioners');
  expect(back.out).toContain(
    'ann.example,Änne Example,other,none,,,,programme-lead,urn:example:idp|ann,,,\r\n',
  );
  writeFileSync(join(folder, 'back.csv'), back.out);
  const again = await importTable(join(folder, 'back.csv'), '--kind', 'practitioners');
  expect(again).toMatchObject({ code: 0, err: '', out: expect.stringContaining('1 as they are, 0 faults') });
});

test.each([
  { name: 'a table without its kind', words: ['import', 'x.csv'], says: /--kind is missing/, code: 2 },
  {
    name: 'a dry run of an import file, which there is not',
    words: ['import', 'x.yaml', '--dry-run'],
    says: /--kind is missing/,
    code: 2,
  },
  {
    name: 'a kind that there is not',
    words: ['export', 'patients'],
    says: /The register has practitioners, evidence/,
    code: 1,
  },
  {
    name: 'a table that is not there',
    words: ['import', '/nowhere.csv', '--kind', 'plans'],
    says: /The table \/nowhere.csv cannot be read/,
    code: 2,
  },
])('$name is refused', async ({ words, says, code }) => {
  const ran = await countersign('register', ...words, '--config', config);
  expect(ran.code).toBe(code);
  expect(ran.err).toMatch(says);
});
