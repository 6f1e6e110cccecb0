import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { openSqlite } from '../db/open-sqlite.ts';
import { CaseLogUnavailable } from '../domain/errors.ts';
import { emptyRoot } from '../domain/merkle-tree.ts';
import { createNoteSigner, signNote, type NoteSigner } from '../domain/signed-note.ts';
import { formatCheckpoint } from '../domain/tlog-checkpoint.ts';
import { createBallast } from './ballast.ts';
import { caseLogPaths } from './case-log-paths.ts';
import { createCaseLogTables } from './case-log-schema.ts';
import { syncFolder, writeDurably } from './durable-file.ts';
import { refuseNetworkDisk } from './refuse-network-disk.ts';
import { writeSigningKey } from './signing-key.ts';

const SEED_BYTES = 32;

interface Options {
  /** Folder of the log; made by this call, or empty. */
  readonly dir: string;
  /** Name of the log for good, e.g. `caselog.rx1.main/2026-1`: no spaces, no `+`. */
  readonly origin: string;
  readonly randomBytes: (n: number) => Uint8Array;
}

/**
 * Creates a case log, once: tables, signing key, and the signed checkpoint of the empty log. A missing log is fatal to
 * everybody else, so that losing one can never pass as a fresh start. The log appears whole or not at all.
 * Throws CaseLogUnavailable when the folder holds anything already or is on a network disk, or the origin is no
 * key name.
 */
export function createCaseLog(options: Options): { readonly vkey: string } {
  const { dir } = options;
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new CaseLogUnavailable(
      `There is something in ${dir} already. A case log is created once, in a folder of its own.`,
    );
  }
  const seed = options.randomBytes(SEED_BYTES);
  const signer = signerOf(options.origin, seed);
  const making = `${dir}.making`;
  // What an interrupted attempt left was never used: the rename is the last step.
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true, mode: 0o700 });
  refuseNetworkDisk(making);
  fillFolder(making, signer, seed);
  renameSync(making, dir);
  syncFolder(dirname(dir));
  return { vkey: signer.vkey };
}

function fillFolder(dir: string, signer: NoteSigner, seed: Uint8Array): void {
  const paths = caseLogPaths(dir);
  const note = signCheckpointOfNothing(signer);
  writeSigningKey(paths.signingKey, signer, seed);
  writeFileSync(paths.verifierKey, `${signer.vkey}\n`, { flush: true });
  openSqlite(paths.lock).close();
  const database = openSqlite(paths.database);
  try {
    createCaseLogTables(database, emptyRoot());
    database.prepare('INSERT INTO checkpoint (size, note) VALUES (0, ?)').run(note);
  } finally {
    database.close();
  }
  createBallast(paths.ballast).setAside();
  writeDurably(paths.highestSigned, note);
}

/** The checkpoint of a log without entries. */
export function signCheckpointOfNothing(signer: NoteSigner): string {
  return signNote(formatCheckpoint({ origin: signer.name, size: 0, root: emptyRoot() }), [signer]);
}

/** The signer of a new log. Throws CaseLogUnavailable when its name cannot be that of a key. */
export function signerOf(origin: string, seed: Uint8Array): NoteSigner {
  try {
    return createNoteSigner(origin, seed);
  } catch (cause: unknown) {
    throw new CaseLogUnavailable(
      `"${origin}" cannot name a case log: leave out spaces and "+". Example: caselog.rx1.main/2026-1`,
      cause,
    );
  }
}
