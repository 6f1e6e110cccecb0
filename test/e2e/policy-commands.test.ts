import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { sandboxRegister } from '../../fixtures/sandbox/sandbox-register.ts';
import { checkConfig } from '../../src/compose-check.ts';
import { importRegister, initGateway, signProposal } from '../../src/compose-offline.ts';
import { testPolicy, tryPolicy } from '../../src/compose-policy.ts';
import { readConfig } from '../../src/config.ts';
import { openGatewayDatabase } from '../../src/db/gateway-database.ts';
import { loadPolicyWithText } from '../../src/register/load-policy.ts';
import { createPolicyStore } from '../../src/register/policy-store.ts';
import { countersign, PROJECT } from './command-line.ts';

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'countersign-policy-commands-'));
const file = (name: string): string => join(folder, name);
const policyFile = file('policy/uk-pathway-2025.yaml');
const config = file('gateway.yaml');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const POLICIES = join(PROJECT, 'config/policy');
const ADMINISTRATORS = ['one', 'two'] as const;
const place = {
  sourceRoot: join(PROJECT, 'src'),
  workerFile: join(PROJECT, 'src/caselog/append-worker.ts'),
};

function ours(id: string, text: string): string {
  const path = file(`policy/${id}.yaml`);
  writeFileSync(path, `extends: uk-pathway-2025.yaml\nid: ${id}\nversion: '1'\n${text}`);
  return path;
}

/** The example config with one text in place of another. */
function configWith(name: string, from: string, to: string): string {
  const text = readFileSync(config, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file(name), text.replace(from, to));
  return file(name);
}

/** The sandbox's people in a register of their own, signed by two administrators, under the policy that ships. */
beforeAll(async () => {
  for (const part of ['secrets', 'policy']) mkdirSync(file(part), { recursive: true });
  writeFileSync(file('secrets/trust-idp.crt'), makeKeyPair().certificatePem);
  copyFileSync(join(POLICIES, 'uk-pathway-2025.yaml'), policyFile);
  copyFileSync(join(PROJECT, 'config/gateway.example.yaml'), config);
  const settings = readConfig(config);
  await initGateway(settings, ADMINISTRATORS, file('keys'));
  const register = sandboxRegister({
    now: Date.now(),
    endpoints: { ocrUrl: 'http://127.0.0.1:9', drafterUrl: 'http://127.0.0.1:9' },
    digests: {
      'burned-in-text@1.0.0': `sha256:${'1'.repeat(64)}`,
      'burned-in-text@2.0.0': `sha256:${'2'.repeat(64)}`,
      'template-drafter@1.0.0': `sha256:${'3'.repeat(64)}`,
    },
  });
  const imported = { text: JSON.stringify(register), name: 'register.json' };
  const { digest } = await importRegister(settings, place, imported);
  for (const administrator of ADMINISTRATORS) {
    const privateKeyPem = readFileSync(file(`keys/${administrator}.pem`), 'utf8');
    await signProposal(settings, place, { digest, administrator, privateKeyPem });
  }
  await take(policyFile);
});

/** As a gateway does that starts with this policy. */
async function take(path: string): Promise<void> {
  const database = await openGatewayDatabase(file('data/gateway.sqlite'));
  const { policy, text } = loadPolicyWithText(path);
  const { id, version, digest } = policy;
  await createPolicyStore(database).keep({
    place: 1,
    digest,
    id,
    version,
    text,
    takenAt: Date.now(),
    logSeq: 1,
  });
  await database.destroy();
}

const LOCKED = `schemes:
  - id: rc-ai
    entry:
      - { id: never, title: never, evidence: [local], criteria: [never], reason: requirement-missing, source: Ours. }
  - id: ai-operator
    entry:
      - { id: never, title: never, evidence: [local], criteria: [never], reason: requirement-missing, source: Ours. }
`;

describe('countersign', () => {
  test.each([
    { words: ['policy'], code: 2, says: /policy test \| try/ },
    { words: ['policy', 'test'], code: 2, says: /--config is missing/ },
    { words: ['policy', 'try', 'x.yaml'], code: 2, says: /--config is missing/ },
    { words: ['policy', 'try', '--config', config], code: 2, says: /The policy file is missing/ },
    {
      words: ['policy', 'test', '/nowhere.yaml'],
      code: 1,
      says: /nowhere.yaml:1: file: this file cannot be read/,
    },
    {
      words: ['policy', 'test', join(POLICIES, 'uk-pathway-2025.yaml')],
      code: 0,
      says: /^\d+ examples of uk-pathway-2025 2: as expected\.\n$/,
    },
    { words: ['policy', 'test', '--config', config], code: 1, says: /There are no examples/ },
    {
      words: ['check-config', '--config', config],
      code: 0,
      says: /in order .*\nNote: The policy has no examples/,
    },
  ])('$code: $says', async ({ words, code, says }) => {
    const ran = await countersign(...words);
    expect(ran).toMatchObject({ code });
    expect(ran.out + ran.err).toMatch(says);
    expect(ran.err).not.toMatch(/^\s+at /m);
  });

  test('a policy that locks everybody out is warned of with numbers, and no name, before it is taken', async () => {
    ours('ours-locked', LOCKED);
    const other = configWith('locked.yaml', 'uk-pathway-2025.yaml', 'ours-locked.yaml');
    const { code, out, err } = await countersign('check-config', '--config', other);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toContain(
      'WARNING: under ours-locked 1 nobody at all could use AI; 3 people can now.\n  rc-ai: 1 -> 0\n',
    );
    expect(out).not.toContain('alice.osei');
  });
});

describe('examples', () => {
  test('that differ are printed, with what was expected and what was found', () => {
    const path = ours('ours-lax', 'leaveOut: [schemes.ai-operator.award.dops]\n');
    expect(testPolicy(path)).toMatchObject({ ok: false, lines: [expect.stringContaining('no examples')] });
    copyFileSync(join(POLICIES, 'uk-pathway-2025.examples.yaml'), file('policy/ours-lax.examples.yaml'));
    const { ok, lines } = testPolicy(path);
    expect(ok).toBe(false);
    const first = lines.indexOf('a radiographer from entry to lapse to restoration, on 2024-01-15: missing');
    expect(lines.slice(first + 1, first + 3)).toEqual([
      '  expected  ai-literacy, award, dops, log-book, mini-cex, safety-and-governance, simulator',
      '  found     ai-literacy, award, log-book, mini-cex, safety-and-governance, simulator',
    ]);
    expect(lines.at(-1)).toMatch(/^15 examples of ours-lax 1: \d+ differences\.$/);
  });

  test('of the strict policy hold', () => {
    expect(testPolicy(join(POLICIES, 'uk-pathway-2025-strict.yaml'))).toMatchObject({ ok: true });
  });
});

describe('what another policy would change', () => {
  const tried = async (id: string, text: string): ReturnType<typeof tryPolicy> =>
    await tryPolicy(readConfig(config), ours(id, text));

  test('is said with numbers, and with ids where it is tried', async () => {
    const left = 'leaveOut: [schemes.ai-operator, acts.record-acceptance-test, acts.hold-model]\n';
    const { ok, lines } = await tried('ours-narrow', left);
    expect(ok).toBe(true);
    expect(lines[0]).toBe('WARNING: under ours-narrow 1 2 people could use AI; 3 people can now.');
    const said = lines.join('\n');
    expect(said).toContain('  ai-operator: 1 -> 0\n    lose it: ben.carter\n');
    expect(said).toContain('  quality-check: 3 -> 2\n    lose it: ben.carter\n');
  });

  test('is said beside a gateway that has the register open', async () => {
    const database = await openGatewayDatabase(file('data/gateway.sqlite'));
    await expect(tried('ours-locked', LOCKED)).resolves.toMatchObject({ ok: false });
    await database.destroy();
  });

  test('is no warning where people only gain', async () => {
    const { lines } = await tried('ours-kind', 'leaveOut: [schemes.rc-ai.continuing.annual-declaration]\n');
    expect(lines.slice(0, 3)).toEqual([
      'under ours-kind 1 4 people could use AI; 3 people can now.',
      '  rc-ai: 1 -> 2',
      '    gain it: david.lloyd',
    ]);
  });

  test('is nothing, where it asks for nothing else, and where it is the one in force', async () => {
    await expect(tried('ours-same', '')).resolves.toEqual({
      ok: true,
      lines: ['ours-same 1 takes nothing from anybody and gives nothing.'],
    });
    await expect(tryPolicy(readConfig(config), policyFile)).resolves.toEqual({
      ok: true,
      lines: ['This is the policy in force: it changes nothing.'],
    });
  });

  test('is nobody left: not ok', async () => {
    const { ok, lines } = await tried('ours-locked', LOCKED);
    expect(ok).toBe(false);
    expect(lines[0]).toBe('WARNING: under ours-locked 1 nobody at all could use AI; 3 people can now.');
  });

  test('cannot be said before there is a register, nor over one that cannot be read', async () => {
    mkdirSync(file('old'));
    const other = configWith('old.yaml', 'dataDir: ./data', 'dataDir: ./old');
    await expect(tryPolicy(readConfig(other), policyFile)).resolves.toMatchObject({
      ok: true,
      lines: ['There is no register yet, so nobody has anything to lose.'],
    });
    writeFileSync(file('old/gateway.sqlite'), '');
    const { ok, lines } = await checkConfig(other);
    expect(ok).toBe(true);
    expect(lines.at(-1)).toMatch(/^Note: What it would change for people cannot be said: /);
  });
});
