import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createCaseLog } from './caselog/create-case-log.ts';
import { openCaseLogReadOnly } from './caselog/open-case-log-read-only.ts';
import { openCaseLog, type CaseLog } from './caselog/open-case-log.ts';
import { verifyCaseLog } from './caselog/verify-case-log.ts';
import { identityFaults } from './compose-dry.ts';
import { clock, type Place } from './compose-parts.ts';
import { policyNotes } from './compose-policy.ts';
import { ConfigRefused, readConfig, type Config } from './config.ts';
import { openGatewayDatabase } from './db/gateway-database.ts';
import type { CaseView } from './domain/case-view.ts';
import { GatewayError } from './domain/errors.ts';
import { listAllCases } from './flows/list-all-cases.ts';
import type { RegisterProposal } from './domain/register-proposal.ts';
import { hashPassword } from './identity/break-glass/password-hash.ts';
import { newMachineKey } from './identity/machines/machine-key.ts';
import { proposeRegister } from './flows/propose-register.ts';
import { readRegisterHead } from './flows/read-register-head.ts';
import { signRegister } from './flows/sign-register.ts';
import { makeAdministratorKey, signProposalDigest } from './register/administrator-keys.ts';
import { loadPolicy } from './register/load-policy.ts';
import { openRegister, type Register } from './register/open-register.ts';

/** What a command found, and the sentences it says. */
export interface Said {
  readonly lines: readonly string[];
}

/**
 * Makes a data folder, once: case log, register, and the first two administrators, whose private keys are written to
 * `keysDir` as `<name>.pem`. Throws GatewayError('conflict') when the folder holds anything; what was begun is taken away
 * again when a later step fails.
 */
export async function initGateway(
  config: Config,
  names: readonly [string, string],
  keysDir: string,
): Promise<Said & { readonly vkey: string }> {
  const { dataDir } = config;
  const logDir = join(dataDir, 'case-log');
  if (existsSync(logDir) || existsSync(databaseIn(dataDir))) {
    throw new GatewayError('conflict', {
      detail: `${dataDir} holds a case log or a register already. \`init\` is done once, in a folder of its own.`,
    });
  }
  const policy = loadPolicy(config.policyFile);
  const keys = newKeys(names, keysDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const made = [...keys.files];
  try {
    const two = [keys.make(names[0]), keys.make(names[1])] as const;
    made.push(...['', '-wal', '-shm'].map((ending) => `${databaseIn(dataDir)}${ending}`));
    const database = await openGatewayDatabase(databaseIn(dataDir), { create: true });
    try {
      await (await openRegister({ database, policy, clock })).nameAdministrators(two);
    } finally {
      await database.destroy();
    }
    // Last, because it is what tells a made folder from one that was begun.
    const { vkey } = createCaseLog({ dir: logDir, origin: config.caseLog.origin, randomBytes: bytes });
    return { vkey, lines: initLines(config, vkey, keys.files) };
  } catch (error: unknown) {
    for (const file of made) rmSync(file, { force: true });
    throw error;
  }
}

function initLines({ dataDir }: Config, vkey: string, keyFiles: readonly string[]): readonly string[] {
  return [
    `The data folder ${dataDir} is made.`,
    'Give each administrator their key, and take it off this machine:',
    ...keyFiles.map((file) => `  ${file}`),
    'Give the auditor the public key of the case log; with it they verify without trusting this machine:',
    `  ${vkey}`,
  ];
}

function newKeys(
  names: readonly [string, string],
  folder: string,
): {
  readonly files: readonly string[];
  readonly make: (name: string) => ReturnType<typeof makeAdministratorKey>;
} {
  const wrong = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name));
  if (wrong !== undefined) {
    throw new GatewayError('bad-request', {
      detail: `"${wrong}" cannot be an administrator's name: use letters, digits, dots and dashes.`,
    });
  }
  const fileOf = (name: string): string => join(folder, `${name}.pem`);
  const files = names.map(fileOf);
  const taken = files.find((file) => existsSync(file));
  if (taken !== undefined) {
    throw new GatewayError('conflict', { detail: `${taken} exists already; a key is never written over.` });
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { files, make: (name) => makeAdministratorKey(name, fileOf(name)) };
}

/**
 * Reads the config, the policy and every file they name, and builds every way to sign in without opening it. Throws Error with all
 * faults: those of the files with file and line first; those of what is built from them once there are none of these. `ok` is
 * false where the policy would lock out everybody who can use AI now.
 */
export async function checkConfig(file: string): Promise<Said & { readonly ok: boolean }> {
  const faults: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error: unknown) {
      faults.push(error instanceof Error ? error.message : String(error));
      if (error instanceof ConfigRefused) policyFile = error.policyFile;
      return undefined;
    }
  };
  let policyFile: string | undefined;
  const config = attempt(() => readConfig(file));
  policyFile = config?.policyFile ?? policyFile;
  const named = policyFile;
  const policy = named === undefined ? undefined : attempt(() => loadPolicy(named));
  if (config !== undefined) faults.push(...(await identityFaults(config, clock)));
  if (config === undefined || policy === undefined || faults.length > 0) throw new Error(faults.join('\n'));
  const { ok, lines } = await policyNotes(config, policy);
  const inOrder = `The config and policy ${policy.id} ${policy.version} are in order (${policy.digest}).`;
  return { ok, lines: [inOrder, ...lines] };
}

/** Proposes what an import file says. Throws GatewayError('bad-request') with every fault of the file, CaseLogUnavailable while a gateway runs. */
export async function importRegister(
  config: Config,
  place: Place,
  file: { readonly text: string; readonly name: string },
): Promise<Said & { readonly digest: string }> {
  const proposal = await withRegister(config, place, ({ register }) => proposeRegister({ register }, file));
  return { digest: proposal.digest, lines: proposalLines(proposal) };
}

/** What a proposal would change, and who has signed it. Throws GatewayError('not-found'). */
export async function showProposal(config: Config, place: Place, digest: string): Promise<Said> {
  const proposal = await withRegister(config, place, ({ register }) => register.proposal(digest));
  return { lines: proposalLines(proposal) };
}

/** Signs a proposal; after the second administrator's signature it is in force. Throws what signRegister throws. */
export async function signProposal(
  config: Config,
  place: Place,
  by: { readonly digest: string; readonly administrator: string; readonly privateKeyPem: string },
): Promise<Said> {
  const { digest, administrator, privateKeyPem } = by;
  const signature = signProposalDigest(digest, privateKeyPem);
  const proposal = await withRegister(config, place, ({ register, caseLog }) =>
    signRegister({ register, caseLog }, { digest, administrator, signature }),
  );
  return { lines: stateLines(proposal) };
}

/** What a proposal changes, who has signed it, and how it stands. */
export function proposalLines(proposal: RegisterProposal): readonly string[] {
  return [
    ...proposal.changes.map(({ action, kind, id }) => `${action} ${kind} ${id}`),
    ...stateLines(proposal),
  ];
}

function stateLines({ digest, state, signedBy, changes }: RegisterProposal): readonly string[] {
  const signed = signedBy.length === 0 ? 'nobody' : signedBy.join(' and ');
  return [`proposal ${digest}`, `${String(changes.length)} changes, signed by ${signed}: ${state}`];
}

interface Opened {
  readonly register: Register;
  readonly caseLog: CaseLog;
}

/** Opening the case log takes the data folder for this process alone: refused while a gateway runs. */
export async function withRegister<T>(
  config: Config,
  place: Place,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const policy = loadPolicy(config.policyFile);
  const caseLog = await openCaseLog({
    dir: join(config.dataDir, 'case-log'),
    workerFile: place.workerFile,
    node: `${config.node}/command-line`,
    clock,
    randomBytes: bytes,
    onAlarm: ({ detail }) => process.stderr.write(`${detail}\n`),
  });
  try {
    const database = await openGatewayDatabase(databaseIn(config.dataDir));
    try {
      const logged = (): ReturnType<typeof readRegisterHead> => readRegisterHead({ caseLogReader: caseLog });
      return await work({ register: await openRegister({ database, policy, clock, logged }), caseLog });
    } finally {
      await database.destroy();
    }
  } finally {
    await caseLog.close();
  }
}

/** Verifies the case log of a data folder, stopped or running. Never throws for what it finds. */
export async function verifyLog(
  dataDir: string,
  against: { readonly vkey?: string; readonly oldCheckpoint?: string },
): Promise<Said & { readonly ok: boolean }> {
  const { ok, verdict, size, signedSize, absentPersonal, problems } = await verifyCaseLog({
    dir: join(dataDir, 'case-log'),
    ...against,
  });
  const summary = `${verdict}: ${String(size)} entries, ${String(signedSize)} of them under a signed checkpoint`;
  const hints = [
    ...(absentPersonal === 0
      ? []
      : [
          `${String(absentPersonal)} personal values that entries commit to are not there: erased, or deleted by somebody.`,
        ]),
    ...(verdict === 'self-consistent'
      ? ['Self-consistent is all that can be said without the public key from elsewhere (--vkey).']
      : []),
  ];
  return { ok, lines: [...problems.map(({ place, detail }) => `${place}: ${detail}`), summary, ...hints] };
}

/** Every case of a data folder's log, oldest first: JSON lines, or a table. Throws CaseLogUnavailable. */
export async function* listLoggedCases(
  dataDir: string,
  how: { readonly ndjson: boolean },
): AsyncIterable<string> {
  const reader = openCaseLogReadOnly({ dir: join(dataDir, 'case-log') });
  try {
    if (!how.ndjson) yield row(['opened', 'case', 'state', 'function', 'model', 'person', 'disposition']);
    for await (const view of listAllCases({ caseLogReader: reader })) {
      yield how.ndjson ? JSON.stringify(view) : row(cells(view));
    }
  } finally {
    reader.close();
  }
}

function cells(view: CaseView): readonly string[] {
  return [
    new Date(view.openedUs / 1_000).toISOString(),
    view.caseId,
    view.state,
    view.function,
    `${view.model}@${view.version}`,
    view.practitioner ?? '-',
    view.disposition ?? '-',
  ];
}

const WIDTHS = [24, 38, 11, 22, 28, 20, 11];

function row(values: readonly string[]): string {
  return values
    .map((value, place) => value.padEnd(WIDTHS[place] ?? 0))
    .join(' ')
    .trimEnd();
}

function databaseIn(dataDir: string): string {
  return join(dataDir, 'gateway.sqlite');
}

function bytes(count: number): Uint8Array {
  return randomBytes(count);
}

/** The hash of a password, as the config wants it. Throws BadRequest for one that is too short or too long. */
export function hashedPassword(password: string): Promise<string> {
  return hashPassword(password, bytes);
}

/** A key for a machine, and what the gateway keeps of it. */
export function freshMachineKey(): ReturnType<typeof newMachineKey> {
  return newMachineKey(bytes);
}
