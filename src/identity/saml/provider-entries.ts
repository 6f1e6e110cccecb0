import { GatewayError } from '../../domain/errors.ts';
import type { Clock, DocumentFetcher } from '../../flows/ports.ts';
import type { AlarmCode } from '../../domain/auth-words.ts';
import type { AuthEvent } from '../auth-event.ts';
import type { MetadataCopies } from './metadata-copies.ts';
import { readMetadata, unfitMetadata, type ProviderMetadata } from './read-metadata.ts';
import {
  checkProviders,
  sharingKeyWith,
  type SamlProvider,
  type SamlProviderSettings,
} from './saml-provider.ts';
import { METADATA_LIMITS, type XmlLimits } from './scan-xml.ts';

/** Where a provider's addresses and certificates come from. */
export type SamlProviderOrigin = FixedOrigin | DocumentOrigin | UrlOrigin;

/** The config says them. */
interface FixedOrigin extends Pick<SamlProvider, 'ssoUrl' | 'certificatesPem' | 'signOut'> {
  readonly kind: 'fixed';
}

/** They stand in metadata that came with the config. */
interface DocumentOrigin {
  readonly kind: 'document';
  readonly text: string;
  /** Certificates that may have signed it; `nobody` where a file that IT put there is trusted as it is. */
  readonly signedBy: readonly string[] | 'nobody';
}

/** They stand in metadata behind an address, which are fetched again and again. */
interface UrlOrigin {
  readonly kind: 'url';
  readonly url: string;
  /** Certificates that may have signed them; `nobody` where the connection alone (https, or loopback) is trusted. */
  readonly signedBy: readonly string[] | 'nobody';
  /** Less often when the metadata say so never; more often when their cacheDuration is shorter. */
  readonly refreshMs: number;
}

export interface SamlProviderSource {
  readonly settings: SamlProviderSettings;
  readonly origin: SamlProviderOrigin;
}

/** What the book of providers works with. */
export interface ProviderBookDeps {
  readonly fetcher: DocumentFetcher;
  readonly clock: Clock;
  /** Where the last good metadata are kept for the next start. */
  readonly copiesFolder: string;
  /** From how old on metadata behind an address are an alarm. */
  readonly staleAfterMs: number;
  readonly limits?: XmlLimits;
  /** True when our requests are signed. */
  readonly isSigning: boolean;
  /** Must not throw. */
  readonly onEvent: (event: AuthEvent) => void;
  readonly onWarn: (message: string) => void;
}

/** A provider as it is known now. */
export interface Entry {
  readonly settings: SamlProviderSettings;
  readonly origin: SamlProviderOrigin;
  provider?: SamlProvider;
  validUntil?: number;
  /** The latest end that signed metadata of this provider ever had, also before a restart: what ends earlier is older. */
  newestUntil?: number;
  cacheMs?: number;
  /** Of what is in use; when the gateway started while there is nothing. ms since the epoch. */
  goodAt: number;
  /** Monotonic. */
  triedAt?: number;
  hasFailed: boolean;
  /** What somebody was told and is not over yet. */
  readonly raised: Set<AlarmCode>;
}

export interface Book extends ProviderBookDeps {
  readonly entries: readonly Entry[];
  readonly copies: MetadataCopies;
}

/** The provider, unless the time of its metadata is over. */
export function usableNow({ provider, validUntil }: Entry, nowMs: number): SamlProvider | undefined {
  return validUntil === undefined || nowMs < validUntil ? provider : undefined;
}

/** Takes over what the config itself says. */
export function takeFixed(entry: Entry, { ssoUrl, certificatesPem, signOut }: FixedOrigin): void {
  entry.provider = {
    ...entry.settings,
    ssoUrl,
    certificatesPem,
    ...(signOut === undefined ? {} : { signOut }),
  };
}

/**
 * Takes over metadata, if they are fit in themselves and beside all other providers: with the key or the name of another, each
 * could sign people in as the other. Throws GatewayError with the reason; then nothing has changed.
 */
export function takeMetadata(
  book: Book,
  entry: Entry,
  { text, goodAt }: { readonly text: string; readonly goodAt: number },
): void {
  const { limits = METADATA_LIMITS, clock } = book;
  const { settings, origin } = entry;
  const { entityId } = settings;
  const signedBy = origin.kind === 'fixed' ? 'nobody' : origin.signedBy;
  const metadata = readMetadata(text, { entityId, signedBy, limits, nowMs: clock.nowMs() });
  const provider = providerOf(settings, metadata);
  if (origin.kind === 'url' && signedBy !== 'nobody') checkNotOlder(book, entry, metadata);
  checkBesideOthers(book, entry, provider);
  if (metadata.wantsSignedRequests && !book.isSigning) {
    book.onWarn(
      `The identity provider "${settings.id}" wants signed requests, and there is no key to sign with.`,
    );
  }
  const { validUntil, cacheMs } = metadata;
  const newestUntil = validUntil ?? entry.newestUntil;
  Object.assign(entry, { provider, goodAt, validUntil, cacheMs, newestUntil });
}

/**
 * A signature stays good for ever: whoever sits on the way could bring back metadata of years ago, and with them keys that were
 * given up. Only the end they name tells older from newer.
 */
function checkNotOlder(book: Book, entry: Entry, { validUntil = -Infinity }: ProviderMetadata): void {
  if (entry.newestUntil === undefined || validUntil >= entry.newestUntil) return;
  raise(book, entry, 'metadata-older');
  throw unfitMetadata('they are older than those of before: their validUntil is earlier, or gone');
}

/** Who comes second with a key is refused; whose it is is for people to find out, so that both are named to them. */
function checkBesideOthers(book: Book, entry: Entry, provider: SamlProvider): void {
  const others = book.entries.filter((other) => other !== entry);
  const providers = others.flatMap((other) => other.provider ?? []);
  const sharing = sharingKeyWith(provider, providers);
  if (sharing.length > 0) {
    const entityIds = new Set(sharing.map(({ entityId }) => entityId));
    raise(book, entry, 'metadata-clash', [...entityIds]);
  }
  checkProviders([...providers, provider]);
}

/** Tells of an alarm once, until a refresh goes well. `others` are entity IDs that have a part in it. */
export function raise(
  book: Book,
  { settings, raised }: Entry,
  code: AlarmCode,
  others: readonly string[] = [],
): void {
  if (raised.has(code)) return;
  raised.add(code);
  for (const provider of [settings.entityId, ...others])
    book.onEvent({ outcome: 'alarm', provider, method: 'saml', code });
}

function providerOf(settings: SamlProviderSettings, metadata: ProviderMetadata): SamlProvider {
  const { ssoUrl, certificatesPem, signOut } = metadata;
  return { ...settings, ssoUrl, certificatesPem, ...(signOut === undefined ? {} : { signOut }) };
}

/** The reason in words that hold nothing of what was read. */
export function reasonOf(error: unknown): string {
  return error instanceof GatewayError && error.detail !== '' ? error.detail : 'an unexpected fault';
}
