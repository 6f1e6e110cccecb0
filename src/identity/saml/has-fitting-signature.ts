import { constants, createHash, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import type { Element } from '@xmldom/xmldom';
import { canonicalXml, type Canonicalisation } from './canonical-xml.ts';
import { childElements, onlyChild, XML_SIGNATURE } from './xml-elements.ts';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const PSS = 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1';

/**
 * Whether an element's own signature, of the shape that checkSignature takes, fits this certificate and what stands in the element:
 * computed here, in time proportional to the length. The signature library does it again and has the last word; it
 * searches the document over and over, so what is no good must not come that far. Never throws.
 */
export function hasFittingSignature(signed: Element, certificatePem: string): boolean {
  const signature = onlyChild(signed, XML_SIGNATURE, 'Signature');
  const [signedInfo, signatureValue] = signature === undefined ? [] : childElements(signature);
  const [method, algorithm, reference] = signedInfo === undefined ? [] : childElements(signedInfo);
  if (signedInfo === undefined || signatureValue === undefined || reference === undefined) return false;
  try {
    const text = canonicalXml(signedInfo, howOf(method));
    const isPss = algorithm?.getAttribute('Algorithm') === PSS;
    const key = { key: new X509Certificate(certificatePem).publicKey, ...(isPss ? PSS_PADDING : {}) };
    const bytes = Buffer.from(signatureValue.textContent ?? '', 'base64');
    return (
      verify(hashOf(algorithm), Buffer.from(text), key, bytes) &&
      hasFittingDigest(signed, signature, reference)
    );
  } catch {
    return false;
  }
}

const PSS_PADDING = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
} as const;

function hasFittingDigest(signed: Element, signature: Element | undefined, reference: Element): boolean {
  const [transforms, method, value] = childElements(reference);
  const how = howOf(transforms === undefined ? undefined : childElements(transforms)[1]);
  const digest = createHash(hashOf(method))
    .update(canonicalXml(signed, how, signature))
    .digest();
  const wanted = Buffer.from(value?.textContent ?? '', 'base64');
  return wanted.length === digest.length && timingSafeEqual(wanted, digest);
}

/** The names of all algorithms that are taken end in their hash, but for one. */
function hashOf(method: Element | undefined): 'sha256' | 'sha512' {
  return /sha512$/.test(method?.getAttribute('Algorithm') ?? '') ? 'sha512' : 'sha256';
}

function howOf(method: Element | undefined): Canonicalisation {
  const isExclusive = (method?.getAttribute('Algorithm') ?? '').startsWith(EXCLUSIVE);
  const [list] = method === undefined ? [] : childElements(method);
  const prefixes = (list?.getAttribute('PrefixList') ?? '').split(/\s+/).filter((prefix) => prefix !== '');
  return { isExclusive, prefixes: new Set(prefixes.map((prefix) => (prefix === '#default' ? '' : prefix))) };
}
