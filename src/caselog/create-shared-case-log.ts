import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Postgres, PostgresConnection } from '../db/open-postgres.ts';
import { CaseLogUnavailable, GatewayError } from '../domain/errors.ts';
import { emptyRoot } from '../domain/merkle-tree.ts';
import { caseLogPaths } from './case-log-paths.ts';
import { signCheckpointOfNothing, signerOf } from './create-case-log.ts';
import { syncFolder, writeDurably } from './durable-file.ts';
import { checkServer } from './open-shared-case-log.ts';
import { createSharedTables, hasSharedTables } from './shared-schema.ts';
import { inTransaction } from './shared-transaction.ts';
import { writeSigningKey } from './signing-key.ts';
import { faultOf } from './writer-fault.ts';

const SEED_BYTES = 32;
/** One at a time: a number of our own among PostgreSQL's advisory locks. */
const BEGIN_ALONE = 'begin; select pg_advisory_xact_lock(7310270)';

interface Options {
  /** With search_path `case_log`; its user may make a schema of this name, or is its owner. */
  readonly postgres: Postgres;
  /** Folder of this node for the log's keys; made by this call, or empty. */
  readonly dir: string;
  /** Name of the log for good, e.g. `caselog.rx1.main/2026-1`: no spaces, no `+`. */
  readonly origin: string;
  readonly randomBytes: (n: number) => Uint8Array;
}

/**
 * Creates a case log in PostgreSQL, once: tables, the signed checkpoint of the empty log, and in `dir` its keys, which the other nodes
 * need copies of. The log appears whole or not at all: where the connection is lost at the last moment, creating it once more finishes
 * it. Throws CaseLogUnavailable when the folder holds anything already, there is a log in the database, the origin is no key name, or
 * the server cannot be used.
 */
export async function createSharedCaseLog(options: Options): Promise<{ readonly vkey: string }> {
  const { postgres, dir } = options;
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new CaseLogUnavailable(
      `There is something in ${dir} already. A case log is created once, with a folder of its own for its keys.`,
    );
  }
  await checkServer(postgres);
  const making = `${dir}.making`;
  try {
    await inTransaction(postgres, BEGIN_ALONE, (connection) => make(connection, making, options));
  } catch (error: unknown) {
    if (error instanceof GatewayError) throw error;
    throw new CaseLogUnavailable(`${faultOf(error).detail} It is not created; try again.`, error);
  }
  renameSync(making, dir);
  syncFolder(dirname(dir));
  return { vkey: readFileSync(caseLogPaths(dir).verifierKey, 'utf8').trimEnd() };
}

async function make(connection: PostgresConnection, making: string, options: Options): Promise<void> {
  if (await hasSharedTables(connection)) {
    // An attempt of ours that was committed, and never heard so: its keys are still here.
    if (await isOfKeysIn(making, connection)) return;
    throw new CaseLogUnavailable('There is a case log in this database already. A log is created once.');
  }
  await checkEncoding(connection);
  const note = fillFolder(making, options);
  await createSharedTables(connection, emptyRoot());
  await connection.query('insert into checkpoint (size, note) values (0, $1)', [note]);
}

async function isOfKeysIn(making: string, connection: PostgresConnection): Promise<boolean> {
  const { highestSigned } = caseLogPaths(making);
  if (!existsSync(highestSigned)) return false;
  const { rows } = await connection.query<{ readonly note: string }>(
    'select checkpoint.note from checkpoint where checkpoint.size = 0',
  );
  return rows[0]?.note === readFileSync(highestSigned, 'utf8');
}

async function checkEncoding(connection: PostgresConnection): Promise<void> {
  const { rows } = await connection.query<{ readonly server_encoding: string }>('show server_encoding');
  if (rows[0]?.server_encoding === 'UTF8') return;
  throw new CaseLogUnavailable('This database does not keep its text in UTF8. Create one that does.');
}

function fillFolder(making: string, { origin, randomBytes }: Options): string {
  const seed = randomBytes(SEED_BYTES);
  const signer = signerOf(origin, seed);
  // What an interrupted attempt left was never used: there is no log in the database.
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true, mode: 0o700 });
  const paths = caseLogPaths(making);
  const note = signCheckpointOfNothing(signer);
  writeSigningKey(paths.signingKey, signer, seed);
  writeFileSync(paths.verifierKey, `${signer.vkey}\n`, { flush: true });
  writeDurably(paths.highestSigned, note);
  return note;
}
