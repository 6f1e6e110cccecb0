import { suspensionOf } from '../domain/credential-status.ts';
import type { Instant } from '../domain/register.ts';
import type { RegisterReader } from '../flows/ports.ts';

interface Login {
  readonly provider: string;
  readonly subject: string;
}

/** Id of the one practitioner whom a login names; undefined for none or several, and while the register is away. */
export function practitionerNamedBy(
  register: RegisterReader,
  { provider, subject }: Login,
): string | undefined {
  try {
    const [practitioner, ...others] = register.snapshot().practitionersByIdentity(provider, subject);
    return others.length > 0 ? undefined : practitioner?.id;
  } catch {
    return undefined;
  }
}

/** Every login of the one practitioner whom this one names; it alone where it names nobody, or several. */
export function loginsOfSamePerson(register: RegisterReader, login: Login): readonly Login[] {
  try {
    const people = register.snapshot().practitionersByIdentity(login.provider, login.subject);
    return people.length === 1 ? people.flatMap(({ identities }) => identities) : [login];
  } catch {
    // With the register away nobody else is known to be the same person.
    return [login];
  }
}

/**
 * Id of the suspension in force for anybody a login names. Undefined when there is none, and while the register is away: AI is
 * locked then in any case, and images stay readable.
 */
export function suspensionInForce(
  register: RegisterReader,
  { provider, subject }: Login,
  now: Instant,
): string | undefined {
  try {
    const snapshot = register.snapshot();
    const people = snapshot.practitionersByIdentity(provider, subject);
    return people.map(({ id }) => suspensionOf(snapshot.evidenceOf(id), undefined, now)?.id).find(isThere);
  } catch {
    return undefined;
  }
}

function isThere(id: string | undefined): id is string {
  return id !== undefined;
}
