import type { EvidenceType } from './evidence-types.ts';
import { parsePractitionerId } from './identifiers.ts';
import type { Practitioner, RegisterSnapshot } from './register.ts';

/** What two people mark, each in a capacity that the other does not have: the RCR examiner and the Caldicott Guardian. */
const MARKED_BY_TWO: readonly EvidenceType[] = ['osce-high-stakes-rcr', 'osce-high-stakes-caldicott'];

/** One mark of a candidate, as it stands or as it is to be written. */
export interface Mark {
  readonly type?: unknown;
  readonly attestedBy?: unknown;
}

/**
 * Whether the assessor of a mark stands among the candidate's others in the other capacity. People are told apart by what they are
 * called, and by their names where they are called by their identifiers; letter case and spaces do not count.
 */
export function sharesAssessor(mark: Mark, others: readonly Mark[], register: RegisterSnapshot): boolean {
  if (!MARKED_BY_TWO.some((type) => type === mark.type)) return false;
  const called = callingsOf(mark, register);
  return others.some(
    (other) =>
      other.type !== mark.type &&
      MARKED_BY_TWO.some((type) => type === other.type) &&
      callingsOf(other, register).some((name) => called.includes(name)),
  );
}

/** Whether a name as somebody wrote it is that of a person: their identifier, or their name where it is nobody's identifier. */
export function isCalled(
  written: string,
  { id, name }: Pick<Practitioner, 'id' | 'name'>,
  isIdentifier: (written: string) => boolean,
): boolean {
  return written === id || (!isIdentifier(written) && plain(written) === plain(name));
}

function callingsOf({ attestedBy }: Mark, register: RegisterSnapshot): readonly string[] {
  if (typeof attestedBy !== 'string') return [];
  const id = parsePractitionerId(attestedBy);
  const person = id === undefined ? undefined : register.practitioner(id);
  return [attestedBy, ...(person === undefined ? [] : [person.name])].map(plain);
}

function plain(name: string): string {
  return name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
