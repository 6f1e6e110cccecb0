import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseLog } from './caselog/assemble-case-log.ts';
import { clock } from './compose-clock.ts';
import type { Place } from './compose-parts.ts';
import { storesOf, type Stores } from './compose-stores.ts';
import type { Config } from './config.ts';
import { GatewayError } from './domain/errors.ts';
import type { RegisterProposal } from './domain/register-proposal.ts';
import { createTurns, type Turns } from './domain/turns.ts';
import { proposeRegister } from './flows/propose-register.ts';
import { readRegisterHead } from './flows/read-register-head.ts';
import { signRegister } from './flows/sign-register.ts';
import {
  makeAdministratorKey,
  signProposalDigest,
  type Administrator,
} from './register/administrator-keys.ts';
import { loadPolicy } from './register/load-policy.ts';
import { openRegister, type Register } from './register/open-register.ts';
import { createSharedTurns } from './register/shared-turns.ts';

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
  const stores = storesOf(config, quietly);
  try {
    return await stores.making(() => makeAll(config, stores, newKeys(names, keysDir)));
  } finally {
    await stores.close();
  }
}

async function makeAll(
  config: Config,
  stores: Stores,
  keys: NewKeys,
): Promise<Said & { readonly vkey: string }> {
  const policy = loadPolicy(config.policyFile);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  try {
    const two = keys.make();
    const database = await stores.createDatabase();
    try {
      await (await openRegister({ database, policy, clock })).nameAdministrators(two);
    } finally {
      await database.destroy();
    }
    // Last, because it is what tells what was made from what was begun.
    const { vkey } = await stores.createLog();
    return { vkey, lines: initLines(config, vkey, keys.files) };
  } catch (error: unknown) {
    await stores.discardDatabase();
    for (const file of keys.files) rmSync(file, { force: true });
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

/** Keys of the two first administrators. */
interface NewKeys {
  readonly files: readonly string[];
  readonly make: () => readonly [Administrator, Administrator];
}

function newKeys(names: readonly [string, string], folder: string): NewKeys {
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
  const keyOf = (name: string): Administrator => makeAdministratorKey(name, fileOf(name));
  return { files, make: () => [keyOf(names[0]), keyOf(names[1])] };
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
  const proposal = await withRegister(config, place, ({ register, caseLog, turns }) =>
    turns(() =>
      signRegister({ register, caseLog, caseLogReader: caseLog }, { digest, administrator, signature }),
    ),
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
  /** Changes of nodes that run meanwhile come before or after, never in between. */
  readonly turns: Turns;
}

/** Opening the case log takes the data folder for this process alone: refused while a gateway runs. */
export async function withRegister<T>(
  config: Config,
  place: Place,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const stores = storesOf(config, quietly);
  try {
    const { workerFile } = place;
    const node = `${config.node}/command-line`;
    const caseLog = await stores.openLog({ workerFile, node, clock, onAlarm: ({ detail }) => tell(detail) });
    try {
      return await withDatabase(config, { stores, caseLog }, work);
    } finally {
      await caseLog.close();
    }
  } finally {
    await stores.close();
  }
}

async function withDatabase<T>(
  config: Config,
  { stores, caseLog }: { readonly stores: Stores; readonly caseLog: CaseLog },
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const policy = loadPolicy(config.policyFile);
  const database = await stores.openDatabase();
  try {
    const logged = (): ReturnType<typeof readRegisterHead> => readRegisterHead({ caseLogReader: caseLog });
    const following = { monotonicMs: clock.monotonicMs, confirmWithinMs: A_COMMAND_MS };
    const { postgres } = stores;
    if (postgres === undefined) {
      const register = await openRegister({ database, policy, clock, logged });
      return await work({ register, caseLog, turns: createTurns() });
    }
    const register = await openRegister({ database, policy, clock, logged, shared: following });
    return await work({
      register,
      caseLog,
      turns: createSharedTurns({ postgres, catchUp: register.catchUp }),
    });
  } finally {
    await database.destroy();
  }
}

/** A command looks at the register once, and again before it changes it. */
const A_COMMAND_MS = 600_000;

/** For a command: what there is to warn of goes where its faults go. */
export const quietly = { clock, onWarn: tell };

function tell(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
