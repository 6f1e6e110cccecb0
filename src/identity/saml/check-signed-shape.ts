import type { Element } from '@xmldom/xmldom';
import { demand } from '../sign-in-refusal.ts';
import { checkSignature, checkUniqueIds, isSigned } from './check-signature.ts';
import type { EncryptionRule, SignatureRule } from './saml-provider.ts';
import { isNamed, onlyChild, SAML_ASSERTION, SAML_PROTOCOL, selfAndDescendants } from './xml-elements.ts';

/** What the provider of an answer is set to. */
export interface ShapeRules {
  readonly signatures: SignatureRule;
  readonly encryption: EncryptionRule;
}

/** An answer of the right shape. Exactly one of `assertion` and `encrypted` is there. */
export interface SignedShape {
  readonly assertion?: Element;
  /** EncryptedAssertion, its content not looked at. */
  readonly encrypted?: Element;
  readonly isResponseSigned: boolean;
  /** Of a plain assertion; an encrypted one has yet to show it. */
  readonly isAssertionSigned: boolean;
}

/**
 * The one shape in which an answer is taken (SAML core §5.4): a Response with one Assertion, each of them signed over itself
 * alone as far as the provider is set to sign (and what is signed beyond that must be so rightly), nothing else signed, no
 * second assertion or identifier anywhere. Signature wrapping needs another shape, so it ends here, before any signature is
 * computed. Throws SignInRefused.
 */
export function checkSignedShape(response: Element, rules: ShapeRules): SignedShape {
  demand(isNamed(response, SAML_PROTOCOL, 'Response'), 'answer-unreadable');
  const elements = selfAndDescendants(response);
  const encryptedCount = countOf(elements, 'EncryptedAssertion');
  demand(encryptedCount === 0 || rules.encryption !== 'none', 'answer-encrypted');
  // No assertion at all is how an identity provider says no.
  demand(encryptedCount > 0 || countOf(elements, 'Assertion') > 0, 'provider-refused');
  checkUniqueIds(response);
  demand(countOf(elements, 'Response') === 1, 'answer-not-trusted');
  demand(encryptedCount + countOf(elements, 'Assertion') === 1, 'answer-not-trusted');
  return encryptedCount > 0
    ? encryptedShape(response, elements, rules)
    : plainShape(response, elements, rules);
}

/**
 * The same for an assertion that was encrypted, now the root of a document of its own. Returns whether it is signed.
 * Throws SignInRefused.
 */
export function checkDecryptedShape(assertion: Element, isSignatureNeeded: boolean): boolean {
  demand(isNamed(assertion, SAML_ASSERTION, 'Assertion'), 'answer-not-trusted');
  const elements = selfAndDescendants(assertion);
  demand(countOf(elements, 'Assertion') === 1 && countOf(elements, 'Response') === 0, 'answer-not-trusted');
  demand(countOf(elements, 'EncryptedAssertion') === 0, 'answer-not-trusted');
  checkUniqueIds(assertion);
  return checkSignatures(elements, [{ element: assertion, isNeeded: isSignatureNeeded, isRoot: true }]) > 0;
}

function plainShape(response: Element, elements: readonly Element[], rules: ShapeRules): SignedShape {
  demand(rules.encryption !== 'required', 'answer-not-trusted');
  const assertion = onlyChild(response, SAML_ASSERTION, 'Assertion');
  demand(assertion !== undefined, 'answer-not-trusted');
  checkSignatures(elements, [
    { element: response, isNeeded: rules.signatures !== 'assertion', isRoot: true },
    { element: assertion, isNeeded: rules.signatures !== 'response', isRoot: false },
  ]);
  return { assertion, isResponseSigned: isSigned(response), isAssertionSigned: isSigned(assertion) };
}

function encryptedShape(response: Element, elements: readonly Element[], rules: ShapeRules): SignedShape {
  const encrypted = onlyChild(response, SAML_ASSERTION, 'EncryptedAssertion');
  demand(encrypted !== undefined, 'answer-not-trusted');
  checkSignatures(elements, [
    { element: response, isNeeded: rules.signatures !== 'assertion', isRoot: true },
  ]);
  return { encrypted, isResponseSigned: isSigned(response), isAssertionSigned: false };
}

interface Place {
  readonly element: Element;
  readonly isNeeded: boolean;
  readonly isRoot: boolean;
}

/** Signatures stand in these places, where needed, and nowhere else. Returns how many there are. */
function checkSignatures(elements: readonly Element[], places: readonly Place[]): number {
  const signed = places.filter(({ element, isNeeded }) => isNeeded || isSigned(element));
  demand(countOf(elements, 'Signature') === signed.length, 'answer-not-trusted');
  for (const { element, isRoot } of signed) checkSignature(element, isRoot);
  return signed.length;
}

function countOf(elements: readonly Element[], localName: string): number {
  return elements.filter((element) => element.localName === localName).length;
}
