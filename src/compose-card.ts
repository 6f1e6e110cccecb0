import { randomBytes } from 'node:crypto';
import type { Config } from './config.ts';
import { certificatesIn } from './config-files.ts';
import type { Clock, DocumentFetcher } from './flows/ports.ts';
import type { CardTls } from './http/start-listener.ts';
import { createCertificateTrust } from './identity/card/certificate-trust.ts';
import type { CardOptions } from './identity/card/create-card-door.ts';
import { openCrlFiles } from './identity/card/open-crl-files.ts';
import type { Logger } from './telemetry/logger.ts';

/** What asks for smart cards, and by what they are judged. */
export interface OpenCard {
  readonly options: CardOptions;
  /** For the gateway's own listener, with the revocation lists as they are now; absent where a proxy asks. */
  readonly tls?: () => CardTls;
  /** Reads the revocation lists that changed. True when one did. */
  readonly reload: () => Promise<boolean>;
}

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

/** Reads what smart cards are judged by; undefined when the config takes none. Throws when a revocation list cannot be read. */
export async function openCard(needs: {
  readonly config: Config;
  readonly clock: Clock;
  readonly fetcher: DocumentFetcher;
  readonly logger: Logger;
}): Promise<OpenCard | undefined> {
  const { config, clock, fetcher, logger } = needs;
  const { smartCard: card } = config.identity;
  if (card === undefined) return undefined;
  const onWarn = (message: string): void => logger.warn({}, message);
  const files = await openCrlFiles(card.crlFiles, onWarn);
  const trust = createCertificateTrust({
    issuerPems: card.issuerFiles.flatMap(({ text }) => certificatesIn(text)),
    caPems: card.caFiles.flatMap(({ text }) => certificatesIn(text)),
    crls: files.read,
    ...ocspOf(card, fetcher),
    clock,
    randomBytes: (count) => randomBytes(count),
    onWarn,
  });
  const { keyFile, certificateFile } = card;
  const options = { ...optionsOf(card), publicUrl: config.publicUrl, trust };
  if (keyFile === undefined || certificateFile === undefined) return { options, reload: files.reload };
  const own = { keyPem: keyFile.text, certificatePem: certificateFile.text, caPems: trust.caPems };
  return { options, reload: files.reload, tls: () => ({ ...own, crlPems: trust.shelf.pems() }) };
}

type Card = NonNullable<Config['identity']['smartCard']>;

function optionsOf(card: Card): Omit<CardOptions, 'publicUrl' | 'trust'> {
  const { provider, title, url, policyOids, extendedKeyUsages, subject, crlWarningHours } = card;
  const { from, pattern, mustMatch } = subject;
  return {
    provider,
    title,
    policyOids,
    crlWarnMs: crlWarningHours * HOUR_MS,
    ekus: extendedKeyUsages,
    ...(url === undefined ? {} : { cardUrl: url }),
    subject: {
      from,
      ...(pattern === undefined ? {} : { pattern }),
      ...(mustMatch === undefined ? {} : { mustMatch }),
    },
  };
}

function ocspOf(
  { ocsp }: Card,
  fetcher: DocumentFetcher,
): Pick<Parameters<typeof createCertificateTrust>[0], 'ocsp'> {
  if (ocsp === undefined) return {};
  const { url, timeoutSeconds, required } = ocsp;
  return { ocsp: { fetcher, url, timeoutMs: timeoutSeconds * SECOND_MS, isRequired: required } };
}
