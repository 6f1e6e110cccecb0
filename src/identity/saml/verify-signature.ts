import type { Element } from '@xmldom/xmldom';
import { SignedXml } from 'xml-crypto';
import { SignInRefused } from '../sign-in-refusal.ts';
import { hasFittingSignature } from './has-fitting-signature.ts';
import { minimalXml } from './minimal-xml.ts';
import { childElements, onlyChild, parseXml, XML_SIGNATURE } from './xml-elements.ts';

/**
 * Verifies the signature that an element carries over itself, with one of these certificates and no other key: KeyInfo is not
 * looked at. Its shape was checked before (checkSignature). Twice: here, in linear time; then by the signature library, which
 * gets no more than what the signature covers. Returns the very text that was signed, canonical: only what is read from it is
 * vouched for. Throws SignInRefused('answer-not-trusted') whatever the fault is.
 */
export function verifySignature(signed: Element, certificatesPem: readonly string[]): string {
  for (const certificatePem of certificatesPem) {
    if (!hasFittingSignature(signed, certificatePem)) continue;
    const signedText = signedTextOf(minimalXml(signed), certificatePem);
    if (signedText !== undefined) return signedText;
  }
  throw new SignInRefused('answer-not-trusted');
}

function signedTextOf(text: string, certificatePem: string): string | undefined {
  try {
    const verifier = new SignedXml({ publicCert: certificatePem, getCertFromKeyInfo: () => null });
    verifier.loadSignature(parseNode(signatureIn(parseXml(text))));
    if (!verifier.checkSignature(text)) return undefined;
    const [signedText, ...more] = verifier.getSignedReferences();
    return more.length === 0 ? signedText : undefined;
  } catch {
    // Its messages quote the signature; that it does not fit is all there is to know.
    return undefined;
  }
}

/** Of the outermost signed element, which is the root or stands alone in it. */
function signatureIn(element: Element): Element | undefined {
  const [inside] = childElements(element);
  const signature = onlyChild(element, XML_SIGNATURE, 'Signature');
  return signature ?? (inside === undefined ? undefined : signatureIn(inside));
}

/** The library wants a node of the browser's types; it reads ours all the same. */
function parseNode(element: Element | undefined): Parameters<SignedXml['loadSignature']>[0] {
  const node: unknown = element;
  return node as Parameters<SignedXml['loadSignature']>[0];
}
