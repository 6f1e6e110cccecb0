import type { Element } from '@xmldom/xmldom';
import { demand } from '../sign-in-refusal.ts';
import {
  childElements,
  childrenNamed,
  isNamed,
  onlyChild,
  SAML_ASSERTION,
  SAML_PROTOCOL,
  selfAndDescendants,
  XML_SIGNATURE,
} from './xml-elements.ts';

const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const CANONICALISATIONS: readonly string[] = [EXCLUSIVE_C14N, `${EXCLUSIVE_C14N}WithComments`];
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

/**
 * The one shape in which a signed answer is taken (SAML core §5.4): a Response with one Assertion, each carrying one
 * enveloped signature over itself alone, nothing else signed, no second assertion or identifier anywhere. Signature
 * wrapping needs another shape, so it ends here, before any signature is computed. Returns the assertion.
 * Throws SignInRefused.
 */
export function checkSignedShape(response: Element): Element {
  demand(isNamed(response, SAML_PROTOCOL, 'Response'), 'answer-unreadable');
  const elements = selfAndDescendants(response);
  demand(!elements.some((element) => element.localName === 'EncryptedAssertion'), 'answer-encrypted');
  const assertion = onlyChild(response, SAML_ASSERTION, 'Assertion');
  // No assertion at all is how an identity provider says no.
  demand(
    assertion !== undefined || childrenNamed(response, SAML_ASSERTION, 'Assertion').length > 0,
    'provider-refused',
  );
  demand(assertion !== undefined, 'answer-not-trusted');
  demand(countOf(elements, 'Assertion') === 1 && countOf(elements, 'Response') === 1, 'answer-not-trusted');
  demand(countOf(elements, 'Signature') === 2, 'answer-not-trusted');
  demand(hasUniqueIds(elements), 'answer-not-trusted');
  checkSignatureOf(response);
  checkSignatureOf(assertion);
  return assertion;
}

function countOf(elements: readonly Element[], localName: string): number {
  return elements.filter((element) => element.localName === localName).length;
}

/** The signature library looks for a reference under `Id`, `ID` and `id` alike. */
function hasUniqueIds(elements: readonly Element[]): boolean {
  const ids = elements
    .flatMap((element) => Array.from(element.attributes))
    .filter((attribute) => attribute.localName?.toLowerCase() === 'id')
    .map((attribute) => attribute.value);
  return new Set(ids).size === ids.length;
}

function checkSignatureOf(signed: Element): void {
  const signature = onlyChild(signed, XML_SIGNATURE, 'Signature');
  demand(signature !== undefined, 'answer-not-trusted');
  const [signedInfo, signatureValue, keyInfo, ...more] = childElements(signature);
  demand(signedInfo !== undefined && isNamed(signedInfo, XML_SIGNATURE, 'SignedInfo'), 'answer-not-trusted');
  demand(isBareText(signatureValue, 'SignatureValue'), 'answer-not-trusted');
  demand(keyInfo === undefined || isNamed(keyInfo, XML_SIGNATURE, 'KeyInfo'), 'answer-not-trusted');
  demand(more.length === 0, 'answer-not-trusted');
  checkSignedInfo(signedInfo, signed.getAttribute('ID') ?? '');
}

/** Algorithms are read here and nowhere else: elsewhere (KeyInfo, encryption) a SHA-1 may rightly stand. */
function checkSignedInfo(signedInfo: Element, id: string): void {
  const [canonicalisation, method, reference, ...more] = childElements(signedInfo);
  demand(more.length === 0 && isNamedReference(reference), 'answer-not-trusted');
  demand(hasAlgorithm(canonicalisation, 'CanonicalizationMethod', CANONICALISATIONS), 'answer-not-trusted');
  demand(id !== '' && reference.getAttribute('URI') === `#${id}`, 'answer-not-trusted');
  const [transforms, digest, digestValue, ...rest] = childElements(reference);
  demand(rest.length === 0 && isBareText(digestValue, 'DigestValue'), 'answer-not-trusted');
  demand(areTransforms(transforms), 'answer-not-trusted');
  demand(hasAlgorithm(method, 'SignatureMethod', SIGNATURES), 'weak-algorithm');
  demand(hasAlgorithm(digest, 'DigestMethod', DIGESTS), 'weak-algorithm');
}

function isNamedReference(element: Element | undefined): element is Element {
  return element !== undefined && isNamed(element, XML_SIGNATURE, 'Reference');
}

function isBareText(element: Element | undefined, name: string): boolean {
  return (
    element !== undefined && isNamed(element, XML_SIGNATURE, name) && childElements(element).length === 0
  );
}

function hasAlgorithm(element: Element | undefined, name: string, allowed: readonly string[]): boolean {
  if (element === undefined || !isNamed(element, XML_SIGNATURE, name)) return false;
  return allowed.includes(element.getAttribute('Algorithm') ?? '');
}

/** SAML core §5.4.4: the enveloped-signature transform, then exclusive canonicalisation, and no other. */
function areTransforms(transforms: Element | undefined): boolean {
  if (transforms === undefined || !isNamed(transforms, XML_SIGNATURE, 'Transforms')) return false;
  const [enveloped, canonicalisation, ...more] = childElements(transforms);
  return (
    more.length === 0 &&
    hasAlgorithm(enveloped, 'Transform', [ENVELOPED]) &&
    hasAlgorithm(canonicalisation, 'Transform', CANONICALISATIONS)
  );
}
