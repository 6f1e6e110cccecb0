import { parseSearchQuery } from './dicom/dicomweb-query.ts';
import { onlyOne, splitQuery, type Pair } from './dicom/query-pairs.ts';
import { checkPatterns, matchesWorkitem } from './dicom/workitem-match.ts';
import { WORKITEM_STATES } from './dicom/workitem-state.ts';
import { WORKITEM_TAGS as TAGS } from './dicom/workitem-tags.ts';
import { element } from './dicom/workitem-change.ts';
import { BadRequest } from './errors.ts';
import type { Workitem, WorkitemsOf } from './workitem.ts';

/** The well-known UIDs that stand for all workitems, and for those that a filter matches (PS3.6 Table A-1). */
export const ALL_WORKITEMS = '1.2.840.10008.5.1.4.34.5';
export const FILTERED_WORKITEMS = '1.2.840.10008.5.1.4.34.5.1';

/** How many AE titles one login's owner may subscribe with, and how many there may be. */
export const MAX_TITLES_OF_AN_OWNER = 20;
export const MAX_TITLES = 2_000;
/** How many single workitems one owner may be subscribed to, and everybody together. */
export const MAX_SINGLE_OF_AN_OWNER = 1_000;
export const MAX_SINGLE = 20_000;

const MAX_FILTER_LENGTH = 2_048;

/** Somebody who is told of changes to workitems, under an AE title. */
export interface WorkitemSubscriber {
  readonly aet: string;
  /** The person or machine whose AE title it is: the only one that is told under it. */
  readonly owner: string;
  /** What they could see when they subscribed. A deletion lock reaches no further. */
  readonly reach: WorkitemsOf;
  /** The subscription to all, where there is one. */
  readonly all?: {
    /** The query of the subscription, as it came; none for really all. */
    readonly filter?: string;
    readonly hasLock: boolean;
    /** Ms since the epoch; what was created later is not told. */
    readonly suspendedAt?: number;
  };
  /** What was said of the workitem in question alone: that counts before the subscription to all. */
  readonly one?: { readonly hasLock: boolean; readonly isOff: boolean };
}

/** Whether somebody is subscribed to a workitem, and holds it (PS3.4 Table CC.2.3-2); undefined where they are not. */
export function subscriptionTo(
  { all, one }: WorkitemSubscriber,
  workitem: Pick<Workitem, 'dataset' | 'state' | 'performer' | 'createdAt'>,
): { readonly hasLock: boolean } | undefined {
  if (one !== undefined) return one.isOff ? undefined : { hasLock: one.hasLock };
  if (all === undefined || workitem.createdAt > (all.suspendedAt ?? Infinity)) return undefined;
  return all.filter === undefined || fits(all.filter, workitem) ? { hasLock: all.hasLock } : undefined;
}

/** What a subscription asks for by its query: `deletionlock`, and for some workitems by what, one by one or in `filter`. Throws BadRequest. */
export function subscriptionAsked(
  query: string,
  of: 'one' | 'all' | 'filtered',
): { readonly hasLock: boolean; readonly filter?: string } {
  const hasLock = lockAsked(query);
  const filter = spelledOut(query);
  const { matches } = parseSearchQuery(filter);
  if (of !== 'filtered') {
    if (matches.size === 0) return { hasLock };
    throw new BadRequest(`A filter belongs to ${FILTERED_WORKITEMS}, and to nothing else.`);
  }
  if (matches.size === 0 || filter.length > MAX_FILTER_LENGTH) {
    const most = String(MAX_FILTER_LENGTH);
    throw new BadRequest(`Name at least one attribute with a value, in ${most} characters at most.`);
  }
  checkPatterns({ matches });
  return { hasLock, filter };
}

/** Clients of PS3.18 §11.10 put all attributes and values into one parameter `filter`. Here they stand by themselves, as in a search. */
function spelledOut(query: string): string {
  const pairs = splitQuery(query);
  const filter = onlyOne(pairs, 'filter');
  if (filter === undefined) return query;
  return written(pairs.flatMap((pair) => (pair[0] === 'filter' ? pairsIn(filter) : [pair])));
}

/** Nothing but attributes with a value: what is no attribute would be dropped, and the filter would match more than was meant. */
function pairsIn(filter: string): readonly Pair[] {
  const pairs = filter.split(',').map((part): Pair => {
    const mark = part.indexOf('=');
    return [part.slice(0, Math.max(mark, 0)), part.slice(mark + 1)];
  });
  if (parseSearchQuery(written(pairs)).matches.size === pairs.length) return pairs;
  throw new BadRequest(
    '`filter` holds attributes with a value, `00741000=SCHEDULED,00741200=HIGH`. Write one whose value has a comma as a parameter of its own.',
  );
}

function written(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}

function lockAsked(query: string): boolean {
  const locks = splitQuery(query).filter(([name]) => name === 'deletionlock');
  const [[, text] = ['', 'false'], ...more] = locks;
  if (more.length > 0 || (text !== 'true' && text !== 'false'))
    throw new BadRequest('`deletionlock` is `true` or `false`, once.');
  return text === 'true';
}

/**
 * A filter is asked anew at each event, of the workitem as it is now; but of its state, whether it ever was that. Whoever wanted what is
 * SCHEDULED was subscribed to it then, and must hear that it is no more.
 */
function fits(
  filter: string,
  { dataset, state, performer }: Pick<Workitem, 'dataset' | 'state' | 'performer'>,
): boolean {
  const query = parsedFilter(filter);
  if (query === undefined) return false;
  const been = WORKITEM_STATES.filter(
    (one) => one === 'SCHEDULED' || one === state || (one === 'IN PROGRESS' && performer !== undefined),
  );
  return been.some((one) => matchesWorkitem({ ...dataset, [TAGS.state]: element('CS', one) }, query));
}

/** One that this release no longer understands matches nothing. */
function parsedFilter(filter: string): ReturnType<typeof parseSearchQuery> | undefined {
  try {
    return parseSearchQuery(filter);
  } catch (error: unknown) {
    if (error instanceof BadRequest) return undefined;
    throw error;
  }
}
