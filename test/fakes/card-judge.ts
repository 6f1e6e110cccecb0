import {
  CARD_POLICY,
  CLIENT_AUTHENTICATION,
  NOW,
  SMART_CARD_LOGON,
} from '../../fixtures/certificates/card-cast.ts';
import type { Forged } from '../../fixtures/certificates/forge-certificate.ts';
import type { PresentedCertificate } from '../../src/domain/hop.ts';
import {
  createCertificateTrust,
  type CertificateTrust,
  type TrustOptions,
} from '../../src/identity/card/certificate-trust.ts';
import {
  judgeClientCertificate,
  type CertificateWants,
} from '../../src/identity/card/judge-client-certificate.ts';
import { SignInRefused } from '../../src/identity/sign-in-refusal.ts';

/** What a card must be good for. */
export const CARD_WANTS: CertificateWants = {
  ekus: [CLIENT_AUTHENTICATION, SMART_CARD_LOGON],
  policyOids: [CARD_POLICY],
};

/** Trust in these authorities, at NOW. */
export function trustIn(
  authorities: { readonly issuers: readonly Forged[]; readonly cas?: readonly Forged[] },
  crls: readonly Uint8Array[],
  changes: Partial<TrustOptions> = {},
): CertificateTrust {
  return createCertificateTrust({
    issuerPems: authorities.issuers.map(({ pem }) => pem),
    caPems: (authorities.cas ?? []).map(({ pem }) => pem),
    crls: () => crls,
    clock: { nowMs: () => NOW },
    randomBytes: (count) => new Uint8Array(count).fill(7),
    ...changes,
  });
}

/** `good`, or the code of the refusal. */
export async function verdict(
  trust: CertificateTrust,
  presented: Forged | PresentedCertificate,
  wants: CertificateWants = CARD_WANTS,
): Promise<string> {
  const given: PresentedCertificate =
    'via' in presented ? presented : { der: presented.der, chain: [], via: 'tls' };
  try {
    await judgeClientCertificate(trust, given, wants);
    return 'good';
  } catch (error: unknown) {
    if (error instanceof SignInRefused) return error.refusal;
    throw error;
  }
}
