import type Database from 'better-sqlite3';
import { openSqlite } from '../db/open-sqlite.ts';
import { GatewayError } from '../domain/errors.ts';
import { createBallast } from './ballast.ts';
import { caseLogPaths } from './case-log-paths.ts';
import { addMissingIndex, checkSchemaVersion } from './case-log-schema.ts';
import { openLogWriter, type LogWriter } from './log-writer.ts';
import { readSigningKey } from './signing-key.ts';
import { faultOf, WriterFault } from './writer-fault.ts';
import type { StampedEntry, WriterSettings } from './writer-messages.ts';

/** Opens the writer of the log in a folder: its key, its database, its ballast. Throws WriterFault. */
export function openWriterFromFiles(settings: WriterSettings, start: StampedEntry): LogWriter {
  const paths = caseLogPaths(settings.dir);
  let database: Database.Database | undefined;
  try {
    const signer = readSigningKey(paths.signingKey);
    database = openSqlite(paths.database, { mustExist: true });
    checkSchemaVersion(database);
    addMissingIndex(database);
    const ballast = createBallast(paths.ballast);
    return openLogWriter({ database, signer, highestSigned: paths.highestSigned, ballast, settings }, start);
  } catch (error: unknown) {
    database?.close();
    // Ours already say in plain words what is wrong; a driver's do not.
    if (error instanceof GatewayError && !(error instanceof WriterFault)) {
      throw new WriterFault('fatal', error.detail, error);
    }
    throw faultOf(error);
  }
}
