import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Place } from './compose-parts.ts';
import { USAGE } from './compose-usage.ts';
import { readConfig, type Config } from './config.ts';

const NODE_MAJOR = 24;

/** Each command loads what it runs, and nothing else: the whole gateway takes longer to load than most commands take. */
const keys = () => import('./compose-keys.ts');
const offline = () => import('./compose-offline.ts');
const tables = () => import('./compose-csv.ts');
const log = () => import('./compose-read-log.ts');
const policies = () => import('./compose-policy.ts');

const extension = extname(import.meta.filename);
const place: Place = {
  sourceRoot: import.meta.dirname,
  workerFile: join(import.meta.dirname, 'caselog', `append-worker${extension}`),
};
const MAX_WORKERS = 32;

const OPTIONS = {
  config: { type: 'string' },
  admin: { type: 'string', multiple: true },
  keys: { type: 'string' },
  key: { type: 'string' },
  data: { type: 'string' },
  vkey: { type: 'string' },
  old: { type: 'string' },
  ndjson: { type: 'boolean' },
  kind: { type: 'string' },
  workers: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type CommandLine = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>;
type Values = CommandLine['values'];

type Command = (values: Values, words: readonly string[]) => Promise<number>;

/** A mistake of the person at the command line: said in one line, without a stack. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

function need(value: string | undefined, name: string): string {
  if (value === undefined) throw new UsageError(`${name} is missing. See countersign --help.`);
  return value;
}

function say(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

const serve: Command = async (values) => {
  // Where nobody can write down that it runs, on a full disk for one, images are readable all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const count = workerCount(values);
  const config = readConfig(need(values.config, '--config'));
  const programFile = join(import.meta.dirname, `compose-worker${extension}`);
  const { failed, ...gateway } =
    count === undefined
      ? { ...(await (await import('./compose.ts')).startGateway(config, place)), failed: undefined }
      : await (await import('./compose-workers.ts')).startWorkers({ config, place, programFile, count });
  say([`countersign listening ${gateway.url}`]);
  const signal = new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
  try {
    say([
      `countersign stopping (${await Promise.race([signal, ...(failed === undefined ? [] : [failed])])})`,
    ]);
  } finally {
    await gateway.close();
  }
  return 0;
};

function workerCount({ workers }: Values): number | undefined {
  if (workers === undefined) return undefined;
  const count = /^[1-9][0-9]?$/.test(workers) ? Number(workers) : Number.NaN;
  if (count <= MAX_WORKERS) return count;
  throw new UsageError(`--workers takes a number from 1 to ${String(MAX_WORKERS)}.`);
}

const init: Command = async (values) => {
  const [first, second, ...others] = values.admin ?? [];
  if (first === undefined || second === undefined || others.length > 0 || first === second) {
    throw new UsageError('Name two different administrators: --admin NAME --admin NAME.');
  }
  const config = readConfig(need(values.config, '--config'));
  const { initGateway } = await offline();
  say((await initGateway(config, [first, second], need(values.keys, '--keys'))).lines);
  return 0;
};

const check: Command = async (values) => {
  const { checkConfig } = await import('./compose-check.ts');
  const { ok, lines } = await checkConfig(need(values.config, '--config'));
  say(lines);
  return ok ? 0 : 1;
};

const policy: Command = async (values, [action, file]) => {
  if (action !== 'test' && action !== 'try') {
    throw new UsageError('countersign policy test | try. See countersign --help.');
  }
  const config = (): Config => readConfig(need(values.config, '--config'));
  const { testPolicy, tryPolicy } = await policies();
  const { ok, lines } =
    action === 'test'
      ? testPolicy(file ?? config().policyFile)
      : await tryPolicy(config(), need(file, 'The policy file'));
  say(lines);
  return ok ? 0 : 1;
};

const REGISTER_ACTIONS: ReadonlyMap<
  string,
  (config: Config, values: Values, named: string) => Promise<number>
> = new Map([
  ['import', importFile],
  ['show', show],
  ['sign', sign],
  ['export', exportKind],
]);

const register: Command = async (values, [action = '', subject]) => {
  const run = REGISTER_ACTIONS.get(action);
  if (run === undefined) {
    throw new UsageError('countersign register import | show | sign | export. See countersign --help.');
  }
  const config = readConfig(need(values.config, '--config'));
  return await run(config, values, need(subject, 'The file, digest or kind'));
};

async function importFile(config: Config, values: Values, name: string): Promise<number> {
  const { kind, 'dry-run': isDryRun = false } = values;
  if (kind === undefined) {
    // What was meant to be tried must not be proposed.
    if (isDryRun || /\.csv$/i.test(name)) need(undefined, '--kind');
    const text = readNamed(name, 'The file').toString('utf8');
    const { importRegister } = await offline();
    say((await importRegister(config, place, { text, name })).lines);
    return 0;
  }
  const bytes = readNamed(name, 'The table');
  const { importTable } = await tables();
  const { ok, lines } = await importTable(config, place, { kind, bytes, name, isDryRun });
  say(lines);
  return ok ? 0 : 1;
}

async function exportKind(config: Config, _values: Values, kind: string): Promise<number> {
  const write = async (piece: string): Promise<void> => {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
  };
  const { exportTable } = await tables();
  await exportTable(config, place, { kind, write });
  return 0;
}

async function show(config: Config, _values: Values, digest: string): Promise<number> {
  const { showProposal } = await offline();
  say((await showProposal(config, place, digest)).lines);
  return 0;
}

async function sign(config: Config, values: Values, digest: string): Promise<number> {
  const [administrator, ...others] = values.admin ?? [];
  if (others.length > 0) throw new UsageError('Sign as one administrator: --admin NAME.');
  const privateKeyPem = readNamed(need(values.key, '--key'), 'The key').toString('utf8');
  const signer = { administrator: need(administrator, '--admin'), privateKeyPem };
  const { signProposal } = await offline();
  say((await signProposal(config, place, { digest, ...signer })).lines);
  return 0;
}

/** A data folder, or a config that says where everything is kept. */
function keptIn({ data, config }: Values): string | Config {
  return data ?? readConfig(need(config, '--data or --config'));
}

const verify: Command = async (values) => {
  const { verifyLog } = await log();
  const { ok, lines } = await verifyLog(keptIn(values), {
    ...(values.vkey === undefined ? {} : { vkey: values.vkey }),
    ...(values.old === undefined
      ? {}
      : { oldCheckpoint: readNamed(values.old, 'The checkpoint').toString('utf8') }),
  });
  say(lines);
  return ok ? 0 : 1;
};

const cases: Command = async (values) => {
  const { listLoggedCases } = await log();
  for await (const line of listLoggedCases(keptIn(values), { ndjson: values.ndjson === true })) say([line]);
  return 0;
};

const explain: Command = async (values, [caseId]) => {
  const named = need(caseId, 'The case');
  const file = need(values.config, '--config');
  try {
    const { explainLoggedCase } = await import('./compose-explain.ts');
    const { code, lines } = await explainLoggedCase(readConfig(file), named);
    say(lines);
    return code;
  } catch (error: unknown) {
    // 1 says that a decision comes out otherwise, and nothing else.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
};

const hash: Command = async () => {
  const [password = ''] = readFileSync(process.stdin.fd, 'utf8').split(/\r?\n/, 1);
  const { hashedPassword } = await keys();
  say([await hashedPassword(password)]);
  return 0;
};

const machineKey: Command = async () => {
  const { freshMachineKey } = await keys();
  const { key, keyHash } = freshMachineKey();
  say([`key, for the machine alone: ${key}`, `keyHashFile: ${keyHash}`]);
  return 0;
};

/** Each command with how many words it takes. */
const COMMANDS: ReadonlyMap<string, readonly [Command, words: number]> = new Map([
  ['init', [init, 0]],
  ['serve', [serve, 0]],
  ['register', [register, 2]],
  ['verify', [verify, 0]],
  ['cases', [cases, 0]],
  ['explain', [explain, 1]],
  ['check-config', [check, 0]],
  ['policy', [policy, 2]],
  ['hash-password', [hash, 0]],
  ['machine-key', [machineKey, 0]],
]);

async function run(): Promise<number> {
  const { values, positionals } = readCommandLine();
  const [name, ...words] = positionals;
  const [command, taken] = COMMANDS.get(name ?? '') ?? [];
  if (values.help === true || command === undefined || taken === undefined) {
    say([USAGE]);
    return values.help === true ? 0 : 2;
  }
  // A forgotten --old or --vkey must not pass for a check that was made.
  const surplus = words[taken];
  if (surplus !== undefined) throw new UsageError(`What is "${surplus}" for? See countersign --help.`);
  return await command(values, words);
}

function readCommandLine(): CommandLine {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error: unknown) {
    const what = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${what ?? ''}. See countersign --help.`);
  }
}

/** A file that somebody named on the command line. */
function readNamed(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new UsageError(`${what} ${path} cannot be read.`);
  }
}

const major = Number(process.versions.node.split('.')[0]);
if (major < NODE_MAJOR) {
  process.stderr.write(
    `Countersign needs Node ${String(NODE_MAJOR)} or later; this is ${process.versions.node}.\n`,
  );
  process.exitCode = 2;
} else {
  run().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      // Whoever started it gets sentences; a stack helps nobody at a hospital's console.
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = error instanceof UsageError ? 2 : 1;
    },
  );
}
