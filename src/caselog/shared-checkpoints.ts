import { existsSync } from 'node:fs';
import type { PostgresConnection } from '../db/open-postgres.ts';
import { parseVerifierKey, signNote, type NoteSigner, type VerifierKey } from '../domain/signed-note.ts';
import { formatCheckpoint, type Checkpoint } from '../domain/tlog-checkpoint.ts';
import { frontierRoot, type Frontier } from '../domain/tree-frontier.ts';
import { writeDurably } from './durable-file.ts';
import { checkSigned, checkSignedRoot, readHighestSigned } from './highest-signed.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { readFrontier } from './shared-head.ts';
import { WriterFault } from './writer-fault.ts';
import type { WriterAnswers } from './writer-messages.ts';

type Connection = Pick<PostgresConnection, 'query'>;
type Signed = WriterAnswers['checkpoint'];

/** What the nodes have signed, each with the same key: the same note for the same size. */
export interface SharedCheckpoints {
  /**
   * Throws WriterFault('fatal') when the log of `size` does not contain everything that was signed: by this node, as its own second
   * place says, and by any, as the database says. A node without a second place begins with what the database says.
   */
  readonly checkAgainstSigned: (connection: Connection, size: number) => Promise<void>;
  /** Signs once for each size, under the lock of the head. In the database once the transaction is committed. */
  readonly sign: (connection: Connection, frontier: Frontier) => Promise<Signed>;
  /** Keeps a checkpoint that is in the database in this node's second place. On disk when it returns. */
  readonly keep: (signed: Signed) => void;
}

export function createSharedCheckpoints(signer: NoteSigner, highestSigned: string): SharedCheckpoints {
  const key = parseVerifierKey(signer.vkey);
  let kept: number | undefined;
  const keep = ({ size, note }: Signed): void => {
    if (kept !== size) writeDurably(highestSigned, note);
    kept = size;
  };
  return {
    checkAgainstSigned: async (connection, size) => {
      const newest = await newestSigned(connection, key);
      const own = existsSync(highestSigned) ? readHighestSigned(highestSigned, key) : undefined;
      for (const signed of [own ?? newest.checkpoint, newest.checkpoint]) {
        checkSigned(signed, size);
        checkSignedRoot(signed, frontierRoot(await readFrontier(connection, signed.size)));
      }
      kept = own?.size;
      // Never back: what this node has seen signed it remembers, whatever became of the row.
      if (newest.checkpoint.size > (kept ?? -1)) keep({ size: newest.checkpoint.size, note: newest.note });
    },
    sign: async (connection, frontier) => {
      const { size } = frontier;
      const text = formatCheckpoint({ origin: signer.name, size, root: frontierRoot(frontier) });
      const note = signNote(text, [signer]);
      await connection.query(
        'insert into checkpoint (size, note) values ($1, $2) on conflict (size) do nothing',
        [size, note],
      );
      const { rows } = await connection.query<{ readonly note: string }>(
        'select checkpoint.note from checkpoint where checkpoint.size = $1',
        [size],
      );
      if (rows[0]?.note === note) return { size, note };
      throw new WriterFault('fatal', `Something else was signed for size ${size}.`);
    },
    keep,
  };
}

async function newestSigned(
  connection: Connection,
  key: VerifierKey,
): Promise<{ readonly checkpoint: Checkpoint; readonly note: string }> {
  const { rows } = await connection.query<{ readonly note: string }>(
    'select checkpoint.note from checkpoint order by checkpoint.size desc limit 1',
  );
  const note = rows[0]?.note ?? '';
  const opened = openCheckpoint(note, key);
  if (opened.ok) return { checkpoint: opened.checkpoint, note };
  throw new WriterFault(
    'fatal',
    `The newest checkpoint in the database is not one of this node's key: ${opened.reason}.`,
  );
}
