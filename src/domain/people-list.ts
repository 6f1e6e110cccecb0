import { standingOfPerson } from './person-standing.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';
import type { CredentialStatus } from './words.ts';

/** One line of the list of people. */
export interface PersonRow {
  readonly practitioner: Practitioner;
  /** How they stand towards each scheme that is for their profession. */
  readonly credentials: readonly { readonly title: string; readonly status: CredentialStatus }[];
}

/** A page of people, by name. */
export interface PeopleList {
  readonly rows: readonly PersonRow[];
  /** How many there are on all pages. */
  readonly total: number;
}

/**
 * People whose name holds all these words, in the order of their names. Neither letter case nor accents count.
 * Pages are counted from 1.
 */
export function listPeopleOf(
  register: RegisterSnapshot,
  wanted: { readonly name: string; readonly page: number; readonly perPage: number },
  now: Instant,
): PeopleList {
  const words = plain(wanted.name)
    .split(/\s+/)
    .filter((word) => word !== '');
  const people = register
    .practitioners()
    .map((practitioner) => ({ practitioner, key: plain(practitioner.name) }))
    .filter(({ key }) => words.every((word) => key.includes(word)))
    .toSorted((a, b) => compare(a.key, b.key) || compare(a.practitioner.id, b.practitioner.id));
  const start = (wanted.page - 1) * wanted.perPage;
  const shown = people.slice(start, start + wanted.perPage);
  return { rows: shown.map(({ practitioner }) => rowOf(register, practitioner, now)), total: people.length };
}

function rowOf(register: RegisterSnapshot, practitioner: Practitioner, now: Instant): PersonRow {
  const { schemes } = standingOfPerson(register, practitioner, now);
  const credentials = schemes.map(({ scheme, inFamily }) => ({
    title: scheme.title,
    status: inFamily(undefined).status,
  }));
  return { practitioner, credentials };
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
