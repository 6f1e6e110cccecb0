import type { ActOffer } from './act-offer.ts';
import { daysInMs, type DueItem } from './due-item.ts';
import { dueForReview } from './falling-due.ts';
import { approvalsInForce, isStopping, stopsOf } from './model-file.ts';
import type { Instant, ModelVersion, RegisterSnapshot, StopUse } from './register.ts';
import { isReleaseInForce } from './release-in-force.ts';

/** A model version, as the list of them shows it. */
export interface ListedVersion {
  readonly modelVersion: ModelVersion;
  /** Where it is released now; `*` is every site. */
  readonly sites: readonly string[];
  /** In force, the newest first. */
  readonly stops: readonly StopUse[];
  /** How many people are approved for it now. */
  readonly approved: number;
  /** Review of its guideline, where it falls due. */
  readonly review?: DueItem;
}

/** Every model version of the register, and every stop-use in force. */
export interface ModelList {
  readonly now: Instant;
  /** By family, then title, then version. */
  readonly versions: readonly ListedVersion[];
  readonly stops: readonly StopUse[];
  readonly offers: readonly ActOffer[];
  readonly names: Readonly<Record<string, string>>;
}

/** Model versions by family, title and version, each with what stands about it at a moment. */
export function listVersions(
  register: RegisterSnapshot,
  now: Instant,
): Pick<ModelList, 'versions' | 'stops'> {
  const reviews = reviewsDue(register, now);
  return {
    versions: register
      .modelVersions()
      .map((known) => listed(register, known, { now, reviews }))
      .toSorted((a, b) => compare(sortKey(a.modelVersion), sortKey(b.modelVersion))),
    stops: register
      .stopUses()
      .filter((stop) => isStopping(stop, now))
      .toSorted((a, b) => b.from - a.from),
  };
}

function listed(
  register: RegisterSnapshot,
  known: ModelVersion,
  { now, reviews }: { readonly now: Instant; readonly reviews: ReadonlyMap<string, DueItem> },
): ListedVersion {
  const people = approvalsInForce(register, known, now).map(({ practitioner }) => practitioner);
  const review = known.state === 'retired' ? undefined : reviews.get(known.guideline?.id ?? '');
  return {
    modelVersion: known,
    sites: known.releases.filter((one) => isReleaseInForce(known, one, now)).map(({ site }) => site),
    stops: stopsOf(register, known, now)
      .filter(({ isInForce }) => isInForce)
      .map(({ stop }) => stop),
    approved: new Set(people).size,
    ...(review === undefined ? {} : { review }),
  };
}

/** Reviews of guidelines that fall due within the policy's longest notice, by the guideline's id. */
export function reviewsDue(register: RegisterSnapshot, now: Instant): ReadonlyMap<string, DueItem> {
  const until = now + daysInMs(Math.max(...register.policy.noticeDays));
  return new Map(
    dueForReview(register, { now, until }).map((item) => [item.id.replace(/^guideline-review\//, ''), item]),
  );
}

function sortKey({ family, title, version }: ModelVersion): string {
  return [family, title, version].join('\n');
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
