import { PostgresFault } from '../db/open-postgres.ts';
import { GatewayError } from '../domain/errors.ts';

/**
 * How bad a failed write is. `disk-full`: nothing was written, later writes may succeed. `busy`: another connection held
 * the database, nothing was written. `away`: the database server did not answer, and nothing is known of what was on its way;
 * the same entries may be written again, their ids see to that. `fatal`: what is on disk is not known or not ours; this writer
 * must not go on.
 */
export type FaultKind = 'disk-full' | 'busy' | 'away' | 'fatal';

/** A write that did not happen, or not for certain. Stays inside the room: callers get CaseLogUnavailable. */
export class WriterFault extends GatewayError {
  override readonly name = 'WriterFault';
  readonly kind: FaultKind;
  constructor(kind: FaultKind, detail: string, cause?: unknown) {
    super('case-log-unavailable', { detail, cause });
    this.kind = kind;
  }
}

/** Codes that mean "no space": of SQLite itself, of the file its connections share, and of PostgreSQL (disk_full). */
const NO_SPACE = ['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'ENOSPC', 'EDQUOT', '53100'];
/**
 * SQLSTATE (PostgreSQL, appendix A) of a server that cannot be asked now: committed there and not on its standby (01), connections (08), who may connect (28), rolled back for the
 * sake of others (40), its resources (53), somebody stopped the statement or the server (57), an idle connection closed (25P03),
 * a lock not to be had (55P03), a standby (25006).
 */
const AWAY = /^(?:(?:01|08|28|40|53|57)...|25P03|55P03|25006)$/;
/** What PostgreSQL itself says, as against the way there. */
export const SQLSTATE = /^(?:[0-9][0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/;
/** What the driver met in an answer: that the server answered is known then. */
const ANSWERED = ['INTEGER', 'UNKNOWN'];

/** What an error of the driver or the file system means for the writer. Whatever is not known to be harmless is fatal. */
export function faultOf(error: unknown): WriterFault {
  if (error instanceof WriterFault) return error;
  const code = codeOf(error);
  if (NO_SPACE.includes(code))
    return new WriterFault('disk-full', 'The disk of the case log is full.', error);
  if (code.startsWith('SQLITE_BUSY')) {
    return new WriterFault('busy', 'Another program holds the database of the case log.', error);
  }
  if (code.startsWith('SQLITE_CONSTRAINT') || /^23...$/.test(code)) {
    return new WriterFault('fatal', 'Something else has written to the case log.', error);
  }
  if (error instanceof PostgresFault && isAway(code)) {
    return new WriterFault('away', `The database server of the case log does not answer (${code}).`, error);
  }
  return new WriterFault('fatal', `The case log cannot be written (${code}).`, error);
}

/** A code that is none of PostgreSQL's own comes from the way there: Node, TLS, or patience that ended. */
function isAway(code: string): boolean {
  return SQLSTATE.test(code) ? AWAY.test(code) : !ANSWERED.includes(code);
}

/** By its code, not its class: the driver's class is not the same object in every thread that loaded it. */
function codeOf(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode ? String(error.code) : 'unknown error';
}
