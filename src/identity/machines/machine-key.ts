import { secretHash, TOKEN_BYTES } from '../secret-hash.ts';

/** Says what it is when somebody finds one, and is longer than the token of a person, so that the one is never taken for the other. */
const PREFIX = 'csm_';
const KEY = /^csm_[A-Za-z0-9_-]{43}$/;

/** True for a bearer token that can only be the key of a machine. */
export function isMachineKey(token: string): boolean {
  return KEY.test(token);
}

/** A fresh key of 256 bits for a machine, and the SHA-256 in hex that the gateway keeps of it. The key is shown once. */
export function newMachineKey(randomBytes: (count: number) => Uint8Array): {
  readonly key: string;
  readonly keyHash: string;
} {
  const key = `${PREFIX}${Buffer.from(randomBytes(TOKEN_BYTES)).toString('base64url')}`;
  return { key, keyHash: secretHash(key) };
}
