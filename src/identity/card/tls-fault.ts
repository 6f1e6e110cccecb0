import type { RefusalCode } from '../sign-in-refusal.ts';

/** What OpenSSL says in a word (X509_verify_cert_error_string), as what we say. */
const CODES: Readonly<Record<string, RefusalCode>> = {
  CERT_REVOKED: 'card-revoked',
  CERT_HAS_EXPIRED: 'card-expired',
  CERT_NOT_YET_VALID: 'card-expired',
  INVALID_PURPOSE: 'card-policy',
};
/** `UNABLE_TO_GET_CRL`, `CRL_HAS_EXPIRED`, `CRL_SIGNATURE_FAILURE` … */
const ABOUT_LISTS = /(^|_)CRL(_|$)/;

/** True for a fault that means only: no current revocation list. */
export function isCrlFault(fault: string): boolean {
  return ABOUT_LISTS.test(fault);
}

/** The refusal for what TLS found wrong. Anything not known is one of trust: what TLS does not accept is never accepted here. */
export function refusalOfTlsFault(fault: string): RefusalCode {
  if (isCrlFault(fault)) return 'card-unchecked';
  return (Object.hasOwn(CODES, fault) ? CODES[fault] : undefined) ?? 'card-not-trusted';
}
