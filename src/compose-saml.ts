import { join } from 'node:path';
import type { Config } from './config.ts';
import { certificatesIn } from './config-files.ts';
import type { Clock, DocumentFetcher } from './flows/ports.ts';
import type { IdentityOptions } from './identity/create-identity.ts';
import { createSamlProviders, type SamlProviderBook } from './identity/saml/create-saml-providers.ts';
import type { OwnKeys } from './identity/saml/own-keys.ts';
import type { SamlProviderOrigin, SamlProviderSource } from './identity/saml/provider-entries.ts';
import type { Logger } from './telemetry/logger.ts';

interface Needs {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly fetcher: DocumentFetcher;
  readonly onEvent: IdentityOptions['onEvent'];
}

type ConfiguredProvider = Config['identity']['providers'][number];

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const KIBIBYTE = 1_024;
/** A day: longer than any night in which nobody looks. */
const STALE_AFTER_MS = 24 * 60 * MINUTE_MS;

/** The SAML providers of the config, kept fresh from now on. */
export function openSamlProviders(needs: Needs): SamlProviderBook {
  const book = createSamlBook(needs, join(needs.config.dataDir, 'saml-metadata'));
  book.start();
  return book;
}

/** The same, not refreshed yet. Throws GatewayError('internal') when what the config says cannot be used. */
export function createSamlBook(needs: Needs, copiesFolder: string): SamlProviderBook {
  const { config, logger, clock, fetcher, onEvent } = needs;
  return createSamlProviders(config.identity.providers.map(sourceOf), {
    fetcher,
    clock,
    copiesFolder,
    staleAfterMs: STALE_AFTER_MS,
    isSigning: config.identity.signing !== undefined,
    onEvent,
    onWarn: (message) => logger.warn({}, message),
  });
}

/** How the gateway presents itself to its SAML providers. */
export function samlOptionsOf(
  { publicUrl, identity }: Config,
  { providers }: SamlProviderBook,
): IdentityOptions['saml'] {
  const { entityId, samlLimits } = identity;
  return {
    publicUrl,
    entityId,
    providers,
    limits: {
      maxElements: samlLimits.maxElements,
      maxBytes: samlLimits.maxKibibytes * KIBIBYTE,
      requestLifetimeMs: samlLimits.requestMinutes * MINUTE_MS,
    },
    ...ownKeys(identity),
  };
}

/** The gateway's own keys towards SAML providers. */
export function ownKeys({ signing, encryption = [] }: Config['identity']): OwnKeys {
  const next = signing?.nextCertificateFile;
  return {
    encryption: encryption.map(keyOf),
    ...(signing === undefined ? {} : { signing: keyOf(signing) }),
    ...(next === undefined ? {} : { nextSigningCertificatePem: next.text }),
  };
}

interface KeyFiles {
  readonly keyFile: { readonly text: string };
  readonly certificateFile: { readonly text: string };
}

function keyOf({ keyFile, certificateFile }: KeyFiles): NonNullable<IdentityOptions['saml']['signing']> {
  return { privateKeyPem: keyFile.text, certificatePem: certificateFile.text };
}

function sourceOf(provider: ConfiguredProvider): SamlProviderSource {
  const { id, title, entityId, assurance, signatures, encryption, allowCbc, stepUpContexts } = provider;
  const clockSkewMs = provider.clockSkewSeconds * SECOND_MS;
  const contexts = stepUpContexts;
  return {
    settings: { id, title, entityId, assurance, clockSkewMs, signatures, encryption, allowCbc, contexts },
    origin: originOf(provider),
  };
}

function originOf(provider: ConfiguredProvider): SamlProviderOrigin {
  const { ssoUrl, sloUrl, certificateFiles = [], metadata } = provider;
  if (metadata !== undefined) return metadataOriginOf(metadata);
  return {
    kind: 'fixed',
    ssoUrl: ssoUrl ?? '',
    certificatesPem: certificateFiles.flatMap(({ text }) => certificatesIn(text)),
    ...(sloUrl === undefined ? {} : { signOut: { redirect: { url: sloUrl } } }),
  };
}

function metadataOriginOf(metadata: NonNullable<ConfiguredProvider['metadata']>): SamlProviderOrigin {
  const signedBy =
    metadata.signingCertificateFile === undefined
      ? 'nobody'
      : certificatesIn(metadata.signingCertificateFile.text);
  if (metadata.url === undefined) return { kind: 'document', text: metadata.file?.text ?? '', signedBy };
  return { kind: 'url', url: metadata.url, signedBy, refreshMs: metadata.refreshMinutes * MINUTE_MS };
}
