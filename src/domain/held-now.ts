import { couldSay } from './decide-disposition.ts';
import type { HeldResult } from './held-results.ts';
import type { ModelName, PractitionerId, VersionString } from './identifiers.ts';
import type { Instant, RegisterSnapshot } from './register.ts';
import { ACCEPTING_DISPOSITIONS } from './words.ts';

/**
 * A hold as the register leaves it; undefined where nothing is left. Where nobody of the case that asked may accept anything (an operator's,
 * or of somebody who has left), it waits for whoever looks at it and may. What an acceptance test stored is for those of its plan while the
 * version is in acceptance; afterwards nobody could ever accept it.
 */
export function heldNow(
  held: HeldResult,
  { model, version }: { readonly model: ModelName; readonly version: VersionString },
  { register, now }: { readonly register: RegisterSnapshot; readonly now: Instant },
): HeldResult | undefined {
  if (held.by === 'test')
    return register.modelVersion(model, version)?.state === 'acceptance' ? undefined : held;
  if (held.by !== 'case') return held;
  const people = [held.caseOwner, held.supervisor].flatMap((id) => id ?? []);
  if (people.some((id) => mayAccept(id, register, now))) return held;
  return held.isAcceptedByLook === true ? undefined : { by: 'whoever-looks' };
}

function mayAccept(id: PractitionerId, register: RegisterSnapshot, now: Instant): boolean {
  const person = register.practitioner(id);
  if (person === undefined) return false;
  return ACCEPTING_DISPOSITIONS.some((disposition) => couldSay({ person, disposition }, register, now));
}
