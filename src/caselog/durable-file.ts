import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes what was renamed, created or removed in a folder survive a power cut. */
export function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Replaces a small file so that after a crash there is the old or the new content, never a part. On disk when it returns. */
export function writeDurably(path: string, content: string): void {
  // A name for each process: several nodes of one machine may share a folder.
  const next = `${path}.${process.pid}.next`;
  writeFileSync(next, content, { flush: true });
  renameSync(next, path);
  syncFolder(dirname(path));
}
