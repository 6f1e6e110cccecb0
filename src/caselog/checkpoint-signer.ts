import type Database from 'better-sqlite3';
import { readFileSync } from 'node:fs';
import { rootAt, sameHash, type Hash } from '../domain/merkle-tree.ts';
import { parseVerifierKey, signNote, type NoteSigner } from '../domain/signed-note.ts';
import { formatCheckpoint, type Checkpoint } from '../domain/tlog-checkpoint.ts';
import { writeDurably } from './durable-file.ts';
import type { HeadRow } from './log-head.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { storedTree } from './stored-tree.ts';
import { WriterFault } from './writer-fault.ts';
import type { WriterAnswers } from './writer-messages.ts';

interface Parts {
  readonly database: Database.Database;
  readonly signer: NoteSigner;
  /** File that keeps the newest checkpoint a second time. */
  readonly highestSigned: string;
}

interface CheckpointSigner {
  /** Throws WriterFault('fatal') when the log of `size` does not contain everything that has been signed. */
  readonly checkAgainstHighest: (size: number) => void;
  /** Signs once for each size; the stored note after that. On disk, in both places, when it returns. */
  readonly sign: (size: number, root: Hash) => WriterAnswers['checkpoint'];
}

/** Signs what the log is, never two different things for one size (C2SP tlog-checkpoint). */
export function createCheckpointSigner({ database, signer, highestSigned }: Parts): CheckpointSigner {
  const stored = database
    .prepare<[number], string>('SELECT checkpoint.note FROM checkpoint WHERE checkpoint.size = ?')
    .pluck();
  const insert = database.prepare<[number, string]>('INSERT INTO checkpoint (size, note) VALUES (?, ?)');
  const head = database.prepare<[], HeadRow>('SELECT head.size, head.root, head.epoch FROM head');
  let kept: number | undefined;
  return {
    checkAgainstHighest: (size) => {
      const highest = readHighest(highestSigned, signer);
      if (highest.size > size) throw olderThanSigned(highest.size, size);
      if (!sameHash(rootAt(storedTree(database), highest.size), highest.root)) {
        throw new WriterFault(
          'fatal',
          `The case log does not contain what was signed at size ${highest.size}. Run \`countersign verify\`.`,
        );
      }
      kept = highest.size;
    },
    sign: (size, root) => {
      const row = head.get();
      // The rows decide, not this writer's memory of them: a second writer would show here.
      if (row?.size !== size || !sameHash(row.root, root)) {
        throw new WriterFault('fatal', 'Another writer has taken over the case log.');
      }
      const note = signNote(formatCheckpoint({ origin: signer.name, size, root }), [signer]);
      const earlier = stored.get(size);
      if (earlier === undefined) insert.run(size, note);
      else if (earlier !== note)
        throw new WriterFault('fatal', `Something else was signed for size ${size}.`);
      if (kept !== size) writeDurably(highestSigned, note);
      kept = size;
      return { size, note };
    },
  };
}

function readHighest(path: string, signer: NoteSigner): Checkpoint {
  const opened = openCheckpoint(readNote(path), parseVerifierKey(signer.vkey));
  if (opened.ok) return opened.checkpoint;
  throw new WriterFault(
    'fatal',
    `The second place of the newest checkpoint (${path}) is damaged: ${opened.reason}.`,
  );
}

function readNote(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause: unknown) {
    throw new WriterFault(
      'fatal',
      `The second place of the newest checkpoint (${path}) is missing: nothing says whether this log is complete.`,
      cause,
    );
  }
}

function olderThanSigned(signed: number, size: number): WriterFault {
  return new WriterFault(
    'fatal',
    `This case log ends at entry ${size}, but ${signed} entries were signed: an old backup was restored. Bring back the newest database; entries that were signed must not be lost.`,
  );
}
