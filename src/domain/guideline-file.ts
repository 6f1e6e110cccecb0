import type { ActOffer } from './act-offer.ts';
import { currentGuideline } from './current-guideline.ts';
import type { DueItem } from './due-item.ts';
import { dueForReview } from './falling-due.ts';
import { approvalsInForce, newestVersions } from './model-file.ts';
import { reviewsDue } from './model-list.ts';
import { standingOfPerson } from './person-standing.ts';
import type { Guideline, Instant, ModelVersion, RegisterSnapshot } from './register.ts';

/** How far a version of a guideline is: `signed` waits for its day, `superseded` had it. */
export type GuidelineState = 'draft' | 'signed' | 'current' | 'superseded';

/** A guideline, as the list of them shows it. */
export interface ListedGuideline {
  readonly id: string;
  /** The version in effect, or the newest while none is. */
  readonly shown: Guideline;
  readonly state: GuidelineState;
  /** A newer version that is not in effect yet. */
  readonly next?: { readonly version: string; readonly state: GuidelineState };
  readonly review?: DueItem;
  /** The version that whoever looks is to acknowledge. */
  readonly toAcknowledge?: string;
}

/** Every guideline of the register. */
export interface GuidelineList {
  readonly now: Instant;
  readonly guidelines: readonly ListedGuideline[];
  readonly offers: readonly ActOffer[];
}

/** One version of a guideline. */
export interface GuidelineVersion {
  readonly guideline: Guideline;
  readonly state: GuidelineState;
  /** Entity tag of its record. */
  readonly etag: string;
}

/** Everything that the page of a guideline shows. */
export interface GuidelineFile {
  readonly now: Instant;
  readonly id: string;
  /** The newest first; never empty. */
  readonly versions: readonly GuidelineVersion[];
  readonly review?: DueItem;
  /** When its next review is due, however far off. */
  readonly reviewDueAt?: Instant;
  /** Of the people who are approved for a model that names it, how many have acknowledged the version in effect. */
  readonly acknowledged: { readonly have: number; readonly asked: number };
  /** Model versions that name it, but for retired ones, as `<model> <version>`. */
  readonly models: readonly string[];
  /** The version that whoever looks is to acknowledge. */
  readonly toAcknowledge?: string;
  /** Whoever looks, who does not sign off what they drafted. */
  readonly viewer: string;
  readonly offers: readonly ActOffer[];
  readonly names: Readonly<Record<string, string>>;
}

/** How far a version of a guideline is at a moment. */
export function guidelineState(register: RegisterSnapshot, version: Guideline, now: Instant): GuidelineState {
  if (version.signedAt === undefined || version.signedAt > now) return 'draft';
  if (currentGuideline(register, version.id, now)?.version === version.version) return 'current';
  return (version.effectiveFrom ?? Infinity) > now ? 'signed' : 'superseded';
}

/** Every guideline by its title, with what whoever looks is to acknowledge of it. */
export function listGuidelines(
  register: RegisterSnapshot,
  toAcknowledge: ReadonlyMap<string, string>,
  now: Instant,
): readonly ListedGuideline[] {
  const reviews = reviewsDue(register, now);
  return newestVersions(register)
    .map((newest) => {
      const { id, version } = newest;
      const shown = currentGuideline(register, id, now) ?? newest;
      const review = reviews.get(id);
      const wanted = toAcknowledge.get(id);
      return {
        id,
        shown,
        state: guidelineState(register, shown, now),
        ...(version === shown.version
          ? {}
          : { next: { version, state: guidelineState(register, newest, now) } }),
        ...(review === undefined ? {} : { review }),
        ...(wanted === undefined ? {} : { toAcknowledge: wanted }),
      };
    })
    .toSorted((a, b) => Number(a.shown.title > b.shown.title) - Number(a.shown.title < b.shown.title));
}

/** When the version in effect is next due for its review; undefined while none is in effect. */
export function reviewDueAt(register: RegisterSnapshot, id: string, now: Instant): Instant | undefined {
  return dueForReview(register, { now, until: Infinity }).find((item) => item.id === `guideline-review/${id}`)
    ?.dueAt;
}

/** Model versions that name a guideline, but for retired ones. */
export function modelsNaming(register: RegisterSnapshot, id: string): readonly ModelVersion[] {
  return register
    .modelVersions()
    .filter(({ guideline, state }) => guideline?.id === id && state !== 'retired');
}

/** Of the people who are approved for a model that names a guideline, how many have acknowledged its version in effect. */
export function acknowledgedBy(
  register: RegisterSnapshot,
  id: string,
  now: Instant,
): GuidelineFile['acknowledged'] {
  const current = currentGuideline(register, id, now);
  const asked = new Set(
    modelsNaming(register, id)
      .flatMap((known) => approvalsInForce(register, known, now))
      .map(({ practitioner }) => practitioner),
  );
  const have = [...asked]
    .flatMap((person) => register.practitioner(person) ?? [])
    .filter((person) => {
      const versions = standingOfPerson(register, person, now).acknowledged.get(id) ?? [];
      return current !== undefined && versions.includes(current.version);
    });
  return { have: have.length, asked: asked.size };
}
