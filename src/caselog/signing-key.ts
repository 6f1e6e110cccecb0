import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { CaseLogUnavailable } from '../domain/errors.ts';
import { createNoteSigner, decodeBase64, type NoteSigner } from '../domain/signed-note.ts';

const ED25519 = 0x01;
/** The customary text form of a note's private key: PRIVATE+KEY+name+id+base64(type ‖ seed). */
const PREFIX = 'PRIVATE+KEY+';
/** Permission bits of group and others: none may be set. */
const TOO_WIDE = 0o077;

/** Writes a new signing key, readable by its owner only. Throws when the file exists. */
export function writeSigningKey(path: string, signer: NoteSigner, seed: Uint8Array): void {
  const id = signer.vkey.slice(signer.name.length + 1).slice(0, 8);
  const key = Buffer.concat([Buffer.of(ED25519), seed]).toString('base64');
  writeFileSync(path, `${PREFIX}${signer.name}+${id}+${key}\n`, { mode: 0o600, flag: 'wx', flush: true });
}

/** Reads the signing key. Throws CaseLogUnavailable when it is missing, malformed, or readable by more than its owner. */
export function readSigningKey(path: string): NoteSigner {
  const line = readPrivately(path);
  const [name, id, ...encoded] = line.slice(PREFIX.length).split('+');
  const key = decodeBase64(encoded.join('+'));
  if (!line.startsWith(PREFIX) || name === undefined || key?.[0] !== ED25519) throw unusable();
  const signer = signerOf(name, key.subarray(1));
  if (signer.vkey.slice(name.length + 1).slice(0, 8) !== id) throw unusable();
  return signer;
}

function readPrivately(path: string): string {
  try {
    if ((statSync(path).mode & TOO_WIDE) === 0) return readFileSync(path, 'utf8').trimEnd();
  } catch (cause: unknown) {
    throw new CaseLogUnavailable(
      `The case log's signing key cannot be read (${path}). Bring it back from the backup of the keys.`,
      cause,
    );
  }
  throw new CaseLogUnavailable(
    `The case log's signing key can be read by others. Run: chmod 600 ${path} – and ask who could have copied it.`,
  );
}

function signerOf(name: string, seed: Uint8Array): NoteSigner {
  try {
    return createNoteSigner(name, seed);
  } catch (cause: unknown) {
    throw unusable(cause);
  }
}

function unusable(cause?: unknown): CaseLogUnavailable {
  return new CaseLogUnavailable(
    "The case log's signing key is damaged. Bring it back from the backup of the keys.",
    cause,
  );
}
