import type { KeyObject } from 'node:crypto';

/** A key and the certificate around it, both PEM. RSA. */
export interface CertifiedKey {
  readonly privateKeyPem: string;
  readonly certificatePem: string;
}

/** The gateway as one identity provider sees it (a SAML service provider). */
export interface ServiceProvider {
  readonly entityId: string;
  /** Where this identity provider, and no other, posts its answers. */
  readonly acsUrl: string;
  /** Where it sends sign-out messages. */
  readonly sloUrl: string;
  /** Signs our requests, when given. */
  readonly signing?: CertifiedKey;
  /** Signs them from some day on; announced beforehand. */
  readonly nextSigningCertificatePem?: string;
  /** Announced for encryption; the key of `decryptionKeys[0]`. */
  readonly encryptionCertificatePem?: string;
  /** Ours: the current one, then those of before that are still in use. Empty when nothing is to be encrypted. */
  readonly decryptionKeys: readonly KeyObject[];
}

interface Ourselves {
  readonly publicUrl: string;
  readonly entityId: string;
  readonly signing?: CertifiedKey;
  readonly nextSigningCertificatePem?: string;
}

/** The gateway towards this identity provider: addresses of its own for each, so that none can answer for another. */
export function serviceProviderFor(
  { publicUrl, entityId, signing, nextSigningCertificatePem }: Ourselves,
  providerId: string,
  encryption: Pick<ServiceProvider, 'encryptionCertificatePem' | 'decryptionKeys'>,
): ServiceProvider {
  return {
    entityId,
    acsUrl: new URL(`/auth/saml/${providerId}/acs`, publicUrl).href,
    sloUrl: new URL(`/auth/saml/${providerId}/slo`, publicUrl).href,
    ...(signing === undefined ? {} : { signing }),
    ...(nextSigningCertificatePem === undefined ? {} : { nextSigningCertificatePem }),
    ...encryption,
  };
}
