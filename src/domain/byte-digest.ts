import { createHash } from 'node:crypto';

/** A digest over bytes that come piece by piece. */
export interface ByteDigest {
  readonly update: (bytes: Uint8Array) => void;
  /** `sha256:<hex>`; to be asked once. */
  readonly value: () => string;
}

/** A digest over no bytes yet. */
export function createByteDigest(): ByteDigest {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), value: () => `sha256:${hash.digest('hex')}` };
}

/** The digest of a text, `sha256:<hex>` over its UTF-8: what a case keeps of a draft, and of what became of it. */
export function digestOfText(text: string): string {
  const digest = createByteDigest();
  digest.update(Buffer.from(text, 'utf8'));
  return digest.value();
}
