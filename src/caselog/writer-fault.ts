import { GatewayError } from '../domain/errors.ts';

/**
 * How bad a failed write is. `disk-full`: nothing was written, later writes may succeed. `busy`: another connection held
 * the database, nothing was written. `fatal`: what is on disk is not known or not ours; this writer must not go on.
 */
export type FaultKind = 'disk-full' | 'busy' | 'fatal';

/** A write that did not happen, or not for certain. Stays inside the room: callers get CaseLogUnavailable. */
export class WriterFault extends GatewayError {
  override readonly name = 'WriterFault';
  readonly kind: FaultKind;
  constructor(kind: FaultKind, detail: string, cause?: unknown) {
    super('case-log-unavailable', { detail, cause });
    this.kind = kind;
  }
}

/** Codes that mean "no space": of the database itself, and of the file its connections share. */
const NO_SPACE = ['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'ENOSPC', 'EDQUOT'];

/** What an error of the driver or the file system means for the writer. Whatever is not known to be harmless is fatal. */
export function faultOf(error: unknown): WriterFault {
  if (error instanceof WriterFault) return error;
  const code = codeOf(error);
  if (NO_SPACE.includes(code))
    return new WriterFault('disk-full', 'The disk of the case log is full.', error);
  if (code.startsWith('SQLITE_BUSY')) {
    return new WriterFault('busy', 'Another program holds the database of the case log.', error);
  }
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return new WriterFault('fatal', 'Something else has written to the case log.', error);
  }
  return new WriterFault('fatal', `The case log cannot be written (${code}).`, error);
}

/** By its code, not its class: the driver's class is not the same object in every thread that loaded it. */
function codeOf(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode ? String(error.code) : 'unknown error';
}
