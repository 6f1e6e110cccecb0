import type { Instant } from './register.ts';

/** When a key of the credential card is published, and from when it signs. */
export interface CardKeyTimes {
  readonly kid: string;
  readonly publishedAt: Instant;
  readonly signsFrom: Instant;
  /** False once its private half has been destroyed. */
  readonly canSign: boolean;
}

/** How long keys are used. */
export interface CardKeyTerms {
  /** A key signs for so long, ms. */
  readonly signsForMs: number;
  /** It is published so long before it signs, so that whoever keeps the key set has it in time, ms. */
  readonly aheadMs: number;
  /** It stays published so long after the last card it can have signed, ms. */
  readonly afterMs: number;
}

/** What has come due: all of it can be worked out again, so nothing is lost when it is not kept. */
export interface DueKeyChanges {
  /** When a new key is to sign, if there is to be one. */
  readonly signsFrom?: Instant;
  /** Keys that sign no more: their private halves are to be destroyed. */
  readonly retired: readonly string[];
  /** Keys whose last card has run out: they are published no more. */
  readonly withdrawn: readonly string[];
}

/**
 * The key that signs at a moment: the newest whose time has come. Where the clock was set back to before all of them it is the
 * first that still can. Undefined when none can.
 */
export function signingKey<K extends CardKeyTimes>(keys: readonly K[], now: Instant): K | undefined {
  const able = inOrder(keys).filter(({ canSign }) => canSign);
  return able.findLast(({ signsFrom }) => signsFrom <= now) ?? able[0];
}

/** What is to change by now. The first key signs at once, because there is nobody who could have kept an older key set. */
export function dueKeyChanges(
  keys: readonly CardKeyTimes[],
  now: Instant,
  { signsForMs, aheadMs, afterMs }: CardKeyTerms,
): DueKeyChanges {
  const ordered = inOrder(keys);
  const newest = ordered.at(-1);
  // A key is over when the next one that can sign has begun.
  const endOf = (place: number): Instant =>
    ordered.slice(place + 1).find(({ canSign }) => canSign)?.signsFrom ?? Infinity;
  const over = ordered.map(({ kid, canSign }, place) => ({ kid, canSign, end: endOf(place) }));
  return {
    ...newKey(newest, now, { signsForMs, aheadMs }),
    retired: over.filter(({ canSign, end }) => canSign && end <= now).map(({ kid }) => kid),
    withdrawn: over.filter(({ end }) => end + afterMs <= now).map(({ kid }) => kid),
  };
}

function newKey(
  newest: CardKeyTimes | undefined,
  now: Instant,
  { signsForMs, aheadMs }: Pick<CardKeyTerms, 'signsForMs' | 'aheadMs'>,
): Pick<DueKeyChanges, 'signsFrom'> {
  if (newest?.canSign !== true) return { signsFrom: now };
  const ends = newest.signsFrom + signsForMs;
  return now < ends - aheadMs ? {} : { signsFrom: Math.max(ends, now + aheadMs) };
}

function inOrder<K extends CardKeyTimes>(keys: readonly K[]): readonly K[] {
  return keys.toSorted((a, b) => a.signsFrom - b.signsFrom || a.publishedAt - b.publishedAt);
}
