import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Metadata as fetched, with when. */
export type MetadataCopy = z.infer<typeof copySchema>;

const copySchema = z.strictObject({
  /** ms since the epoch. */
  fetchedAt: z.int().nonnegative(),
  /** The whole document: signature and end are checked again when it is read. */
  text: z.string(),
});

/** The last good metadata of each provider, in a folder: so that a restart does not need the provider's address to answer. */
export interface MetadataCopies {
  /** Undefined when there is none, or none that can be read. */
  readonly read: (id: string) => MetadataCopy | undefined;
  /** Whole or not at all. Rejects with what the file system says. */
  readonly write: (id: string, copy: MetadataCopy) => Promise<void>;
}

/** Keeps copies in this folder, made when it is not there. Throws what the file system says. */
export function createMetadataCopies(folder: string): MetadataCopies {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fileOf = (id: string): string => join(folder, `${id}.json`);
  return {
    read: (id) => {
      try {
        return copySchema.parse(JSON.parse(readFileSync(fileOf(id), 'utf8')));
      } catch {
        // Missing or spoilt: the document is fetched anew.
        return undefined;
      }
    },
    write: async (id, copy) => {
      // Several processes may share the folder.
      const draft = join(folder, `${id}.${randomUUID()}.draft`);
      try {
        await writeFile(draft, JSON.stringify(copy), { mode: 0o600, flush: true });
        await rename(draft, fileOf(id));
      } finally {
        await rm(draft, { force: true });
      }
    },
  };
}
