import type { Element } from '@xmldom/xmldom';
import { SignedXml } from 'xml-crypto';
import { SignInRefused } from '../sign-in-refusal.ts';
import { hasFittingSignature } from './has-fitting-signature.ts';
import { onlyChild, XML_SIGNATURE } from './xml-elements.ts';

/**
 * Verifies the signature that an element of this document carries over itself, with one of these certificates and no other key:
 * KeyInfo is not looked at. Its shape was checked before (checkSignature). Returns the very text that was signed, canonical:
 * only what is read from it is vouched for. Throws SignInRefused('answer-not-trusted') whatever the fault is.
 */
export function verifySignature(xml: string, signed: Element, certificatesPem: readonly string[]): string {
  const signature = onlyChild(signed, XML_SIGNATURE, 'Signature');
  if (signature === undefined) throw new SignInRefused('answer-not-trusted');
  // Parsers read line ends alike, as one LF (XML 1.0 §2.11); the library leaves that to its caller.
  const text = xml.replace(/\r\n?/g, '\n');
  for (const certificatePem of certificatesPem) {
    if (!hasFittingSignature(signed, certificatePem)) continue;
    const signedText = signedTextOf(text, signature, certificatePem);
    if (signedText !== undefined) return signedText;
  }
  throw new SignInRefused('answer-not-trusted');
}

function signedTextOf(text: string, signature: Element, certificatePem: string): string | undefined {
  try {
    const verifier = new SignedXml({ publicCert: certificatePem, getCertFromKeyInfo: () => null });
    verifier.loadSignature(parseNode(signature));
    if (!verifier.checkSignature(text)) return undefined;
    const [signedText, ...more] = verifier.getSignedReferences();
    return more.length === 0 ? signedText : undefined;
  } catch {
    // Its messages quote the signature; that it does not fit is all there is to know.
    return undefined;
  }
}

/** The library wants a node of the browser's types; it reads ours all the same. */
function parseNode(element: Element): Parameters<SignedXml['loadSignature']>[0] {
  const node: unknown = element;
  return node as Parameters<SignedXml['loadSignature']>[0];
}
