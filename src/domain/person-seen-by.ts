import { judgeDuty } from './act-authority.ts';
import { mayReadRecordsOf } from './judge-roles.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** Whether somebody may see all of a person's own record: whoever may read what stands for them, or change it. */
export function maySeeRecordOf(
  reader: Practitioner,
  { id }: Pick<Practitioner, 'id'>,
  register: RegisterSnapshot,
  now: Instant,
): boolean {
  if (mayReadRecordsOf(reader, id)) return true;
  return judgeDuty({ act: 'change-practitioner', person: reader, seat: 'first' }, register, now).length === 0;
}

/** A person as somebody sees them who looks them up: without their number and logins, unless they may see their record. */
export function personSeenBy(
  reader: Practitioner,
  person: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): Practitioner {
  if (maySeeRecordOf(reader, person, register, now)) return person;
  const { registrationNumber: _number, ...seen } = person;
  return { ...seen, identities: [] };
}
