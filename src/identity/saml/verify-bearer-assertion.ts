import type { Element } from '@xmldom/xmldom';
import { demand, SignInRefused } from '../sign-in-refusal.ts';
import { checkDecryptedShape } from './check-signed-shape.ts';
import type { ExpectedAssertion } from './expected-answer.ts';
import { judgeAssertion, type ProvenLogin } from './judge-saml-answer.ts';
import type { SamlProvider } from './saml-provider.ts';
import { instantOf } from './saml-time.ts';
import { scanXml, type XmlLimits } from './scan-xml.ts';
import { verifySignature } from './verify-signature.ts';
import { isNamed, onlyChild, parseXml, SAML_ASSERTION, textOf } from './xml-elements.ts';

/** What an assertion that is handed in directly must be. */
export interface BearerDemand {
  /** The provider of this entity ID, if it may vouch for programs, else undefined. */
  readonly providerOf: (entityId: string) => SamlProvider | undefined;
  /** Who it must be meant for: never the audience of sign-ins in a browser. */
  readonly audience: string;
  /** The address it must be meant for. */
  readonly recipient: string;
  /** It must be over at most so far ahead. */
  readonly maxLifeMs: number;
  readonly nowMs: number;
  readonly limits: XmlLimits;
}

/** A login that an assertion proves by itself. */
export interface BearerLogin extends ProvenLogin {
  readonly provider: SamlProvider;
}

/** RFC 4648 §5; padding is tolerated (RFC 7522 §2.1 says it should not be there). */
const BASE64URL = /^([A-Za-z0-9_-]+)={0,2}$/;

/**
 * An assertion as an authorisation grant (RFC 7522 §3): a bare Assertion in base64url, signed over itself by a provider that may
 * vouch for programs, judged as at the end of a sign-in but for the request, which there must not be: that, and an audience of its
 * own, keeps assertions of browsers out. All is read from the text that was signed. Throws SignInRefused.
 */
export function verifyBearerAssertion(text: string, wanted: BearerDemand): BearerLogin {
  const { limits } = wanted;
  const xml = decode(text, limits.maxBytes);
  scanXml(xml, limits);
  const claimed = parseXml(xml);
  demand(!isNamed(claimed, SAML_ASSERTION, 'EncryptedAssertion'), 'answer-encrypted');
  demand(isNamed(claimed, SAML_ASSERTION, 'Assertion'), 'answer-unreadable');
  const issuer = textOf(onlyChild(claimed, SAML_ASSERTION, 'Issuer'));
  const provider = issuer === undefined ? undefined : wanted.providerOf(issuer);
  demand(provider !== undefined, 'wrong-issuer');
  checkDecryptedShape(claimed, true);
  // Once on what was sent, for a code that says what is wrong; then on what was signed, which alone counts.
  judge(claimed, provider, wanted);
  const signed = parseXml(verifySignature(claimed, provider.certificatesPem));
  const login = judge(signed, provider, wanted);
  demand(login.assertionId === claimed.getAttribute('ID'), 'answer-not-trusted');
  return { ...login, provider };
}

function decode(text: string, maxBytes: number): string {
  demand(text.length <= Math.ceil(maxBytes / 3) * 4, 'answer-too-large');
  const unpadded = BASE64URL.exec(text)?.[1] ?? '';
  const bytes = Buffer.from(unpadded, 'base64url');
  // One spelling only: nothing left over, and no bits that are not read.
  demand(unpadded !== '' && bytes.toString('base64url') === unpadded, 'answer-unreadable');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error: unknown) {
    throw new SignInRefused('answer-unreadable', error);
  }
}

function judge(assertion: Element, provider: SamlProvider, wanted: BearerDemand): ProvenLogin {
  const { audience, recipient: acsUrl, nowMs, maxLifeMs } = wanted;
  const { entityId: issuer, clockSkewMs } = provider;
  const expected: ExpectedAssertion = { issuer, audience, acsUrl, requestId: null, nowMs, clockSkewMs };
  const login = judgeAssertion(assertion, expected);
  const conditions = onlyChild(assertion, SAML_ASSERTION, 'Conditions');
  const over = conditions === undefined ? Infinity : instantOf(conditions, 'NotOnOrAfter');
  // RFC 7522 §3: what is good for unreasonably long may be refused.
  demand(over <= nowMs + maxLifeMs + clockSkewMs, 'not-in-time');
  return login;
}
