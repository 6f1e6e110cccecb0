import type Database from 'better-sqlite3';
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EntryBody } from '../domain/entry-body.ts';
import { parseVerifierKey, type VerifierKey } from '../domain/signed-note.ts';
import { caseLogPaths, type CaseLogPaths } from './case-log-paths.ts';
import { openForReading } from './open-case-log-read-only.ts';
import { createPersonalMerge } from './personal-merge.ts';
import { readVerifierKey } from './read-verifier-key.ts';
import { reportImpossibleKeys } from './report-impossible-keys.ts';
import { createSignedClaims, type OutsideCheckpoint } from './signed-claims.ts';
import { entryRows } from './stored-rows.ts';
import { createTreeAudit } from './tree-audit.ts';
import {
  createVerificationReport,
  describeError,
  type LogProblem,
  type VerificationReport,
} from './verification-report.ts';
import { verifyEntry } from './verify-entry.ts';
import { verifyHead } from './verify-head.ts';
import { createTileCheck, reportStrayTiles } from './verify-tiles.ts';

/** Entries checked before others get a turn. */
const TURN = 1_000;

interface Options {
  readonly dir: string;
  /** The log's public key from elsewhere. Without it the log can only be held against itself. */
  readonly vkey?: string;
  /** A checkpoint kept from earlier, verbatim: proves that nothing it covered was changed since. */
  readonly oldCheckpoint?: string;
}

export interface CaseLogVerdict {
  readonly ok: boolean;
  /** Entries in the log. */
  readonly size: number;
  /** Entries under a signed checkpoint that fits. */
  readonly signedSize: number;
  /** Personal values that entries commit to and that are not there (any more): erased, or deleted by somebody. */
  readonly absentPersonal: number;
  readonly verdict: 'verified' | 'self-consistent' | 'broken';
  readonly problems: readonly LogProblem[];
}

/**
 * Verifies everything that is stored of a case log, stopped or running: each column of each table is recomputed or held
 * against what commits to it (RFC 6962 tree, C2SP checkpoints, salted commitments). Reads one snapshot in constant memory.
 * Never throws for what it finds: places and details are in the verdict. `verified` needs the key from elsewhere.
 */
export async function verifyCaseLog(options: Options): Promise<CaseLogVerdict> {
  const { database } = caseLogPaths(options.dir);
  return await verifyStored(options, (read) => inSnapshot(database, read));
}

type Found = Pick<CaseLogVerdict, 'size' | 'signedSize' | 'absentPersonal'>;
const NOTHING: Found = { size: 0, signedSize: 0, absentPersonal: 0 };
type Read = (database: Database.Database) => Promise<Found>;

/**
 * Verifies a case log by the keys and the second place in a folder, and a database that `withDatabase` opens for as long as it is read.
 */
export async function verifyStored(
  options: Options,
  withDatabase: (read: Read, report: VerificationReport) => Promise<Found>,
): Promise<CaseLogVerdict> {
  const report = createVerificationReport();
  const found = await lookAt(options, withDatabase, report);
  const problems = report.problems();
  const ok = problems.length === 0;
  const sound = options.vkey === undefined ? 'self-consistent' : 'verified';
  return { ok, ...found, verdict: ok ? sound : 'broken', problems };
}

async function lookAt(
  options: Options,
  withDatabase: (read: Read, report: VerificationReport) => Promise<Found>,
  report: VerificationReport,
): Promise<Found> {
  const paths = caseLogPaths(options.dir);
  try {
    const key = keyOf(options, paths, report);
    // Before the snapshot: a checkpoint is in the database before it is here, so this one is in the snapshot too.
    const outside = outsideCheckpoints(options, paths, report);
    return await withDatabase(
      async (database) =>
        // Nothing that is found by walking such keys could be relied on.
        reportImpossibleKeys(database, report)
          ? await verifySnapshot(database, key, outside, report)
          : NOTHING,
      report,
    );
  } catch (error: unknown) {
    report.add('case log', describeError(error));
    return NOTHING;
  }
}

/** One state of the database for all that is read, whatever the gateway writes meanwhile. */
async function inSnapshot<T>(path: string, read: (database: Database.Database) => Promise<T>): Promise<T> {
  const database = openForReading(path);
  try {
    database.exec('BEGIN');
    return await read(database);
  } finally {
    database.close();
  }
}

function keyOf({ vkey }: Options, paths: CaseLogPaths, report: VerificationReport): VerifierKey {
  const beside = readVerifierKey(paths.verifierKey);
  if (vkey === undefined) return beside.key;
  if (vkey !== beside.vkey) report.add('verifier-key file', 'It is not the key that was given.');
  return parseVerifierKey(vkey);
}

function outsideCheckpoints(
  { oldCheckpoint }: Options,
  paths: CaseLogPaths,
  report: VerificationReport,
): readonly OutsideCheckpoint[] {
  const old = oldCheckpoint === undefined ? [] : [{ place: 'old checkpoint', note: oldCheckpoint }];
  try {
    return [...old, { place: 'highest-signed file', note: readFileSync(paths.highestSigned, 'utf8') }];
  } catch {
    report.add(
      'highest-signed file',
      'It is missing: an old backup of the database could not be told from the real one.',
    );
    return old;
  }
}

async function verifySnapshot(
  database: Database.Database,
  key: VerifierKey,
  outside: readonly OutsideCheckpoint[],
  report: VerificationReport,
): Promise<Found> {
  checkIntegrity(database, report);
  const tree = createTreeAudit();
  const claims = createSignedClaims(database, key, outside, report);
  const personal = createPersonalMerge(database, report);
  const checkTiles = createTileCheck(database, report);
  let size = 0;
  let last: EntryBody | undefined;
  let absentPersonal = 0;
  claims.check(size, tree.hasRoot);
  for (const row of entryRows(database)) {
    if (row.seq > size) report.add(`entry ${size}`, `It is missing; the next one is ${row.seq}.`);
    size = Math.max(size, row.seq + 1);
    const values = personal.of(row.seq);
    const body = verifyEntry(row, values, key.name, report);
    absentPersonal += countAbsent(body, values.length);
    checkEpoch(body, last, report);
    last = body ?? last;
    checkTiles(tree.append(row));
    claims.check(size, tree.hasRoot);
    if (size % TURN === 0) await nextTurn();
  }
  personal.finish();
  reportStrayTiles(database, size, report);
  const root = verifyHead(database, { size, hasRoot: tree.hasRoot, epoch: last?.epoch ?? 0 }, report);
  const { seqs, column } = tree.disagreements(root);
  for (const seq of seqs)
    report.add(`entry ${seq} column ${column}`, 'Body and leaf hash do not belong together.');
  return { size, signedSize: claims.finish(size), absentPersonal };
}

/** An index that disagrees with its table would hide entries from whoever searches. */
function checkIntegrity(database: Database.Database, report: VerificationReport): void {
  const said = String(database.pragma('integrity_check(1)', { simple: true }));
  if (said !== 'ok') report.add('database file', `SQLite finds it damaged: ${said}.`);
}

/** A new epoch starts with `node.start`, and none comes back: anything else is a writer that had been replaced. */
function checkEpoch(
  body: EntryBody | undefined,
  last: EntryBody | undefined,
  report: VerificationReport,
): void {
  if (body === undefined || last === undefined) return;
  const step = body.epoch - last.epoch;
  if (step === 0 || (step > 0 && body.kind === 'node.start')) return;
  report.add(
    `entry ${body.seq} column body`,
    `It is of epoch ${body.epoch}, after one of epoch ${last.epoch}.`,
  );
}

/** Commitments of an entry that no row stands for. */
function countAbsent(body: EntryBody | undefined, present: number): number {
  return body === undefined ? 0 : Math.max(0, Object.keys(body.commitments).length - present);
}
