import { createHmac } from 'node:crypto';
import { GatewayError } from './errors.ts';

/** Bytes of salt: fresh for every field of every entry. One salt per log would let anyone try all NHS numbers. */
export const SALT_BYTES = 32;

const ALGORITHM = 'hmac-sha256';

/**
 * A salted commitment to a personal value: `hmac-sha256:` and base64url(HMAC-SHA-256(salt, label ‖ 0x00 ‖ UTF-8 value)).
 * It can be checked while value and salt are kept, and says nothing once they are erased. The algorithm stands in every
 * value, because the log must be readable for decades. Throws GatewayError('internal') unless the salt has 32 bytes.
 */
export function commit(label: string, value: string, salt: Uint8Array): string {
  if (salt.length !== SALT_BYTES) {
    throw new GatewayError('internal', { detail: `A commitment needs a salt of ${SALT_BYTES} bytes.` });
  }
  // The same bytes as a string: Node makes a key object of a buffer first, which costs five times the HMAC itself.
  const key = Buffer.from(salt).toString('latin1');
  const mac = createHmac('sha256', key, { encoding: 'latin1' }).update(`${label}\0${value}`, 'utf8');
  return `${ALGORITHM}:${mac.digest('base64url')}`;
}

/** True when the commitment is to exactly this value under this label and salt. False, never an error, for a wrong salt. */
export function matchesCommitment(
  commitment: string,
  opened: { readonly label: string; readonly value: string; readonly salt: Uint8Array },
): boolean {
  return opened.salt.length === SALT_BYTES && commit(opened.label, opened.value, opened.salt) === commitment;
}
