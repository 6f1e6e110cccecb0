import type { GuidelineFile, GuidelineVersion } from '../domain/guideline-file.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { Instant } from '../domain/register.ts';
import { dayText } from './day-words.ts';
import { acknowledgeWay, guidelineHref, guidelineTag } from './guidelines-page.ts';
import { momentOfMilliseconds } from './plain-time.ts';
import type { Tag } from './plain-words.ts';
import type { WayOut } from './problem-page.ts';
import { isOpen } from './profile-page.ts';
import { actDoneText } from './register-words.ts';

interface Said {
  readonly who: string;
  readonly text: string;
}

/** One version of a guideline, as the page shows it. */
export interface VersionSection {
  readonly version: string;
  readonly tag: Tag;
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  /** The document, and what it rests on. */
  readonly reading: readonly WayOut[];
  readonly reviews: readonly Said[];
  readonly comments: readonly Said[];
  readonly actions: readonly WayOut[];
}

/** The page of a guideline. */
export interface GuidelinePage {
  readonly done?: string;
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  /** The version in effect and those to come. */
  readonly versions: readonly VersionSection[];
  readonly superseded: readonly VersionSection[];
  /** For those who are to acknowledge it. */
  readonly acknowledge?: WayOut;
  readonly isReviewOverdue: boolean;
  readonly actions: readonly WayOut[];
  readonly confirm?: WayOut;
}

interface Shown {
  readonly timeZone: string;
  readonly done: RegisterActName | undefined;
  readonly confirm: WayOut | undefined;
}

/** The title that a guideline goes by: that of its version in effect, or of the newest. */
export function guidelineTitle({ id, versions }: Pick<GuidelineFile, 'id' | 'versions'>): string {
  const shown = versions.find(({ state }) => state === 'current') ?? versions[0];
  return shown?.guideline.title ?? id;
}

/** Turns what the register knows of a guideline into what the template shows. */
export function guidelinePage(file: GuidelineFile, { timeZone, done, confirm }: Shown): GuidelinePage {
  const { id, now, versions, reviewDueAt, toAcknowledge, offers } = file;
  const sections = versions.map((one) => ({ one, section: versionSection(one, file, timeZone) }));
  const of = (isOver: boolean): readonly VersionSection[] =>
    sections.filter(({ one }) => (one.state === 'superseded') === isOver).map(({ section }) => section);
  return {
    ...(done === undefined ? {} : { done: actDoneText(done) }),
    facts: guidelineFacts(file, timeZone),
    versions: of(false),
    superseded: of(true),
    ...(toAcknowledge === undefined ? {} : { acknowledge: acknowledgeWay(id, toAcknowledge) }),
    isReviewOverdue: reviewDueAt !== undefined && reviewDueAt <= now,
    actions: isOpen(offers, 'draft-guideline')
      ? [{ text: 'Draft a new version', href: `${guidelineHref(id)}/draft` }]
      : [],
    ...(confirm === undefined ? {} : { confirm }),
  };
}

function guidelineFacts(
  { models, acknowledged, reviewDueAt }: GuidelineFile,
  timeZone: string,
): GuidelinePage['facts'] {
  const { have, asked } = acknowledged;
  return [
    { key: 'For', value: models.join(', ') || 'No model version names it' },
    {
      key: 'Acknowledged',
      value: asked === 0 ? 'Nobody is asked to' : `${have} of ${asked} people who are approved for these`,
    },
    {
      key: 'Next review',
      value: reviewDueAt === undefined ? 'Once a version is in effect' : dayText(reviewDueAt, timeZone),
    },
  ];
}

function versionSection(
  { guideline, state }: GuidelineVersion,
  file: GuidelineFile,
  timeZone: string,
): VersionSection {
  const { version, digest, href, links, reviews, comments } = guideline;
  const said = (by: string, at: Instant): string =>
    `${file.names[by] ?? by}, ${momentOfMilliseconds(at, timeZone).text}`;
  return {
    version,
    tag: guidelineTag(state),
    facts: [
      { key: 'Drafted', value: said(guideline.draftedBy, guideline.draftedAt) },
      ...signedFacts(guideline, said, timeZone),
      { key: 'Digest of the document', value: digest },
    ],
    reading: [
      ...(href === undefined ? [] : [{ text: `Read version ${version}`, href }]),
      ...links.map((link) => ({ text: `It rests on: ${link.title}`, href: link.href })),
    ],
    reviews: reviews.map(({ by, at, outcome }) => ({ who: said(by, at), text: outcome })),
    comments: comments.map(({ by, at, text }) => ({ who: said(by, at), text })),
    actions: actionsOf(guideline, state, file),
  };
}

function signedFacts(
  { signedBy, signedAt, effectiveFrom }: GuidelineVersion['guideline'],
  said: (by: string, at: Instant) => string,
  timeZone: string,
): VersionSection['facts'] {
  if (signedBy === undefined || signedAt === undefined) return [{ key: 'Signed off', value: 'Not yet' }];
  return [
    { key: 'Signed off', value: said(signedBy, signedAt) },
    ...(effectiveFrom === undefined
      ? []
      : [{ key: 'In effect from', value: dayText(effectiveFrom, timeZone) }]),
  ];
}

/** Nobody signs off what they drafted, and only what is in effect is reviewed. */
function actionsOf(
  { id, version, draftedBy }: GuidelineVersion['guideline'],
  state: GuidelineVersion['state'],
  { offers, viewer }: GuidelineFile,
): readonly WayOut[] {
  const here = `${guidelineHref(id)}/${encodeURIComponent(version)}`;
  const ways: readonly (WayOut & { readonly act: RegisterActName; readonly isFor: boolean })[] = [
    {
      act: 'sign-guideline',
      text: 'Sign it off',
      href: `${here}/sign`,
      isFor: state === 'draft' && draftedBy !== viewer,
    },
    {
      act: 'review-guideline',
      text: 'Record the yearly review',
      href: `${here}/review`,
      isFor: state === 'current',
    },
    {
      act: 'comment-on-guideline',
      text: 'Comment on it',
      href: `${here}/comment`,
      isFor: state !== 'superseded',
    },
  ];
  return ways
    .filter(({ act, isFor }) => isFor && isOpen(offers, act))
    .map(({ text, href }) => ({ text, href }));
}
