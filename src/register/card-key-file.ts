import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { RegisterUnavailable } from '../domain/errors.ts';

const base64url = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const storedKey = z.strictObject({
  kid: base64url,
  publishedAt: z.int(),
  signsFrom: z.int(),
  /** Public half, 32 bytes. */
  x: base64url,
  /** Private half, 32 bytes; gone once the key signs no more. */
  d: base64url.exactOptional(),
});
const storedKeys = z.strictObject({ keys: z.array(storedKey).max(100) });

/** A key as it is kept. Times are ms since the epoch. */
export type StoredKey = z.infer<typeof storedKey>;

/** Permission bits of group and others: none may be set. */
const TOO_WIDE = 0o077;

/** What the file of keys said: the keys, or why they cannot be used any more. */
export type KeysRead =
  { readonly keys: readonly StoredKey[] } | { readonly unusable: 'damaged' | 'readable by others' };

/** Reads the keys; none where there is no file yet. Never throws. */
export function readCardKeys(path: string): KeysRead {
  if (!existsSync(path)) return { keys: [] };
  try {
    if ((statSync(path).mode & TOO_WIDE) !== 0) return { unusable: 'readable by others' };
    return { keys: storedKeys.parse(JSON.parse(readFileSync(path, 'utf8'))).keys };
  } catch {
    return { unusable: 'damaged' };
  }
}

/**
 * Puts the keys in the place of those before, so that after a power cut there are the old or the new ones: a new file of mode 0600,
 * renamed. On disk when it returns. Throws RegisterUnavailable.
 */
export function writeCardKeys(path: string, keys: readonly StoredKey[]): void {
  const next = `${path}.next`;
  try {
    // Whatever a crash left there may have another mode.
    rmSync(next, { force: true });
    writeFileSync(next, JSON.stringify({ keys }), { mode: 0o600, flag: 'wx', flush: true });
    renameSync(next, path);
    const folder = openSync(dirname(path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (cause: unknown) {
    throw new RegisterUnavailable('The keys of the credential card cannot be written.', cause);
  }
}
