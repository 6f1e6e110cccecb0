import { readFile, stat } from 'node:fs/promises';
import type { CrlSource } from './crl-shelf.ts';

/** Files with revocation lists, read again when they change. */
export interface CrlFiles {
  /** Their contents as last read, PEM or DER; the same array until one of them changes. */
  readonly read: CrlSource;
  /**
   * Looks whether a file changed (modification time, size, inode) and reads those that did. True when one did. A file that is gone or
   * cannot be read keeps what it held, until that is over; it is told of. Never throws. To be called every minute or so.
   */
  readonly reload: () => Promise<boolean>;
}

interface Held {
  readonly stamp: string;
  readonly bytes: Uint8Array;
}

/** A list of two million entries is below this. */
const MAX_BYTES = 128 * 1024 * 1024;

/** Reads the files for the first time. Throws when one cannot be read: a start shows it, not the first morning without cards. */
export async function openCrlFiles(
  paths: readonly string[],
  onWarn: (message: string) => void,
): Promise<CrlFiles> {
  const held = new Map<string, Held>();
  for (const path of paths) held.set(path, await readHeld(path, await stampOf(path)));
  let contents = contentsOf(held);
  return {
    read: () => contents,
    reload: async () => {
      const changes = await Promise.all(paths.map((path) => refresh(held, path, onWarn)));
      if (!changes.includes(true)) return false;
      contents = contentsOf(held);
      return true;
    },
  };
}

async function refresh(
  held: Map<string, Held>,
  path: string,
  onWarn: (message: string) => void,
): Promise<boolean> {
  try {
    const stamp = await stampOf(path);
    if (held.get(path)?.stamp === stamp) return false;
    held.set(path, await readHeld(path, stamp));
    return true;
  } catch {
    onWarn(`The revocation list ${path} cannot be read. The one read before counts until it ends.`);
    return false;
  }
}

/** The stamp is from before the reading: what is written meanwhile is read the next time. */
async function readHeld(path: string, stamp: string): Promise<Held> {
  return { stamp, bytes: new Uint8Array(await readFile(path)) };
}

async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  if (size > MAX_BYTES) throw new RangeError(`${path} is larger than a revocation list`);
  return [mtimeMs, size, ino].join(' ');
}

function contentsOf(held: ReadonlyMap<string, Held>): readonly Uint8Array[] {
  return [...held.values()].map(({ bytes }) => bytes);
}
