import { randomBytes } from 'node:crypto';
import { hashPassword } from './identity/break-glass/password-hash.ts';
import { newMachineKey } from './identity/machines/machine-key.ts';

function bytes(count: number): Uint8Array {
  return randomBytes(count);
}

/** The hash of a password, as the config wants it. Throws BadRequest for one that is too short or too long. */
export function hashedPassword(password: string): Promise<string> {
  return hashPassword(password, bytes);
}

/** A key for a machine, and what the gateway keeps of it. */
export function freshMachineKey(): ReturnType<typeof newMachineKey> {
  return newMachineKey(bytes);
}
