import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A script of the panel that runs inside OHIF. */
export interface PanelFile {
  readonly bytes: Uint8Array;
  /** RFC 9110 §8.8.3, of its content. */
  readonly etag: string;
}

/** Reads the panel's scripts, by name: plain modules that import one another and nothing else. */
export function loadPanel(folder: string): ReadonlyMap<string, PanelFile> {
  return new Map(
    readdirSync(folder).map((name) => {
      const bytes = readFileSync(join(folder, name));
      const digest = createHash('sha256').update(bytes).digest('hex');
      return [name, { bytes, etag: `"${digest.slice(0, 32)}"` }] as const;
    }),
  );
}
