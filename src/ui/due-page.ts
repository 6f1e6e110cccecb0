import type { DueKind } from '../domain/due-item.ts';
import { momentOfMilliseconds, type Moment } from './plain-time.ts';
import type { Tag } from './plain-words.ts';

/** One thing that falls due, as a line. */
export interface DueRow {
  readonly kind: string;
  readonly title: string;
  readonly due: Moment;
  /** `in 12 days`, `today`, `4 days ago`. */
  readonly away: string;
  readonly tag: Tag;
  /** Where it is put right; absent on the list of everybody. */
  readonly href?: string;
  /** Whose it is, on the list of everybody. */
  readonly person?: { readonly name: string; readonly href: string };
}

/** The address for calendar programs. */
export interface FeedPart {
  readonly madeAt?: Moment;
  /** Shown once, on the answer that made it. */
  readonly address?: string;
}

/** The page of what falls due. */
export interface DuePage {
  readonly isEverybody: boolean;
  /** The list of everybody, for those who may see it. */
  readonly everybodyHref?: string;
  readonly rows: readonly DueRow[];
  readonly total: number;
  readonly within: number;
  /** Other windows to choose from, on the list of everybody. */
  readonly windows: readonly { readonly days: number; readonly href: string; readonly current: boolean }[];
  readonly previousHref?: string;
  readonly nextHref?: string;
  /** Absent on the list of everybody. */
  readonly feed?: FeedPart;
}

interface Given {
  readonly list: {
    readonly items: readonly {
      readonly kind: DueKind;
      readonly title: string;
      readonly dueAt: number;
      readonly notice?: number;
      readonly href: string;
      readonly person: string;
      readonly name: string;
    }[];
    readonly total: number;
    readonly now: number;
    readonly noticeDays: readonly number[];
    readonly mayReadEverybodys: boolean;
  };
  readonly within: number;
  readonly timeZone: string;
  /** The list of everybody, and which page of it. */
  readonly everybody?: { readonly page: number; readonly size: number };
  readonly feed?: { readonly madeAt: number | undefined; readonly address?: string };
}

const KINDS: Readonly<Record<DueKind, string>> = {
  registration: 'Registration',
  declaration: 'Declaration',
  cpd: 'CPD',
  practice: 'Practice',
  audit: 'Audit',
  'anomaly-log': 'Anomaly log',
  credential: 'Credential',
  requirement: 'Requirement',
  approval: 'Approval',
  'guideline-acknowledgement': 'Guideline to acknowledge',
  'guideline-review': 'Guideline to review',
};

const DAY_MS = 86_400_000;
const EVERYBODY = '/me/register/due';

/** Turns what falls due into what the template shows. */
export function duePage(given: Given): DuePage {
  const { list, within, everybody, feed, timeZone } = given;
  return {
    isEverybody: everybody !== undefined,
    ...(everybody === undefined && list.mayReadEverybodys ? { everybodyHref: EVERYBODY } : {}),
    rows: list.items.map((item) => rowOf(item, given)),
    total: list.total,
    within,
    windows: everybody === undefined ? [] : windowsOf(list.noticeDays, within),
    ...(everybody === undefined ? {} : neighbours(everybody, list.total, within)),
    ...(feed === undefined ? {} : { feed: feedPart(feed, timeZone) }),
  };
}

function rowOf(item: Given['list']['items'][number], { list, timeZone, everybody }: Given): DueRow {
  const { kind, title, dueAt, notice, href, person, name } = item;
  return {
    kind: KINDS[kind],
    title: `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    due: momentOfMilliseconds(dueAt, timeZone),
    away: awayText(dueAt - list.now),
    tag: tagOf(notice, list.noticeDays),
    ...(everybody === undefined ? { href } : { person: { name, href: `/me/register/people/${person}` } }),
  };
}

/** The shortest notice stands out; the word alone says everything. */
function tagOf(notice: number | undefined, noticeDays: readonly number[]): Tag {
  if (notice === undefined) return { text: 'Later', colour: 'grey' };
  if (notice === 0) return { text: 'Overdue', colour: 'red' };
  const colour = notice === Math.min(...noticeDays) ? 'orange' : 'yellow';
  return { text: `Within ${String(notice)} days`, colour };
}

function awayText(ms: number): string {
  const days = Math.floor(Math.abs(ms) / DAY_MS);
  if (days === 0) return ms > 0 ? 'within a day' : 'less than a day ago';
  const text = days === 1 ? 'one day' : `${String(days)} days`;
  return ms > 0 ? `in ${text}` : `${text} ago`;
}

function windowsOf(noticeDays: readonly number[], within: number): DuePage['windows'] {
  return noticeDays.map((days) => ({
    days,
    href: `${EVERYBODY}?within=${String(days)}`,
    current: days === within,
  }));
}

function neighbours(
  { page, size }: NonNullable<Given['everybody']>,
  total: number,
  within: number,
): Pick<DuePage, 'previousHref' | 'nextHref'> {
  const hrefOf = (number: number): string =>
    `${EVERYBODY}?within=${String(within)}${number === 1 ? '' : `&page=${String(number)}`}`;
  return {
    ...(page > 1 ? { previousHref: hrefOf(page - 1) } : {}),
    ...(page * size < total ? { nextHref: hrefOf(page + 1) } : {}),
  };
}

function feedPart({ madeAt, address }: NonNullable<Given['feed']>, timeZone: string): FeedPart {
  return {
    ...(madeAt === undefined ? {} : { madeAt: momentOfMilliseconds(madeAt, timeZone) }),
    ...(address === undefined ? {} : { address }),
  };
}
