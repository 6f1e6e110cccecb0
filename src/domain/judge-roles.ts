import type { Practitioner } from './register.ts';
import type { RegisterRole } from './words.ts';

const LOG_READERS: readonly RegisterRole[] = ['auditor', 'programme-lead'];

/**
 * Whether this person's duties let them read and export the case log. It is a duty around the register, so no clinical
 * credential is asked for, and none is enough.
 */
export function mayReadCaseLog(practitioner: Pick<Practitioner, 'roles'>): boolean {
  return practitioner.roles.some((role) => LOG_READERS.includes(role));
}

/**
 * Whether somebody may read what stands for a person: their own, and with a duty around the register everybody's. One rule for pages
 * and programs. That a credential lets somebody attest for others or approve them gives them nothing to read.
 */
export function mayReadRecordsOf(reader: Pick<Practitioner, 'id' | 'roles'>, holder: unknown): boolean {
  return reader.id === holder || mayReadRegister(reader);
}

/** Whether this person has a duty around the register, and so may read all of it. Everybody reads their own records. */
export function mayReadRegister(practitioner: Pick<Practitioner, 'roles'>): boolean {
  return practitioner.roles.length > 0;
}
