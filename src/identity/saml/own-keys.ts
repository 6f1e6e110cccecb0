import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { GatewayError } from '../../domain/errors.ts';
import type { SamlProviderSettings } from './saml-provider.ts';
import type { CertifiedKey, ServiceProvider } from './service-provider.ts';

/** Our keys towards identity providers. */
export interface OwnKeys {
  /** Signs our requests. RSA. */
  readonly signing?: CertifiedKey;
  /** Of the key that signs next; announced in our metadata beforehand. */
  readonly nextSigningCertificatePem?: string;
  /** What assertions are encrypted to: the current one, which alone is announced, then those still taken. RSA. */
  readonly encryption?: readonly CertifiedKey[];
}

const MIN_RSA_BITS = 2_048;

/**
 * Reads our keys once. Throws GatewayError('internal'), all faults at once, when one cannot be read, is no RSA of 2,048 bits or
 * more, or does not belong to its certificate; or when a provider encrypts and there is nothing to decrypt with.
 */
export function readOwnKeys(
  { signing, nextSigningCertificatePem, encryption = [] }: OwnKeys,
  providers: readonly Pick<SamlProviderSettings, 'id' | 'encryption'>[],
): Pick<ServiceProvider, 'encryptionCertificatePem' | 'decryptionKeys'> {
  const faults = [
    ...(signing === undefined ? [] : pairFaults(signing, 'the signing key')),
    ...(nextSigningCertificatePem === undefined ? [] : nextFaults(nextSigningCertificatePem)),
    ...encryption.flatMap((pair, index) => pairFaults(pair, `encryption key ${index + 1}`)),
    ...providers
      .filter((provider) => encryption.length === 0 && (provider.encryption ?? 'none') !== 'none')
      .map(({ id }) => `"${id}" encrypts its answers, and there is no encryption key`),
  ];
  if (faults.length > 0) {
    throw new GatewayError('internal', {
      detail: `The gateway's own keys are not fit to use: ${faults.join('; ')}.`,
    });
  }
  const announced = encryption[0]?.certificatePem;
  return {
    decryptionKeys: encryption.map(({ privateKeyPem }) => createPrivateKey(privateKeyPem)),
    ...(announced === undefined ? {} : { encryptionCertificatePem: announced }),
  };
}

function pairFaults({ privateKeyPem, certificatePem }: CertifiedKey, name: string): readonly string[] {
  try {
    const key = createPrivateKey(privateKeyPem);
    const certificate = new X509Certificate(certificatePem);
    if (!isStrongRsa(key)) return [`${name} is not RSA of ${MIN_RSA_BITS} bits or more`];
    return certificate.checkPrivateKey(key) ? [] : [`${name} does not belong to its certificate`];
  } catch {
    return [`${name} or its certificate cannot be read`];
  }
}

function nextFaults(certificatePem: string): readonly string[] {
  try {
    const { publicKey } = new X509Certificate(certificatePem);
    return isStrongRsa(publicKey) ? [] : [`the next signing key is not RSA of ${MIN_RSA_BITS} bits or more`];
  } catch {
    return ['the next signing certificate cannot be read'];
  }
}

function isStrongRsa(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
}
