import type { DocumentFetcher } from '../../flows/ports.ts';
import { raise, reasonOf, takeMetadata, usableNow, type Book, type Entry } from './provider-entries.ts';
import { unfitMetadata } from './read-metadata.ts';
import { METADATA_LIMITS } from './scan-xml.ts';

/** What keeps metadata behind addresses fresh. */
export interface Refreshing {
  /** Fetches all of them now. Never rejects: what could not be had is kept as it was, and told. */
  readonly refresh: () => Promise<void>;
  /** Fetches those whose time has come. Never rejects. */
  readonly refreshDue: () => Promise<void>;
  /** Looks every half minute what is due, until `stop`. Keeps no process alive. */
  readonly start: () => void;
  readonly stop: () => void;
}

const TICK_MS = 30_000;
const RETRY_MS = 60_000;
/** However short a cacheDuration is. */
const MIN_REFRESH_MS = 5 * 60_000;
const FETCH_TIMEOUT_MS = 10_000;
const ACCEPT = 'application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8';

/** Refreshes the entries of a book, each once at a time. */
export function createRefreshing(book: Book): Refreshing {
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const run = (isWanted: (entry: Entry) => boolean): Promise<void> => {
    running = running.then(() => refreshThose(book, isWanted));
    return running;
  };
  const refreshDue = (): Promise<void> => run((entry) => isDue(entry, book.clock.monotonicMs()));
  return {
    refresh: () => run(() => true),
    refreshDue,
    start: () => {
      timer ??= setInterval(() => void refreshDue(), TICK_MS).unref();
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

async function refreshThose(book: Book, isWanted: (entry: Entry) => boolean): Promise<void> {
  const ofUrls = book.entries.filter(({ origin }) => origin.kind === 'url');
  await Promise.all(ofUrls.filter(isWanted).map((entry) => refreshOne(book, entry)));
  for (const entry of ofUrls) raiseIfStale(book, entry);
}

function isDue({ origin, triedAt, hasFailed, cacheMs }: Entry, monotonicMs: number): boolean {
  if (origin.kind !== 'url' || triedAt === undefined) return true;
  const wished = Math.min(origin.refreshMs, Math.max(cacheMs ?? Infinity, MIN_REFRESH_MS));
  return monotonicMs - triedAt >= (hasFailed ? Math.min(RETRY_MS, wished) : wished);
}

async function refreshOne(book: Book, entry: Entry): Promise<void> {
  const { settings, origin } = entry;
  if (origin.kind !== 'url') return;
  entry.triedAt = book.clock.monotonicMs();
  try {
    const text = await fetchText(book.fetcher, origin.url, (book.limits ?? METADATA_LIMITS).maxBytes);
    const goodAt = book.clock.nowMs();
    takeMetadata(book, entry, { text, goodAt });
    entry.hasFailed = false;
    entry.raised.clear();
    const { newestUntil: validUntil } = entry;
    await keepCopy(book, settings.id, {
      text,
      fetchedAt: goodAt,
      ...(validUntil === undefined ? {} : { validUntil }),
    });
  } catch (error: unknown) {
    entry.hasFailed = true;
    const rest =
      usableNow(entry, book.clock.nowMs()) === undefined
        ? 'nobody can sign in there'
        : 'the last ones stay in use';
    book.onWarn(`The metadata of "${settings.id}" could not be refreshed (${reasonOf(error)}); ${rest}.`);
  }
}

async function fetchText(fetcher: DocumentFetcher, url: string, maxBytes: number): Promise<string> {
  const request = { url, maxBytes, timeoutMs: FETCH_TIMEOUT_MS, headers: { accept: ACCEPT } };
  const { status, body } = await fetcher.fetch(request);
  if (status !== 200) throw unfitMetadata(`their address answered with status ${status}`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch (error: unknown) {
    throw unfitMetadata('they are not UTF-8', error);
  }
}

/** What is in use is right all the same; only the next start needs the address then. */
async function keepCopy(
  { copies, onWarn }: Book,
  id: string,
  copy: Parameters<Book['copies']['write']>[1],
): Promise<void> {
  try {
    await copies.write(id, copy);
  } catch {
    onWarn(`The metadata of "${id}" could not be written down for the next start.`);
  }
}

/** Once each time they grow old: what was good then, and a provider that changed its keys since, fit less and less. */
function raiseIfStale(book: Book, entry: Entry): void {
  const nowMs = book.clock.nowMs();
  const isStale = nowMs - entry.goodAt > book.staleAfterMs || usableNow(entry, nowMs) === undefined;
  if (isStale) raise(book, entry, 'metadata-stale');
}
