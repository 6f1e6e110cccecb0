import { constants, createDecipheriv, privateDecrypt, type KeyObject } from 'node:crypto';
import { SignInRefused } from '../sign-in-refusal.ts';
import type { CbcCipher, EncryptedContent, GcmCipher } from './check-encrypted-shape.ts';

/** XML Encryption 1.1 §5.2.4: nonce first, tag last. */
const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;
const BLOCK_BYTES = 16;

/**
 * Decrypts an assertion with whichever of our keys fits: the current one, or one of before while a change is under way.
 * Returns its text. Throws SignInRefused('answer-not-trusted') whatever the fault is: a padding fault that could be told from
 * another would let anybody decrypt, question by question.
 */
export function decryptAssertion(encrypted: EncryptedContent, keys: readonly KeyObject[]): string {
  for (const key of keys) {
    const text = decryptWith(encrypted, key);
    if (text !== undefined) return text;
  }
  throw new SignInRefused('answer-not-trusted');
}

function decryptWith(
  { cipher, oaepHash, wrappedKey, content }: EncryptedContent,
  key: KeyObject,
): string | undefined {
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const contentKey = privateDecrypt({ key, padding, oaepHash }, wrappedKey);
    if (contentKey.length !== cipher.keyBytes) return undefined;
    const bytes = cipher.isCbc ? undoCbc(cipher, contentKey, content) : undoGcm(cipher, contentKey, content);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // No cause is kept either: it would say which step failed.
    return undefined;
  }
}

function undoGcm({ name }: GcmCipher, key: Uint8Array, content: Uint8Array): Uint8Array {
  const nonce = content.subarray(0, GCM_NONCE_BYTES);
  const tag = content.subarray(Math.max(GCM_NONCE_BYTES, content.length - GCM_TAG_BYTES));
  const decipher = createDecipheriv(name, key, nonce, { authTagLength: GCM_TAG_BYTES });
  decipher.setAuthTag(tag);
  const body = content.subarray(GCM_NONCE_BYTES, content.length - tag.length);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

/** The last byte says how many to drop (§5.2); Node's own rule for paddings is another. */
function undoCbc({ name }: CbcCipher, key: Uint8Array, content: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(name, key, content.subarray(0, BLOCK_BYTES)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(content.subarray(BLOCK_BYTES)), decipher.final()]);
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > BLOCK_BYTES) throw new RangeError('padding');
  return padded.subarray(0, padded.length - count);
}
