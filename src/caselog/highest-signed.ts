import { readFileSync } from 'node:fs';
import { sameHash, type Hash } from '../domain/merkle-tree.ts';
import type { VerifierKey } from '../domain/signed-note.ts';
import type { Checkpoint } from '../domain/tlog-checkpoint.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { WriterFault } from './writer-fault.ts';

/** The checkpoint in a node's second place. Throws WriterFault('fatal') when it cannot be read, or is none of this log. */
export function readHighestSigned(path: string, key: VerifierKey): Checkpoint {
  const opened = openCheckpoint(readNote(path), key);
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

/** Throws WriterFault('fatal') when a log of `size` entries cannot hold everything that was signed. */
export function checkSigned({ size: signed }: Checkpoint, size: number): void {
  if (signed <= size) return;
  throw new WriterFault(
    'fatal',
    `This case log ends at entry ${size}, but ${signed} entries were signed: an old backup was restored. Bring back the newest database; entries that were signed must not be lost.`,
  );
}

/** Throws WriterFault('fatal') unless the first entries of the log have the root that was signed for them. */
export function checkSignedRoot(signed: Checkpoint, root: Hash): void {
  if (sameHash(signed.root, root)) return;
  throw new WriterFault(
    'fatal',
    `The case log does not contain what was signed at size ${signed.size}. Run \`countersign verify\`.`,
  );
}
