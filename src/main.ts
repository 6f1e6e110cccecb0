import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  checkConfig,
  freshMachineKey,
  hashedPassword,
  importRegister,
  initGateway,
  listLoggedCases,
  showProposal,
  signProposal,
  verifyLog,
} from './compose-offline.ts';
import type { Place } from './compose-parts.ts';
import { startGateway } from './compose.ts';
import { readConfig } from './config.ts';

const USAGE = `countersign <command>

  init --config FILE --admin NAME --admin NAME --keys DIR
        Makes the data folder and the case log, once, and names the first two administrators. Their private keys are
        written to DIR: hand each to its owner, and keep them off this machine.
  check-config --config FILE
        Reads the config, the policy and every file they name; lists all faults, or says that all is well.
  serve --config FILE
        Runs the gateway until it is stopped.
  register import FILE --config FILE       proposes what the file says; prints the proposal's digest
  register show DIGEST --config FILE       prints what a proposal would change
  register sign DIGEST --admin NAME --key FILE --config FILE
        Signs a proposal. After the second administrator's signature it is in force.
  verify --data DIR [--vkey KEY] [--old CHECKPOINT-FILE]
        Verifies the case log of a data folder. Exit code 0 when nothing was changed, 1 otherwise.
  hash-password < FILE
        Reads a password and prints its hash, for breakGlass.
  machine-key                              makes a key for a machine: prints it, and its hash, for machines
  cases --data DIR [--ndjson]
        Prints every case of the log: a table, or one JSON object on each line.
`;
const NODE_MAJOR = 24;

const place: Place = {
  sourceRoot: import.meta.dirname,
  workerFile: join(import.meta.dirname, 'caselog', `append-worker${extname(import.meta.filename)}`),
};

const OPTIONS = {
  config: { type: 'string' },
  admin: { type: 'string', multiple: true },
  keys: { type: 'string' },
  key: { type: 'string' },
  data: { type: 'string' },
  vkey: { type: 'string' },
  old: { type: 'string' },
  ndjson: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>['values'];

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
  const gateway = await startGateway(readConfig(need(values.config, '--config')), place);
  say([`countersign listening ${gateway.url}`]);
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
  say([`countersign stopping (${signal})`]);
  await gateway.close();
  return 0;
};

const init: Command = async (values) => {
  const [first, second, ...others] = values.admin ?? [];
  if (first === undefined || second === undefined || others.length > 0 || first === second) {
    throw new UsageError('Name two different administrators: --admin NAME --admin NAME.');
  }
  const config = readConfig(need(values.config, '--config'));
  const { lines } = await initGateway(config, [first, second], need(values.keys, '--keys'));
  say(lines);
  return 0;
};

const check: Command = async (values) => {
  say((await checkConfig(need(values.config, '--config'))).lines);
  return 0;
};

const register: Command = async (values, [action, subject]) => {
  if (!['import', 'show', 'sign'].includes(action ?? '')) {
    throw new UsageError('countersign register import | show | sign. See countersign --help.');
  }
  const config = readConfig(need(values.config, '--config'));
  const named = need(subject, 'The file or digest');
  if (action === 'import') {
    say((await importRegister(config, place, { text: readNamed(named, 'The file'), name: named })).lines);
  } else if (action === 'show') {
    say((await showProposal(config, place, named)).lines);
  } else {
    const [administrator, ...others] = values.admin ?? [];
    if (others.length > 0) throw new UsageError('Sign as one administrator: --admin NAME.');
    const privateKeyPem = readNamed(need(values.key, '--key'), 'The key');
    const signer = { administrator: need(administrator, '--admin'), privateKeyPem };
    say((await signProposal(config, place, { digest: named, ...signer })).lines);
  }
  return 0;
};

const verify: Command = async (values) => {
  const { ok, lines } = await verifyLog(need(values.data, '--data'), {
    ...(values.vkey === undefined ? {} : { vkey: values.vkey }),
    ...(values.old === undefined ? {} : { oldCheckpoint: readNamed(values.old, 'The checkpoint') }),
  });
  say(lines);
  return ok ? 0 : 1;
};

const cases: Command = async (values) => {
  for await (const line of listLoggedCases(need(values.data, '--data'), { ndjson: values.ndjson === true }))
    say([line]);
  return 0;
};

const hash: Command = async () => {
  const [password = ''] = readFileSync(process.stdin.fd, 'utf8').split(/\r?\n/, 1);
  say([await hashedPassword(password)]);
  return 0;
};

const machineKey: Command = () => {
  const { key, keyHash } = freshMachineKey();
  say([`key, for the machine alone: ${key}`, `keyHashFile: ${keyHash}`]);
  return Promise.resolve(0);
};

/** Each command with how many words it takes. */
const COMMANDS: ReadonlyMap<string, readonly [Command, words: number]> = new Map([
  ['init', [init, 0]],
  ['serve', [serve, 0]],
  ['register', [register, 2]],
  ['verify', [verify, 0]],
  ['cases', [cases, 0]],
  ['check-config', [check, 0]],
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

function readCommandLine(): ReturnType<
  typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>
> {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error: unknown) {
    const what = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${what ?? ''}. See countersign --help.`);
  }
}

/** A file that somebody named on the command line. */
function readNamed(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
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
