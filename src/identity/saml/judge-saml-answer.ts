import type { Element } from '@xmldom/xmldom';
import type { ExpectedAnswer } from './expected-answer.ts';
import { judgeSubject } from './judge-saml-subject.ts';
import { demand } from '../sign-in-refusal.ts';
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
  judgeAssertionHead(assertion, expected);
  judgeConditions(assertion, expected);
  judgeAttributes(assertion);
  const subject = judgeSubject(assertion, expected);
  return { assertionId: assertion.getAttribute('ID') ?? '', subject, ...judgeStatement(assertion, expected) };
}

function judgeResponse(response: Element, expected: ExpectedAnswer): void {
  const status = onlyChild(response, SAML_PROTOCOL, 'Status');
  const code = status === undefined ? undefined : onlyChild(status, SAML_PROTOCOL, 'StatusCode');
  demand(code?.getAttribute('Value') === SUCCESS, 'provider-refused');
  demand(textOf(onlyChild(response, SAML_ASSERTION, 'Issuer')) === expected.issuer, 'wrong-issuer');
  demand(response.getAttribute('Destination') === expected.acsUrl, 'wrong-destination');
  demand(response.getAttribute('InResponseTo') === expected.requestId, 'wrong-request');
  judgeVersionAndIssue(response, expected);
}

function judgeAssertionHead(assertion: Element, expected: ExpectedAnswer): void {
  demand(textOf(onlyChild(assertion, SAML_ASSERTION, 'Issuer')) === expected.issuer, 'wrong-issuer');
  judgeVersionAndIssue(assertion, expected);
}

function judgeVersionAndIssue(element: Element, expected: ExpectedAnswer): void {
  demand(element.getAttribute('Version') === '2.0', 'answer-unreadable');
  demand(isWithin(instantOf(element, 'IssueInstant'), ISSUE_WINDOW_MS, expected), 'not-in-time');
}

/** SAML core §2.5.1: all conditions must hold, and one that is not understood makes the assertion invalid. */
function judgeConditions(assertion: Element, expected: ExpectedAnswer): void {
  const conditions = onlyChild(assertion, SAML_ASSERTION, 'Conditions');
  demand(conditions !== undefined, 'wrong-audience');
  demand(isAhead(instantOf(conditions, 'NotOnOrAfter'), expected), 'not-in-time');
  const notBefore = conditions.hasAttribute('NotBefore')
    ? instantOf(conditions, 'NotBefore')
    : expected.nowMs;
  demand(isPast(notBefore, expected), 'not-in-time');
  const isUnderstood = childElements(conditions).every((condition) =>
    CONDITIONS.includes(condition.localName ?? ''),
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
  expected: ExpectedAnswer,
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
    ...(sessionIndex === null ? {} : { sessionIndex }),
    ...(contextClass === undefined ? {} : { contextClass }),
    ...sessionEnd(statement, expected),
  };
}

function sessionEnd(statement: Element, expected: ExpectedAnswer): { readonly sessionEndsAt?: number } {
  if (!statement.hasAttribute('SessionNotOnOrAfter')) return {};
  const sessionEndsAt = instantOf(statement, 'SessionNotOnOrAfter');
  // No allowance for clocks: a session that has no time left is not worth opening.
  demand(sessionEndsAt > expected.nowMs, 'session-over');
  return { sessionEndsAt };
}
