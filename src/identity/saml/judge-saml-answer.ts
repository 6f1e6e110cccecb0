import type { Element } from '@xmldom/xmldom';
import type { ExpectedAnswer, ExpectedAssertion } from './expected-answer.ts';
import { judgeSubject } from './judge-saml-subject.ts';
import { demand } from '../sign-in-refusal.ts';
import type { NameIdForm } from '../stores/identity-stores.ts';
import { nameIdFormOf } from './slo/name-id-form.ts';
import { readSessionIndex } from './slo/session-index.ts';
import {
  childElements,
  childrenNamed,
  onlyChild,
  SAML_ASSERTION,
  SAML_PROTOCOL,
  textOf,
} from './xml-elements.ts';
import { instantOf, isAhead, isPast, isWithin } from './saml-time.ts';

/** What the identity provider vouches for. Times are milliseconds since the epoch. */
export interface ProvenLogin {
  readonly assertionId: string;
  /** NameID, trimmed. Personal data. */
  readonly subject: string;
  readonly sessionIndex?: string;
  readonly nameId?: NameIdForm;
  /** AuthnContextClassRef; absent when the provider names none. */
  readonly contextClass?: string;
  readonly authenticatedAt: number;
  /** SessionNotOnOrAfter; absent when the provider sets no end. */
  readonly sessionEndsAt?: number;
}

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
/** How far an IssueInstant may lie from now, either way. */
export const ISSUE_WINDOW_MS = 10 * 60_000;
const CONDITIONS: readonly string[] = ['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'];

/**
 * The checks of the Web SSO profile (SAML profiles §4.1.4.2–3, core §2.5, §2.7) that the signature library leaves out
 * or only makes in part, on the response and the assertion it carries. A pure function of its arguments; says nothing
 * about signatures. Throws SignInRefused.
 */
export function judgeSamlAnswer(
  response: Element,
  assertion: Element,
  expected: ExpectedAnswer,
): ProvenLogin {
  judgeResponse(response, expected);
  return judgeAssertion(assertion, expected);
}

/** Those of them that are about the assertion alone. Throws SignInRefused. */
export function judgeAssertion(assertion: Element, expected: ExpectedAssertion): ProvenLogin {
  judgeAssertionHead(assertion, expected);
  judgeConditions(assertion, expected);
  judgeAttributes(assertion);
  return {
    assertionId: assertion.getAttribute('ID') ?? '',
    subject: judgeSubject(assertion, expected),
    ...nameIdFormOf(assertion),
    ...judgeStatement(assertion, expected),
  };
}

/** Of the response alone, when the assertion cannot be read yet. Throws SignInRefused. */
export function judgeResponse(response: Element, expected: ExpectedAnswer): void {
  const status = onlyChild(response, SAML_PROTOCOL, 'Status');
  const code = status === undefined ? undefined : onlyChild(status, SAML_PROTOCOL, 'StatusCode');
  demand(code?.getAttribute('Value') === SUCCESS, 'provider-refused');
  judgeResponseIssuer(response, expected);
  const destination = response.getAttribute('Destination');
  // SAML bindings §3.5.5.2: a signed message must name its address. The assertion's Recipient is asked for in any case.
  const isLeftOut = destination === null && !expected.isResponseSigned;
  demand(isLeftOut || destination === expected.acsUrl, 'wrong-destination');
  demand(response.getAttribute('InResponseTo') === expected.requestId, 'wrong-request');
  judgeVersionAndIssue(response, expected);
}

/** SAML profiles §4.1.4.2: may be left out of a response that is not signed. */
function judgeResponseIssuer(response: Element, expected: ExpectedAnswer): void {
  const isLeftOut =
    childrenNamed(response, SAML_ASSERTION, 'Issuer').length === 0 && !expected.isResponseSigned;
  demand(isLeftOut || isIssuer(response, expected), 'wrong-issuer');
}

function isIssuer(element: Element, { issuer }: ExpectedAssertion): boolean {
  return textOf(onlyChild(element, SAML_ASSERTION, 'Issuer')) === issuer;
}

function judgeAssertionHead(assertion: Element, expected: ExpectedAssertion): void {
  demand(isIssuer(assertion, expected), 'wrong-issuer');
  judgeVersionAndIssue(assertion, expected);
}

function judgeVersionAndIssue(element: Element, expected: ExpectedAssertion): void {
  demand(element.getAttribute('Version') === '2.0', 'answer-unreadable');
  demand(isWithin(instantOf(element, 'IssueInstant'), ISSUE_WINDOW_MS, expected), 'not-in-time');
}

/** SAML core §2.5.1: all conditions must hold, and one that is not understood makes the assertion invalid. */
function judgeConditions(assertion: Element, expected: ExpectedAssertion): void {
  const conditions = onlyChild(assertion, SAML_ASSERTION, 'Conditions');
  demand(conditions !== undefined, 'wrong-audience');
  demand(isAhead(instantOf(conditions, 'NotOnOrAfter'), expected), 'not-in-time');
  const notBefore = conditions.hasAttribute('NotBefore')
    ? instantOf(conditions, 'NotBefore')
    : expected.nowMs;
  demand(isPast(notBefore, expected), 'not-in-time');
  const isUnderstood = childElements(conditions).every(
    ({ namespaceURI, localName }) => namespaceURI === SAML_ASSERTION && CONDITIONS.includes(localName ?? ''),
  );
  demand(isUnderstood, 'answer-unreadable');
  const restrictions = childrenNamed(conditions, SAML_ASSERTION, 'AudienceRestriction');
  const isForUs = (restriction: Element): boolean =>
    childrenNamed(restriction, SAML_ASSERTION, 'Audience').some((name) => textOf(name) === expected.audience);
  demand(restrictions.length > 0 && restrictions.every(isForUs), 'wrong-audience');
}

/** Attributes decide nothing here. Two of one name are refused all the same: others would read the one, others the other. */
function judgeAttributes(assertion: Element): void {
  const names = childrenNamed(assertion, SAML_ASSERTION, 'AttributeStatement')
    .flatMap((statement) => childrenNamed(statement, SAML_ASSERTION, 'Attribute'))
    .map((attribute) => attribute.getAttribute('Name'));
  demand(new Set(names).size === names.length, 'attributes-unclear');
  // The library copies names into a plain object.
  demand(!names.includes('__proto__'), 'attributes-unclear');
}

function judgeStatement(
  assertion: Element,
  expected: ExpectedAssertion,
): Omit<ProvenLogin, 'assertionId' | 'subject'> {
  const statement = onlyChild(assertion, SAML_ASSERTION, 'AuthnStatement');
  demand(statement !== undefined, 'login-not-proved');
  const context = onlyChild(statement, SAML_ASSERTION, 'AuthnContext');
  demand(context !== undefined, 'login-not-proved');
  demand(childrenNamed(context, SAML_ASSERTION, 'AuthnContextClassRef').length <= 1, 'login-not-proved');
  const authenticatedAt = instantOf(statement, 'AuthnInstant');
  demand(isPast(authenticatedAt, expected), 'not-in-time');
  const sessionIndex = statement.getAttribute('SessionIndex');
  const contextClass = textOf(onlyChild(context, SAML_ASSERTION, 'AuthnContextClassRef'));
  return {
    authenticatedAt,
    ...(sessionIndex === null ? {} : { sessionIndex: readSessionIndex(sessionIndex) }),
    ...(contextClass === undefined ? {} : { contextClass }),
    ...sessionEnd(statement, expected),
  };
}

function sessionEnd(statement: Element, expected: ExpectedAssertion): { readonly sessionEndsAt?: number } {
  if (!statement.hasAttribute('SessionNotOnOrAfter')) return {};
  const sessionEndsAt = instantOf(statement, 'SessionNotOnOrAfter');
  // No allowance for clocks: a session that has no time left is not worth opening.
  demand(sessionEndsAt > expected.nowMs, 'session-over');
  return { sessionEndsAt };
}
