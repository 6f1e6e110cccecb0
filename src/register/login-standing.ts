import { suspensionOf } from '../domain/credential-status.ts';
import type { PractitionerId } from '../domain/identifiers.ts';
import type { Evidence, Instant, RegisterSnapshot } from '../domain/register.ts';
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
    return people
      .map(({ id }) => suspensionOf(suspensionsIn(snapshot, id), undefined, now)?.id)
      .find(isThere);
  } catch {
    return undefined;
  }
}

/** What of a snapshot, which never changes, is about suspensions: asked for every request, and most people have none. */
const known = new WeakMap<RegisterSnapshot, Map<PractitionerId, readonly Evidence[]>>();

function suspensionsIn(snapshot: RegisterSnapshot, practitioner: PractitionerId): readonly Evidence[] {
  const ofAll = known.get(snapshot) ?? new Map<PractitionerId, readonly Evidence[]>();
  known.set(snapshot, ofAll);
  const before = ofAll.get(practitioner);
  if (before !== undefined) return before;
  const found = snapshot
    .evidenceOf(practitioner)
    .filter(({ type }) => type === 'suspension' || type === 'suspension-lifted');
  ofAll.set(practitioner, found);
  return found;
}

function isThere(id: string | undefined): id is string {
  return id !== undefined;
}
