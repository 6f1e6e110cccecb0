import type { Consent } from '../domain/register-proposal.ts';
import { isProposalSignature, keyFingerprint, type Administrator } from './administrator-keys.ts';
import type { StoredAgreement, StoredSignature } from './proposal-store.ts';

/** Who stands behind a proposal. */
export interface Agreement {
  /** Administrators whose signature is valid: each person once, each key once; sorted by name. */
  readonly signers: readonly { readonly name: string; readonly key: string }[];
  readonly consents: readonly Consent[];
}

/** Works out who stands behind a proposal, from what is written down. */
export function agreementOf(
  digest: string,
  stored: StoredAgreement,
  administrators: readonly Administrator[],
): Agreement {
  const byName = new Map(administrators.map((one) => [one.name, one]));
  const signers = stored.signatures.flatMap((signature) => {
    const signer = byName.get(signature.administrator);
    return signer === undefined || !isTheirs(digest, signature, signer)
      ? []
      : [{ name: signer.name, key: keyFingerprint(signer.publicKeyPem) }];
  });
  return {
    signers: signers.filter(({ key }, place) => signers.findIndex((other) => other.key === key) === place),
    consents: stored.consents,
  };
}

function isTheirs(
  digest: string,
  { proposal, signature }: StoredSignature,
  { publicKeyPem }: Administrator,
): boolean {
  try {
    return proposal === digest && isProposalSignature(digest, signature, publicKeyPem);
  } catch {
    // A key that is none has signed nothing.
    return false;
  }
}
