import type { PractitionerId } from './identifiers.ts';
import type { Instant } from './register.ts';

/** What can fall due. `credential` is an award that ends; `requirement` whatever else a scheme asks for that runs out. */
export const DUE_KINDS = [
  'registration',
  'declaration',
  'cpd',
  'practice',
  'audit',
  'anomaly-log',
  'credential',
  'requirement',
  'approval',
  'guideline-acknowledgement',
  'guideline-review',
] as const;
export type DueKind = (typeof DUE_KINDS)[number];

/** Something of somebody that ends, or that is to be done, at an instant. */
export interface DueItem {
  /** Names what is owed, not when: it stays the same when the date moves. Personal data, for it holds the person's identifier. */
  readonly id: string;
  readonly kind: DueKind;
  /** Whose it is; of a guideline's review, who signed the guideline off. */
  readonly person: PractitionerId;
  /** What it is, in a few words. Names nobody. */
  readonly title: string;
  /** The first instant at which it is missing. */
  readonly dueAt: Instant;
  /** The shortest of the policy's notice periods that it lies within, in days; 0 once it is overdue; absent while it is further off. */
  readonly notice?: number;
  /** Our own page where it is put right. */
  readonly href: string;
}

const DAY_MS = 86_400_000;

/** Days as milliseconds. Days of notice are days of 24 hours. */
export function daysInMs(days: number): number {
  return days * DAY_MS;
}

/** The shortest notice period, in days, that an instant lies within; 0 when it has come; undefined when it is further off than all. */
export function noticeOf(dueAt: Instant, now: Instant, noticeDays: readonly number[]): number | undefined {
  if (dueAt <= now) return 0;
  const within = noticeDays.filter((days) => dueAt - now <= daysInMs(days));
  return within.length === 0 ? undefined : Math.min(...within);
}

/** What falls due first comes first; at the same instant by name, so that the order never depends on the register's. */
export function compareDue(a: DueItem, b: DueItem): number {
  return a.dueAt - b.dueAt || (a.id < b.id ? -1 : Number(a.id > b.id));
}
