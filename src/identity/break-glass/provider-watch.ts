import { UpstreamFault } from '../../domain/errors.ts';
import type { Clock, DocumentFetcher } from '../../flows/ports.ts';

/** Where an identity provider answers. */
export interface WatchTarget {
  readonly id: string;
  readonly url: string;
}

export interface ProviderWatchOptions {
  readonly fetcher: DocumentFetcher;
  /** The identity providers as they are now; not the listener for cards, which is our own. */
  readonly targets: () => readonly WatchTarget[];
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Called when it changes whether all are away. Must not throw. */
  readonly onChange: (areAllAway: boolean) => void;
  /** Called for each provider at the first round that asks it. Must not throw. */
  readonly onFirstAnswer?: (found: FirstAnswer) => void;
}

/** What a provider answered when it was asked for the first time. */
export interface FirstAnswer {
  readonly id: string;
  /** A status, or a code of what went wrong. */
  readonly answer: string;
  readonly isThere: boolean;
}

/** Knows which identity providers answer. What is not known, or not known any more, counts as there. */
export interface ProviderWatch {
  /** Asks each once. While one round is under way it is joined, not repeated. Never throws. */
  readonly check: () => Promise<void>;
  /** True when there are providers, and each missed its last two rounds, the last of them lately. */
  readonly areAllAway: () => boolean;
  /** At most two minutes apart: what is older than five counts as unknown. */
  readonly start: (intervalMs: number) => void;
  readonly stop: () => void;
}

/** One miss may be a restart, or a packet lost. */
const MISSES_TO_BE_AWAY = 2;
const TIMEOUT_MS = 5_000;
/** RFC 9110 §15.6.3 to §15.6.5: nobody behind it answers, or not now. */
const AWAY: readonly number[] = [502, 503, 504];
/** A sign-in page. What is larger was an answer all the same. */
const MAX_BYTES = 1_048_576;
/** Past this a watch that stopped says nothing about now. */
const MAX_AGE_MS = 5 * 60_000;

/** What the last round found. */
interface Found {
  readonly misses: ReadonlyMap<string, number>;
  /** On the monotonic clock. */
  readonly at: number;
}

/** Watches identity providers, for the emergency door. */
export function createProviderWatch(options: ProviderWatchOptions): ProviderWatch {
  const end = new AbortController();
  let found: Found = { misses: new Map(), at: -Infinity };
  let wasAway = false;
  let round: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const areAllAway = (): boolean => isNobodyThere(options, found);
  const checkAll = async (): Promise<void> => {
    const misses = await missesNow(options, found.misses, end.signal);
    if (end.signal.aborted) return;
    found = { misses, at: options.clock.monotonicMs() };
    if (areAllAway() === wasAway) return;
    wasAway = !wasAway;
    options.onChange(wasAway);
  };
  const check = async (): Promise<void> => {
    round ??= checkAll().finally(() => {
      round = undefined;
    });
    await round;
  };
  return {
    check,
    areAllAway,
    start: (intervalMs) => {
      timer ??= setInterval(() => void check(), intervalMs).unref();
      void check();
    },
    stop: () => {
      clearInterval(timer);
      end.abort();
    },
  };
}

function isNobodyThere({ targets, clock }: ProviderWatchOptions, { misses, at }: Found): boolean {
  const now = targets();
  const isFresh = clock.monotonicMs() - at <= MAX_AGE_MS;
  return isFresh && now.length > 0 && now.every((one) => (misses.get(keyOf(one)) ?? 0) >= MISSES_TO_BE_AWAY);
}

async function missesNow(
  options: ProviderWatchOptions,
  before: Found['misses'],
  signal: AbortSignal,
): Promise<Found['misses']> {
  const asked = options.targets().map(async (target) => {
    const { isThere, answer } = await ask(options, target, signal);
    const key = keyOf(target);
    if (!before.has(key) && !signal.aborted) options.onFirstAnswer?.({ id: target.id, answer, isThere });
    return [key, isThere ? 0 : (before.get(key) ?? 0) + 1] as const;
  });
  return new Map(await Promise.all(asked));
}

/** Providers of two kinds may have one id, and one provider may move. */
function keyOf({ id, url }: WatchTarget): string {
  return `${id} ${url}`;
}

/** Any answer but a proxy's, or a server's "not now", comes from somebody who is there: many sign-in pages fail without a request. */
async function ask(
  { fetcher }: ProviderWatchOptions,
  { url }: WatchTarget,
  signal: AbortSignal,
): Promise<Omit<FirstAnswer, 'id'>> {
  try {
    const { status } = await fetcher.fetch({ url, maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS }, signal);
    return { isThere: !AWAY.includes(status), answer: String(status) };
  } catch (error: unknown) {
    // Too large, odd or untrusted an answer is one; every other fault is none.
    const answer = error instanceof UpstreamFault ? error.code : 'no answer';
    return { isThere: answer === 'upstream-bad-answer', answer };
  }
}
