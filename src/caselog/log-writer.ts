import type Database from 'better-sqlite3';
import { frontierRoot } from '../domain/tree-frontier.ts';
import type { NoteSigner } from '../domain/signed-note.ts';
import type { Ballast } from './ballast.ts';
import { createBatchWriter } from './batch-writer.ts';
import { createCheckpointSigner } from './checkpoint-signer.ts';
import { readHead } from './log-head.ts';
import { faultOf, WriterFault } from './writer-fault.ts';
import type { EntryVerdict, StampedEntry, WriterAnswers, WriterSettings } from './writer-messages.ts';

/** The log's only writer. Not safe to share between threads; each call is done when it returns. */
export interface LogWriter {
  /** Where the log stands, and the epoch that this opening began. */
  readonly opened: () => WriterAnswers['open'];
  /**
   * Writes a batch in one transaction: durable and sequenced when it returns, and nothing of it written when it throws
   * (except, after a `fatal` WriterFault, perhaps all of it). Throws WriterFault; after a fatal one only that.
   */
  readonly append: (entries: readonly StampedEntry[], reserved: boolean) => readonly EntryVerdict[];
  /** Signs the log as it stands; the same note again when it has not grown. Throws WriterFault. */
  readonly signCheckpoint: () => WriterAnswers['checkpoint'];
  readonly close: () => void;
}

interface Parts {
  readonly database: Database.Database;
  readonly signer: NoteSigner;
  readonly highestSigned: string;
  readonly ballast: Ballast;
  readonly settings: Pick<WriterSettings, 'node' | 'boot'>;
}

/**
 * Takes the log over: checks that what is stored fits its head and everything signed before, moves to a new epoch and
 * writes `node.start`. Throws WriterFault when the log must not be continued.
 */
export function openLogWriter(parts: Parts, start: StampedEntry): LogWriter {
  const { database, ballast } = parts;
  const checkpoints = createCheckpointSigner(parts);
  let position = readHead(database);
  checkpoints.checkAgainstHighest(position.frontier.size);
  const epoch = position.headEpoch + 1;
  const writeBatch = createBatchWriter(database, { ...parts.settings, log: parts.signer.name, epoch });
  let hasBallast = ballast.setAside();
  let broken: WriterFault | undefined;

  const guarded = <T>(act: () => T): T => {
    if (broken !== undefined) throw broken;
    try {
      return act();
    } catch (error: unknown) {
      const fault = faultOf(error);
      if (fault.kind === 'fatal') broken = fault;
      if (fault.kind === 'disk-full') {
        ballast.free();
        hasBallast = false;
      }
      throw fault;
    }
  };
  const append: LogWriter['append'] = (entries, reserved) =>
    guarded(() => {
      hasBallast ||= !reserved && ballast.setAside();
      if (!hasBallast && !reserved) throw new WriterFault('disk-full', 'The disk of the case log is full.');
      const written = writeBatch(position, entries);
      position = written.position;
      return written.verdicts;
    });
  // The epoch makes the id new for each opening, whatever the caller's source of names is worth.
  append([{ ...start, draft: { ...start.draft, id: `${start.draft.id}:${epoch}` } }], true);
  return {
    opened: () => ({ size: position.frontier.size, epoch }),
    append,
    signCheckpoint: () =>
      guarded(() => checkpoints.sign(position.frontier.size, frontierRoot(position.frontier))),
    close: () => void database.close(),
  };
}
