import type { Element } from '@xmldom/xmldom';
import type { ExpectedAnswer } from './expected-answer.ts';
import { instantOf, isAhead } from './saml-time.ts';
import { demand } from '../sign-in-refusal.ts';
import { childElements, childrenNamed, onlyChild, SAML_ASSERTION, textOf } from './xml-elements.ts';

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
/** SAML core §8.3.7 allows 256 characters in a persistent identifier; the others are shorter in practice. */
const MAX_SUBJECT_LENGTH = 256;
/** A name that looks like another one: control and format characters, line and paragraph ends. */
const HIDDEN_CHARACTER = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * The one person the assertion is about, confirmed for whoever bears it, here, now, for this request (SAML profiles
 * §4.1.4.2). Read from Subject alone: the library takes an attribute called `nameID` when there is no NameID.
 * Returns the trimmed NameID. Throws SignInRefused.
 */
export function judgeSubject(assertion: Element, expected: ExpectedAnswer): string {
  const subject = onlyChild(assertion, SAML_ASSERTION, 'Subject');
  demand(subject !== undefined, 'subject-unclear');
  const name = textOf(onlyChild(subject, SAML_ASSERTION, 'NameID'));
  demand(name !== undefined && name.length <= MAX_SUBJECT_LENGTH, 'subject-unclear');
  demand(!HIDDEN_CHARACTER.test(name), 'subject-unclear');
  const [confirmation, ...others] = childrenNamed(subject, SAML_ASSERTION, 'SubjectConfirmation');
  demand(confirmation !== undefined && others.length === 0, 'confirmation-unfit');
  demand(childElements(subject).length === 2, 'subject-unclear');
  judgeConfirmation(confirmation, expected);
  return name;
}

function judgeConfirmation(confirmation: Element, expected: ExpectedAnswer): void {
  demand(confirmation.getAttribute('Method') === BEARER, 'confirmation-unfit');
  const data = onlyChild(confirmation, SAML_ASSERTION, 'SubjectConfirmationData');
  demand(data !== undefined && !data.hasAttribute('NotBefore'), 'confirmation-unfit');
  demand(data.getAttribute('Recipient') === expected.acsUrl, 'wrong-destination');
  demand(data.hasAttribute('NotOnOrAfter'), 'confirmation-unfit');
  demand(isAhead(instantOf(data, 'NotOnOrAfter'), expected), 'not-in-time');
  demand(data.getAttribute('InResponseTo') === expected.requestId, 'wrong-request');
}
