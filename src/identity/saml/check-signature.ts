import type { Element } from '@xmldom/xmldom';
import { demand } from '../sign-in-refusal.ts';
import { childElements, isNamed, onlyChild, selfAndDescendants, XML_SIGNATURE } from './xml-elements.ts';

const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const INCLUSIVE_C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const EXCLUSIVE: readonly string[] = [EXCLUSIVE_C14N, `${EXCLUSIVE_C14N}WithComments`];
const ANY_C14N: readonly string[] = [...EXCLUSIVE, INCLUSIVE_C14N, `${INCLUSIVE_C14N}#WithComments`];
const ENVELOPED = `${XML_SIGNATURE}enveloped-signature`;
const SIGNATURES: readonly string[] = [
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
];
const DIGESTS: readonly string[] = [
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
];
/** It becomes part of an XPath in the signature library, so nothing that means anything there. */
const ID = /^[\p{L}\p{N}._:-]{1,256}$/u;

/** RSA of 8,192 bits has 1,368; the rest is for folds. */
const MAX_SIGNATURE_CHARACTERS = 4_096;
const SIGNATURE_TEXT = /^[A-Za-z0-9+/= \t\r\n]*$/;

/**
 * Throws SignInRefused unless the element carries exactly one enveloped signature over itself alone, in the one shape that is
 * taken (SAML core §5.4). `isRoot` says that it is the root of its document. Says nothing about what the signature is worth.
 */
export function checkSignature(signed: Element, isRoot: boolean): void {
  const signature = onlyChild(signed, XML_SIGNATURE, 'Signature');
  demand(signature !== undefined, 'answer-not-trusted');
  const [signedInfo, signatureValue, keyInfo, ...more] = childElements(signature);
  demand(signedInfo !== undefined && isNamed(signedInfo, XML_SIGNATURE, 'SignedInfo'), 'answer-not-trusted');
  demand(isBareText(signatureValue, 'SignatureValue'), 'answer-not-trusted');
  demand(isSignatureText(signatureValue?.textContent ?? ''), 'answer-not-trusted');
  demand(keyInfo === undefined || isNamed(keyInfo, XML_SIGNATURE, 'KeyInfo'), 'answer-not-trusted');
  demand(more.length === 0, 'answer-not-trusted');
  checkSignedInfo(signedInfo, signed.getAttribute('ID') ?? '', isRoot);
}

/** True when an element carries a signature of its own, good or bad. */
export function isSigned(element: Element): boolean {
  return childElements(element).some((child) => isNamed(child, XML_SIGNATURE, 'Signature'));
}

/** Throws SignInRefused('answer-not-trusted') when one ID stands twice: the signature library looks under `Id`, `ID` and `id` alike. */
export function checkUniqueIds(root: Element): void {
  const ids = selfAndDescendants(root)
    .flatMap((element) => Array.from(element.attributes))
    .filter((attribute) => attribute.localName?.toLowerCase() === 'id')
    .map((attribute) => attribute.value);
  demand(new Set(ids).size === ids.length, 'answer-not-trusted');
}

/** Algorithms are read here and nowhere else: elsewhere (KeyInfo, encryption) a SHA-1 may rightly stand. */
function checkSignedInfo(signedInfo: Element, id: string, isRoot: boolean): void {
  const [canonicalisation, method, reference, ...more] = childElements(signedInfo);
  demand(more.length === 0 && isNamedReference(reference), 'answer-not-trusted');
  // Inclusive canonicalisation of SignedInfo only adds to what the signature covers.
  demand(isAlgorithm(canonicalisation, 'CanonicalizationMethod', ANY_C14N), 'answer-not-trusted');
  demand(ID.test(id) && reference.getAttribute('URI') === `#${id}`, 'answer-not-trusted');
  const [transforms, digest, digestValue, ...rest] = childElements(reference);
  demand(rest.length === 0 && isBareText(digestValue, 'DigestValue'), 'answer-not-trusted');
  demand(areTransforms(transforms, isRoot), 'answer-not-trusted');
  demand(isAlgorithm(method, 'SignatureMethod', SIGNATURES), 'weak-algorithm');
  demand(isAlgorithm(digest, 'DigestMethod', DIGESTS), 'weak-algorithm');
}

function isNamedReference(element: Element | undefined): element is Element {
  return element !== undefined && isNamed(element, XML_SIGNATURE, 'Reference');
}

function isBareText(element: Element | undefined, name: string): boolean {
  return (
    element !== undefined && isNamed(element, XML_SIGNATURE, name) && childElements(element).length === 0
  );
}

/** Base64, folded as people like; nobody signs it, so its length is nobody's word either. */
function isSignatureText(text: string): boolean {
  return text.length <= MAX_SIGNATURE_CHARACTERS && SIGNATURE_TEXT.test(text);
}

/** With nothing inside but, where exclusive canonicalisation has it, a list of prefixes. */
function isAlgorithm(element: Element | undefined, name: string, allowed: readonly string[]): boolean {
  if (element === undefined || !isNamed(element, XML_SIGNATURE, name)) return false;
  const isPrefixList = (child: Element): boolean =>
    isNamed(child, EXCLUSIVE_C14N, 'InclusiveNamespaces') && childElements(child).length === 0;
  const algorithm = element.getAttribute('Algorithm') ?? '';
  const inside = childElements(element);
  return (
    allowed.includes(algorithm) &&
    inside.every(isPrefixList) &&
    inside.length <= (EXCLUSIVE.includes(algorithm) ? 1 : 0)
  );
}

/**
 * Forms that XML Signature allows and that are refused all the same, here or when the signature is computed: a PrefixList with
 * `#default` (the signature library takes it for a prefix); inclusive canonicalisation of an element that is not the root; inclusive
 * canonicalisation of SignedInfo under attributes of the `xml` namespace (`xml:lang`), which it would inherit.
 *
 * SAML core §5.4.4: the enveloped-signature transform, then exclusive canonicalisation, and no other. Inclusive canonicalisation
 * is taken at the root, where nothing outside of what is signed can have a part in the digest.
 */
function areTransforms(transforms: Element | undefined, isRoot: boolean): boolean {
  if (transforms === undefined || !isNamed(transforms, XML_SIGNATURE, 'Transforms')) return false;
  const [enveloped, canonicalisation, ...more] = childElements(transforms);
  return (
    more.length === 0 &&
    isAlgorithm(enveloped, 'Transform', [ENVELOPED]) &&
    isAlgorithm(canonicalisation, 'Transform', isRoot ? ANY_C14N : EXCLUSIVE)
  );
}
