import { readFileSync } from 'node:fs';
import { CaseLogUnavailable } from '../domain/errors.ts';
import { parseVerifierKey, type VerifierKey } from '../domain/signed-note.ts';

/**
 * The log's public key as it lies beside the log. Good enough to read with; whoever wants proof brings their own copy.
 * Throws CaseLogUnavailable when it is missing or malformed.
 */
export function readVerifierKey(path: string): { readonly vkey: string; readonly key: VerifierKey } {
  try {
    const vkey = readFileSync(path, 'utf8').trimEnd();
    return { vkey, key: parseVerifierKey(vkey) };
  } catch (cause: unknown) {
    throw new CaseLogUnavailable(`There is no case log here, or its public key (${path}) is damaged.`, cause);
  }
}
