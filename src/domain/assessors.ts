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
 * called, and by their names where they are called by their identifiers; letter case, spaces and letters that show nothing do not count.
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

/** Whether a name as somebody wrote it is that of a person: their identifier, or what reads like it or like their name and is nobody's identifier. */
export function isCalled(
  written: string,
  { id, name }: Pick<Practitioner, 'id' | 'name'>,
  isIdentifier: (written: string) => boolean,
): boolean {
  if (written === id) return true;
  return !isIdentifier(written) && [id, name].some((called) => plain(called) === plain(written));
}

function callingsOf({ attestedBy }: Mark, register: RegisterSnapshot): readonly string[] {
  if (typeof attestedBy !== 'string') return [];
  const people = [shown(attestedBy), plain(attestedBy)].flatMap((written) => {
    const id = parsePractitionerId(written);
    return (id === undefined ? undefined : register.practitioner(id)) ?? [];
  });
  return [attestedBy, ...people.map(({ name }) => name)].map(plain);
}

/** Format characters, and what is drawn as nothing (Unicode §5.21): a name with one in it reads like the name without. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u{2800}]/gu;

function shown(name: string): string {
  return name.replaceAll(UNSEEN, '').trim();
}

function plain(name: string): string {
  return shown(name).normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
