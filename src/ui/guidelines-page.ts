import type { GuidelineList, GuidelineState, ListedGuideline } from '../domain/guideline-file.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import { dayText } from './day-words.ts';
import type { Tag } from './plain-words.ts';
import type { WayOut } from './problem-page.ts';
import { isOpen } from './profile-page.ts';
import { actDoneText } from './register-words.ts';

/** One line of the list of guidelines. */
export interface GuidelineLine {
  readonly title: string;
  readonly href: string;
  readonly version: string;
  readonly state: Tag;
  /** A newer version that is not in effect yet. */
  readonly next?: string;
  /** When it falls due for review. */
  readonly review?: { readonly text: string; readonly isOverdue: boolean };
  /** Where whoever looks acknowledges it, if they have to. */
  readonly acknowledge?: WayOut;
}

/** The page with all guidelines. */
export interface GuidelinesPage {
  readonly done?: string;
  readonly rows: readonly GuidelineLine[];
  readonly actions: readonly WayOut[];
  readonly confirm?: WayOut;
}

const STATES: Readonly<Record<GuidelineState, Tag>> = {
  draft: { text: 'Draft', colour: 'grey' },
  signed: { text: 'Signed, not in effect yet', colour: 'blue' },
  current: { text: 'In effect', colour: 'green' },
  superseded: { text: 'Superseded', colour: 'grey' },
};

/** How far a version of a guideline is, as a tag. */
export function guidelineTag(state: GuidelineState): Tag {
  return STATES[state];
}

/** The address of a guideline’s page. */
export function guidelineHref(id: string): string {
  return `/me/guidelines/${encodeURIComponent(id)}`;
}

/** The link by which somebody acknowledges a version. */
export function acknowledgeWay(id: string, version: string): WayOut {
  const href = `${guidelineHref(id)}/${encodeURIComponent(version)}/acknowledge`;
  return { text: `Acknowledge version ${version}`, href };
}

interface Shown {
  readonly timeZone: string;
  readonly done: RegisterActName | undefined;
  readonly confirm: WayOut | undefined;
}

/** Turns the list of guidelines into what the template shows. */
export function guidelinesPage(
  { guidelines, offers, now }: GuidelineList,
  { timeZone, done, confirm }: Shown,
): GuidelinesPage {
  return {
    ...(done === undefined ? {} : { done: actDoneText(done) }),
    rows: guidelines.map((one) => guidelineLine(one, now, timeZone)),
    actions: isOpen(offers, 'draft-guideline')
      ? [{ text: 'Draft a guideline', href: '/me/guidelines/new' }]
      : [],
    ...(confirm === undefined ? {} : { confirm }),
  };
}

function guidelineLine(
  { id, shown, state, next, review, toAcknowledge }: ListedGuideline,
  now: number,
  timeZone: string,
): GuidelineLine {
  return {
    title: shown.title,
    href: guidelineHref(id),
    version: shown.version,
    state: guidelineTag(state),
    ...(next === undefined
      ? {}
      : { next: `Version ${next.version}: ${guidelineTag(next.state).text.toLowerCase()}` }),
    ...(review === undefined
      ? {}
      : {
          review: {
            text: `Review ${review.dueAt <= now ? 'was due' : 'due'} ${dayText(review.dueAt, timeZone)}`,
            isOverdue: review.dueAt <= now,
          },
        }),
    ...(toAcknowledge === undefined ? {} : { acknowledge: acknowledgeWay(id, toAcknowledge) }),
  };
}
