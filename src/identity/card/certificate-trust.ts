import type { Clock } from '../../flows/ports.ts';
import { GatewayError } from '../../domain/errors.ts';
import type { OcspOptions } from './ask-ocsp.ts';
import { readAuthorities, type Authorities } from './certificate-chain.ts';
import { createCrlShelf, type CrlShelf, type CrlSource } from './crl-shelf.ts';
import { pemOf } from './pem-blocks.ts';

/** Whose certificates count, and how it is known that they still do. */
export interface TrustOptions {
  /** The authorities that issue the certificates themselves, PEM. Only their certificates are taken. */
  readonly issuerPems: readonly string[];
  /** Roots, and what stands between them and the issuers, PEM. */
  readonly caPems: readonly string[];
  /** Revocation lists as they are now, PEM or DER; the same array until something changes. */
  readonly crls: CrlSource;
  /** True when absent: every authority of a chain needs a list that is current. */
  readonly isCrlRequired?: boolean;
  readonly ocsp?: OcspOptions;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly onWarn?: (message: string) => void;
}

/** Whose certificates count, ready to judge by. */
export interface CertificateTrust extends Pick<TrustOptions, 'clock' | 'randomBytes'> {
  readonly authorities: Authorities;
  readonly shelf: CrlShelf;
  readonly isCrlRequired: boolean;
  readonly ocsp?: OcspOptions;
  /** For the TLS listener, with `shelf.pems()`. */
  readonly caPems: readonly string[];
}

/**
 * Reads what is trusted. Throws GatewayError('internal') with a sentence for IT when that cannot be: see readAuthorities; or when
 * nothing would ever notice a revoked certificate.
 */
export function createCertificateTrust(options: TrustOptions): CertificateTrust {
  const { crls, isCrlRequired = true, ocsp, clock, randomBytes, onWarn = () => undefined } = options;
  if (!isCrlRequired && ocsp?.isRequired !== true) {
    const detail =
      'Smart cards: with neither revocation lists nor OCSP required, a revoked certificate would be taken. Require one.';
    throw new GatewayError('internal', { detail });
  }
  const authorities = readAuthorities(options);
  return {
    authorities,
    shelf: createCrlShelf(crls, authorities.all, onWarn),
    isCrlRequired,
    ...(ocsp === undefined ? {} : { ocsp }),
    caPems: authorities.all.map(({ der }) => pemOf(der, 'CERTIFICATE')),
    clock,
    randomBytes,
  };
}
