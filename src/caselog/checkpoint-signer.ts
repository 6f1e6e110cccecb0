import type Database from 'better-sqlite3';
import { rootAt, sameHash, type Hash } from '../domain/merkle-tree.ts';
import { parseVerifierKey, signNote, type NoteSigner } from '../domain/signed-note.ts';
import { formatCheckpoint } from '../domain/tlog-checkpoint.ts';
import { writeDurably } from './durable-file.ts';
import { checkSigned, checkSignedRoot, readHighestSigned } from './highest-signed.ts';
import type { HeadRow } from './log-head.ts';
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
      const highest = readHighestSigned(highestSigned, parseVerifierKey(signer.vkey));
      checkSigned(highest, size);
      checkSignedRoot(highest, rootAt(storedTree(database), highest.size));
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
