import { GatewayError } from '../../domain/errors.ts';
import { createMetadataCopies } from './metadata-copies.ts';
import {
  reasonOf,
  takeFixed,
  takeMetadata,
  usableNow,
  type Book,
  type Entry,
  type ProviderBookDeps,
  type SamlProviderSource,
} from './provider-entries.ts';
import { createRefreshing, type Refreshing } from './refresh-metadata.ts';
import {
  checkProviders,
  checkProviderSettings,
  type SamlProvider,
  type SamlProviders,
} from './saml-provider.ts';

/** The identity providers, and what keeps them fresh. */
export interface SamlProviderBook extends Refreshing {
  readonly providers: SamlProviders;
}

const LOOPBACK_OR_TLS = /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?\/)/i;

/**
 * The identity providers of the config. What the config itself says, and metadata that came with it, can be used at once;
 * metadata behind an address from their last copy, and else after the first `refresh`. Throws GatewayError('internal'), all
 * faults at once, when what the config says is not fit to use.
 */
export function createSamlProviders(
  sources: readonly SamlProviderSource[],
  deps: ProviderBookDeps,
): SamlProviderBook {
  const configured = sources.map(({ settings }) => settings);
  checkProviderSettings(configured);
  checkOrigins(sources);
  const goodAt = deps.clock.nowMs();
  const entries = sources.map((source): Entry => ({
    ...source,
    goodAt,
    hasFailed: false,
    raised: new Set(),
  }));
  const book: Book = { ...deps, entries, copies: createMetadataCopies(deps.copiesFolder, deps.onWarn) };
  loadConfigured(book);
  for (const entry of entries) loadCopy(book, entry);
  return { providers: viewOf(book, configured), ...createRefreshing(book) };
}

/** Metadata that nobody signs are only as good as the connection. */
function checkOrigins(sources: readonly SamlProviderSource[]): void {
  const faults = sources.flatMap(({ settings: { id }, origin }) => {
    if (origin.kind !== 'url') return [];
    if (origin.signedBy === 'nobody' && !LOOPBACK_OR_TLS.test(origin.url))
      return [`the metadata of "${id}" are neither signed nor behind https`];
    return origin.signedBy.length === 0 ? [`nothing says who signs the metadata of "${id}"`] : [];
  });
  if (faults.length === 0) return;
  throw new GatewayError('internal', {
    detail: `The identity providers are not fit to use: ${faults.join('; ')}.`,
  });
}

function loadConfigured(book: Book): void {
  for (const entry of book.entries) {
    if (entry.origin.kind === 'fixed') takeFixed(entry, entry.origin);
  }
  checkProviders(book.entries.flatMap(({ provider }) => provider ?? []));
  for (const entry of book.entries) {
    if (entry.origin.kind === 'document') loadDocument(book, entry, entry.origin.text);
  }
}

function loadDocument(book: Book, entry: Entry, text: string): void {
  try {
    takeMetadata(book, entry, { text, goodAt: book.clock.nowMs() });
  } catch (error: unknown) {
    const detail = `The metadata of "${entry.settings.id}" cannot be used: ${reasonOf(error)}.`;
    throw new GatewayError('internal', { detail, cause: error });
  }
}

/**
 * Judged like one that is fetched: whoever could write into the folder cannot sign. Where nobody signs (`signedBy: 'nobody'`) the
 * copy is only as good as the folder; that no other account can write there is looked at before it is read.
 */
function loadCopy(book: Book, entry: Entry): void {
  const { id } = entry.settings;
  const copy = entry.origin.kind === 'url' ? book.copies.read(id) : undefined;
  if (copy === undefined) return;
  // Kept although the copy itself may be over by now: what is fetched next must not be older.
  if (copy.validUntil !== undefined) entry.newestUntil = copy.validUntil;
  try {
    takeMetadata(book, entry, { text: copy.text, goodAt: Math.min(copy.fetchedAt, book.clock.nowMs()) });
  } catch (error: unknown) {
    book.onWarn(`The copy of the metadata of "${id}" cannot be used: ${reasonOf(error)}.`);
  }
}

function viewOf({ entries, clock }: Book, configured: SamlProviders['configured']): SamlProviders {
  const find = (isWanted: (entry: Entry) => boolean): SamlProvider | undefined => {
    const entry = entries.find(isWanted);
    return entry === undefined ? undefined : usableNow(entry, clock.nowMs());
  };
  return {
    all: () => entries.flatMap((entry) => usableNow(entry, clock.nowMs()) ?? []),
    byId: (id) => find(({ settings }) => settings.id === id),
    byEntityId: (entityId) => find(({ settings }) => settings.entityId === entityId),
    configured,
  };
}
