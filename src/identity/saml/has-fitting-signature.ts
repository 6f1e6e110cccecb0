import { constants, createHash, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import type { Element } from '@xmldom/xmldom';
import { canonicalXml, type Canonicalisation } from './canonical-xml.ts';
import { childElements, onlyChild, XML_SIGNATURE } from './xml-elements.ts';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const PSS_PADDING = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
} as const;
const PSS = 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1';

/**
 * Whether an element's own signature, of the shape that checkSignature takes, fits this certificate and what stands in the element:
 * computed here, in time proportional to the length. The signature library does it again and has the last word; it
 * searches the document over and over, so what is no good must not come that far. Never throws.
 */
export function hasFittingSignature(signed: Element, certificatePem: string): boolean {
  const parts = partsOf(signed);
  try {
    return parts !== undefined && isSignedBy(parts, certificatePem) && hasFittingDigest(signed, parts);
  } catch {
    return false;
  }
}

interface Parts {
  readonly signature: Element;
  readonly signedInfo: Element;
  readonly value: Element;
}

function partsOf(signed: Element): Parts | undefined {
  const signature = onlyChild(signed, XML_SIGNATURE, 'Signature');
  const [signedInfo, value] = signature === undefined ? [] : childElements(signature);
  if (signature === undefined || signedInfo === undefined || value === undefined) return undefined;
  return { signature, signedInfo, value };
}

/** First of the two, because it costs the same however long the document is. */
function isSignedBy({ signedInfo, value }: Parts, certificatePem: string): boolean {
  const [method, algorithm] = childElements(signedInfo);
  const text = canonicalXml(signedInfo, howOf(method));
  const isPss = algorithm?.getAttribute('Algorithm') === PSS;
  const key = { key: new X509Certificate(certificatePem).publicKey, ...(isPss ? PSS_PADDING : {}) };
  return verify(hashOf(algorithm), Buffer.from(text), key, Buffer.from(value.textContent ?? '', 'base64'));
}

function hasFittingDigest(signed: Element, { signature, signedInfo }: Parts): boolean {
  const reference = childElements(signedInfo)[2];
  const [transforms, method, value] = reference === undefined ? [] : childElements(reference);
  const how = howOf(transforms === undefined ? undefined : childElements(transforms)[1]);
  const digest = createHash(hashOf(method))
    .update(canonicalXml(signed, how, (node) => node === signature))
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
