import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import type { CaseLog } from '../../src/caselog/assemble-case-log.ts';
import { openCaseLog } from '../../src/caselog/open-case-log.ts';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import type { CaseId } from '../../src/domain/identifiers.ts';
import type { EntryFacts } from '../../src/domain/log-entry.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { loadPolicy } from '../../src/register/load-policy.ts';
import { openRegister } from '../../src/register/open-register.ts';
import { aCaseId, aRequest, aResult, createInferenceHouse } from '../fakes/inference-house.ts';
import { importText, IMPORTABLE } from '../fakes/register-text.ts';
import { countersign, PROJECT, type Ran } from './command-line.ts';

jest.setTimeout(120_000);

const ADMINISTRATORS = ['one', 'two'] as const;
const POLICY = join(PROJECT, 'config/policy/uk-pathway-2025.yaml');

describe('countersign explain, beside a process that has the data folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-explain-'));
  const config = join(folder, 'gateway.yaml');
  const keys = join(folder, 'keys');
  let caseLog: CaseLog;
  let database: GatewayDatabase;

  beforeAll(async () => {
    writeConfig();
    await setUp();
    const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
    caseLog = await openCaseLog({
      dir: join(folder, 'data/case-log'),
      workerFile: join(PROJECT, 'src/caselog/append-worker.ts'),
      node: 'gateway-1',
      clock,
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
      onAlarm: () => undefined,
    });
    database = await openGatewayDatabase(join(folder, 'data/gateway.sqlite'));
    const register = await openRegister({ database, policy: loadPolicy(POLICY), clock });
    const house = createInferenceHouse({ register: register.snapshot() });
    const inference = { infer: async () => await Promise.resolve(aResult()) };
    const deps = { ...house.deps, caseLog, inference };
    const never = new AbortController().signal;
    await runInference(deps, aRequest(), never);
    await runInference(deps, aRequest({ function: 'triage' }), never).catch(() => undefined);
    await copyCase(aCaseId(3), (decision) => ({ ...decision, result: 'deny' }));
    await copyCase(aCaseId(4), ({ rules: _rules, ...decision }) => decision);
  });

  afterAll(async () => {
    await database.destroy();
    await caseLog.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function writeConfig(): void {
    mkdirSync(join(folder, 'secrets'));
    writeFileSync(join(folder, 'secrets/trust-idp.crt'), makeKeyPair().certificatePem);
    const example = readFileSync(join(PROJECT, 'config/gateway.example.yaml'), 'utf8');
    writeFileSync(config, example.replace('./policy/uk-pathway-2025.yaml', POLICY));
  }

  /** As a Trust does it: init, import, two signatures. */
  async function setUp(): Promise<void> {
    const [first, second] = ADMINISTRATORS;
    await well('init', '--admin', first, '--admin', second, '--keys', keys);
    writeFileSync(join(folder, 'register.json'), importText({}, IMPORTABLE) ?? '');
    const { out } = await well('register', 'import', join(folder, 'register.json'));
    const digest = /^proposal (sha256:[0-9a-f]{64})$/m.exec(out)?.[1] ?? '';
    for (const name of ADMINISTRATORS) {
      await well('register', 'sign', digest, '--admin', name, '--key', join(keys, `${name}.pem`));
    }
  }

  async function well(...words: readonly string[]): Promise<Ran> {
    const ran = await countersign(...words, '--config', config);
    if (ran.code !== 0) throw new Error(ran.err);
    return ran;
  }

  /** The first case again, with another decision on record. */
  async function copyCase(
    caseId: CaseId,
    change: (decision: NonNullable<EntryFacts['decision']>) => NonNullable<EntryFacts['decision']>,
  ): Promise<void> {
    const [original] = await caseLog.entries({ caseId: aCaseId(1), kinds: ['case.intent'], limit: 1 });
    const { decision, ...facts } = original?.facts ?? {};
    if (original === undefined || decision === undefined) throw new Error('there is no case');
    const { kind, personal } = original;
    await caseLog.append({
      id: `copy-${caseId}`,
      kind,
      caseId,
      facts: { ...facts, decision: change(decision) },
      personal,
      retainClass: 'imaging-record',
    });
  }

  test.each([
    {
      name: 'a case that was released -> 0',
      words: [aCaseId(1)],
      code: 0,
      says: [
        /^Detection: lung-nodule 2\.1\.0$/m,
        /May Dr Rae Radiologist have detection by lung-nodule 2\.1\.0 on a study \(CT, chest\) at general\?/,
        /^ {2}Unlocked\. The result was let out\.$/m,
        /^ {2}Approval: independent, from .* granted by lead \(approval-1\)$/m,
        /^ {2}Credential: .*: Current$/m,
        /^Same again: Every decision/m,
      ],
    },
    {
      name: 'a case that was refused -> 0',
      words: [aCaseId(2)],
      code: 0,
      says: [/^ {2}Locked\.$/m, /^ {4}function-not-offered: /m, /^ {4}approval-missing: /m],
    },
    {
      name: 'a case of which the record says otherwise -> 1',
      words: [aCaseId(3)],
      code: 1,
      says: [/comes out otherwise: the answer\.$/m, /^ {4}Now: Unlocked$/m, /^Different: /m],
    },
    {
      name: 'a case of an earlier release -> 2',
      words: [aCaseId(4)],
      code: 2,
      says: [/an earlier release decided it/, /^Not decided again: /m],
    },
    { name: 'a case that is not there -> 2', words: [aCaseId(9)], code: 2, says: [/holds no case "c-/] },
    {
      name: 'what is no name of a case -> 2',
      words: ['yesterday'],
      code: 2,
      says: [/holds no case "yesterday"/],
    },
    { name: 'no case named -> 2', words: [], code: 2, says: [/The case is missing/] },
  ])('$name', async ({ words, code, says }) => {
    const ran = await countersign('explain', ...words, '--config', config);
    expect(ran.code).toBe(code);
    for (const line of says) expect(ran.out + ran.err).toMatch(line);
    expect(ran.err).not.toMatch(/^\s+at /m);
  });

  test('no data folder -> 2, in one sentence', async () => {
    const empty = join(folder, 'empty.yaml');
    writeFileSync(empty, readFileSync(config, 'utf8').replace(/^dataDir: .*$/m, 'dataDir: ./nowhere'));
    const ran = await countersign('explain', aCaseId(1), '--config', empty);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toMatch(/case log/);
    expect(await countersign('explain', aCaseId(1), '--config', '/nowhere')).toMatchObject({ code: 2 });
  });
});
