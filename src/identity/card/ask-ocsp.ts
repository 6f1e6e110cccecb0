import type { Clock, DocumentFetcher } from '../../flows/ports.ts';
import { hasIssued } from './certificate-chain.ts';
import type { CrlShelf, RevocationStatus } from './crl-shelf.ts';
import { readOcspAnswer, type OcspAnswer, type OcspSingle } from './ocsp-answer.ts';
import { ocspCertificateId, ocspRequest, type OcspCertificateId } from './ocsp-request.ts';
import { readCertificate, type ReadCertificate } from './read-certificate.ts';
import { KEY_USAGE } from './read-extensions.ts';
import { isSignedBy } from './signature-algorithm.ts';

export interface OcspOptions {
  readonly fetcher: DocumentFetcher;
  /** The responder; where absent, the one that the certificate names. */
  readonly url?: string;
  readonly timeoutMs: number;
  /** True: no answer, no entry. False: an answer counts where there is one. */
  readonly isRequired: boolean;
}

interface Deps extends OcspOptions {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly shelf: Pick<CrlShelf, 'statusOf'>;
}

const MAX_ANSWER_BYTES = 64 * 1024;
/** RFC 9654 §2.1. */
const NONCE_BYTES = 32;
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
/** Clocks of two houses differ. */
const SKEW_MS = 5 * 60_000;
/** An answer without an end is about the moment it was made for (RFC 6960 §4.2.2.1). */
const MOMENT_MS = 10 * 60_000;

/** Asks the responder whether a certificate is revoked. `unknown` for whatever is not a proper answer; never throws. */
export async function askOcsp(
  deps: Deps,
  certificate: ReadCertificate,
  issuer: ReadCertificate,
): Promise<RevocationStatus> {
  const url = deps.url ?? certificate.extensions.ocspUrls.find((one) => /^https?:\/\//i.test(one));
  if (url === undefined) return 'unknown';
  const id = ocspCertificateId(certificate, issuer);
  const nonce = deps.randomBytes(NONCE_BYTES);
  try {
    const answer = readOcspAnswer(await fetchAnswer(deps, url, ocspRequest(id, nonce)));
    return judge(deps, answer, { id, nonce, issuer });
  } catch {
    // A fault of the network and a fault of the answer come to the same: nothing is known.
    return 'unknown';
  }
}

async function fetchAnswer(deps: Deps, url: string, body: Uint8Array): Promise<Uint8Array> {
  const answer = await deps.fetcher.fetch({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' },
    body,
    maxBytes: MAX_ANSWER_BYTES,
    timeoutMs: deps.timeoutMs,
  });
  if (answer.status !== 200) throw new TypeError('the responder did not answer');
  return answer.body;
}

function judge(
  deps: Deps,
  answer: OcspAnswer,
  asked: { readonly id: OcspCertificateId; readonly nonce: Uint8Array; readonly issuer: ReadCertificate },
): RevocationStatus {
  const nowMs = deps.clock.nowMs();
  const isOurs = answer.nonce === undefined || Buffer.from(answer.nonce).equals(asked.nonce);
  if (!isOurs || !isFromResponder(deps, answer, asked.issuer)) return 'unknown';
  const single = answer.singles.find(({ id }) => isSameId(id, asked.id));
  return single !== undefined && isCurrent(single, nowMs) ? single.status : 'unknown';
}

/** The authority itself, or whom it gave a certificate for this and nothing in between (RFC 6960 §4.2.2.2). */
function isFromResponder(deps: Deps, answer: OcspAnswer, issuer: ReadCertificate): boolean {
  const { algorithm, signed } = answer;
  if (algorithm === undefined) return false;
  if (isSignedBy(issuer.x509.publicKey, algorithm, signed)) return true;
  return answer.certificates
    .map(readCertificate)
    .some((one) => mayAnswer(deps, one, issuer) && isSignedBy(one.x509.publicKey, algorithm, signed));
}

function mayAnswer(deps: Deps, responder: ReadCertificate, issuer: ReadCertificate): boolean {
  const nowMs = deps.clock.nowMs();
  const { extendedKeyUsage, keyUsage } = responder.extensions;
  return (
    extendedKeyUsage?.includes(OCSP_SIGNING) === true &&
    keyUsage?.includes(KEY_USAGE.digitalSignature) !== false &&
    responder.notBefore <= nowMs &&
    nowMs <= responder.notAfter &&
    hasIssued(issuer, responder) &&
    deps.shelf.statusOf(responder, issuer, nowMs) !== 'revoked'
  );
}

function isSameId(one: OcspCertificateId, other: OcspCertificateId): boolean {
  return (
    one.serial === other.serial &&
    one.issuerNameHash === other.issuerNameHash &&
    one.issuerKeyHash === other.issuerKeyHash
  );
}

function isCurrent({ thisUpdate, nextUpdate }: OcspSingle, nowMs: number): boolean {
  const end = nextUpdate ?? thisUpdate + MOMENT_MS;
  return thisUpdate <= nowMs + SKEW_MS && nowMs < end;
}
