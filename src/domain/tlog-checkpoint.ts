import { GatewayError } from './errors.ts';
import type { Hash } from './merkle-tree.ts';
import { decodeBase64 } from './signed-note.ts';

const ROOT_BYTES = 32;

/** What a log states about itself at one size: the text of a signed note (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Names the log; never empty. */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Hash;
  /** Lines after the third. Ours has none: nobody could audit them. */
  readonly extensions: readonly string[];
}

/** The three lines of a checkpoint. Throws GatewayError('internal') when the parts would not read back the same. */
export function formatCheckpoint(checkpoint: Omit<Checkpoint, 'extensions'>): string {
  const root = Buffer.from(checkpoint.root).toString('base64');
  const text = `${checkpoint.origin}\n${checkpoint.size}\n${root}\n`;
  if (parseCheckpoint(text) === undefined) {
    throw new GatewayError('internal', { detail: 'A checkpoint has an origin, a size and a 32-byte root.' });
  }
  return text;
}

/**
 * Reads the text of a checkpoint; undefined when it is malformed: an empty line, a size with leading zeros, signs or
 * beyond 2^53, a root that is not 32 bytes in padded base64, no final newline.
 */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const lines = text.split('\n');
  // The text ends in a newline, so that nothing follows the last one; no line before it is empty.
  if (lines.pop() !== '' || lines.includes('')) return undefined;
  const [origin = '', size = '', encoded = '', ...extensions] = lines;
  const root = decodeRoot(encoded);
  if (root === undefined || !isDecimal(size)) return undefined;
  return { origin, size: Number(size), root, extensions };
}

function isDecimal(size: string): boolean {
  return /^(0|[1-9][0-9]*)$/.test(size) && Number.isSafeInteger(Number(size));
}

function decodeRoot(encoded: string): Hash | undefined {
  const root = decodeBase64(encoded);
  return root?.length === ROOT_BYTES ? root : undefined;
}
