import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
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
  /** The latest end that metadata of this provider ever had, ms since the epoch. */
  validUntil: z.int().nonnegative().optional(),
});

/** The last good metadata of each provider, in a folder: so that a restart does not need the provider's address to answer. */
export interface MetadataCopies {
  /** Undefined when there is none, none that can be read, or one that another account could have written. */
  readonly read: (id: string) => MetadataCopy | undefined;
  /** Whole or not at all. Rejects with what the file system says. */
  readonly write: (id: string, copy: MetadataCopy) => Promise<void>;
}

/** Keeps copies in this folder, made when it is not there. Throws what the file system says. */
export function createMetadataCopies(folder: string, onWarn: (message: string) => void): MetadataCopies {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fileOf = (id: string): string => join(folder, `${id}.json`);
  return {
    read: (id) => {
      try {
        const copy = copySchema.parse(JSON.parse(readFileSync(fileOf(id), 'utf8')));
        if ([folder, fileOf(id)].every(isOursAlone)) return copy;
        onWarn(
          `The copy of the metadata of "${id}" is not used: its folder or file belongs to another account, or others may write to it.`,
        );
        return undefined;
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

/** Owned by the account the gateway runs under, or by root; written to by nobody else (not group, not world). */
function isOursAlone(path: string): boolean {
  const { uid, mode } = statSync(path);
  return (uid === 0 || uid === process.getuid?.()) && (mode & 0o022) === 0;
}
