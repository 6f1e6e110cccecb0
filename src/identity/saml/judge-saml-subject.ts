import type { Element } from '@xmldom/xmldom';
import type { ExpectedAssertion } from './expected-answer.ts';
import { instantOf, isAhead } from './saml-time.ts';
import { demand, SignInRefused } from '../sign-in-refusal.ts';
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
export function judgeSubject(assertion: Element, expected: ExpectedAssertion): string {
  const subject = onlyChild(assertion, SAML_ASSERTION, 'Subject');
  demand(subject !== undefined, 'subject-unclear');
  const name = readNameId(subject);
  const confirmations = childrenNamed(subject, SAML_ASSERTION, 'SubjectConfirmation');
  demand(childElements(subject).length === 1 + confirmations.length, 'subject-unclear');
  judgeConfirmations(confirmations, expected);
  return name;
}

/** The one NameID in a Subject or LogoutRequest, trimmed. Throws SignInRefused('subject-unclear'). */
export function readNameId(parent: Element): string {
  const name = textOf(onlyChild(parent, SAML_ASSERTION, 'NameID'));
  demand(name !== undefined && name.length <= MAX_SUBJECT_LENGTH, 'subject-unclear');
  demand(!HIDDEN_CHARACTER.test(name), 'subject-unclear');
  return name;
}

/** SAML profiles §4.1.4.2: at least one is for the bearer, and holds in full. What others there are is for others. */
function judgeConfirmations(confirmations: readonly Element[], expected: ExpectedAssertion): void {
  const bearers = confirmations.filter((one) => one.getAttribute('Method') === BEARER);
  const faults = bearers.map((bearer) => faultOf(bearer, expected));
  if (bearers.length > 0 && faults.includes(undefined)) return;
  // Of one alone it can be said what is wrong.
  throw (faults.length === 1 ? faults[0] : undefined) ?? new SignInRefused('confirmation-unfit');
}

function faultOf(confirmation: Element, expected: ExpectedAssertion): SignInRefused | undefined {
  try {
    judgeBearer(confirmation, expected);
    return undefined;
  } catch (error: unknown) {
    return error instanceof SignInRefused ? error : new SignInRefused('confirmation-unfit', error);
  }
}

function judgeBearer(confirmation: Element, expected: ExpectedAssertion): void {
  // Named in it, somebody else would be the one who may bear it (SAML core §2.4.1.1).
  demand(childElements(confirmation).length === 1, 'confirmation-unfit');
  const data = onlyChild(confirmation, SAML_ASSERTION, 'SubjectConfirmationData');
  demand(data !== undefined && !data.hasAttribute('NotBefore'), 'confirmation-unfit');
  demand(data.getAttribute('Recipient') === expected.acsUrl, 'wrong-destination');
  demand(data.hasAttribute('NotOnOrAfter'), 'confirmation-unfit');
  demand(isAhead(instantOf(data, 'NotOnOrAfter'), expected), 'not-in-time');
  demand(data.getAttribute('InResponseTo') === expected.requestId, 'wrong-request');
}
