import type { Element } from '@xmldom/xmldom';
import { demand } from '../../sign-in-refusal.ts';
import { ISSUE_WINDOW_MS } from '../judge-saml-answer.ts';
import { readNameId } from '../judge-saml-subject.ts';
import { instantOf, isAhead, isWithin, type Moment } from '../saml-time.ts';
import { readSessionIndex } from './session-index.ts';
import {
  childElements,
  childrenNamed,
  onlyChild,
  SAML_ASSERTION,
  SAML_PROTOCOL,
  textOf,
} from '../xml-elements.ts';

/** Who may speak, and to which address of ours. */
export interface ExpectedLogout extends Moment {
  /** Entity ID of the identity provider. */
  readonly issuer: string;
  readonly sloUrl: string;
}

/** What the identity provider wants ended. */
export interface WantedLogout {
  readonly id: string;
  /** NameID, trimmed. Personal data. */
  readonly subject: string;
  /** None: all sessions of the person. */
  readonly sessionIndexes: readonly string[];
  /** ms since the epoch, by the provider's clock. */
  readonly issuedAt: number;
}

/** How a sign-out that we asked for went. */
export interface LogoutOutcome {
  readonly requestId: string;
  /** False when somebody could not be signed out everywhere. */
  readonly isComplete: boolean;
}

const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:';
/** xs:ID (XML names without colon), in the characters that are used for it. It is kept and sent back. */
const MESSAGE_ID = /^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/;
const MAX_INDEXES = 100;
const REQUEST_CHILDREN: readonly string[] = ['Issuer', 'Extensions', 'NameID', 'SessionIndex'];
const RESPONSE_CHILDREN: readonly string[] = ['Issuer', 'Extensions', 'Status'];

/**
 * Judges a LogoutRequest whose signature held (SAML core §3.7.1, profiles §4.4.4.1): from this provider, to this address, now,
 * about exactly one person. Whether it was seen before is not for this to say. Throws SignInRefused.
 */
export function judgeLogoutRequest(request: Element, expected: ExpectedLogout): WantedLogout {
  judgeHead(request, expected);
  if (request.hasAttribute('NotOnOrAfter'))
    demand(isAhead(instantOf(request, 'NotOnOrAfter'), expected), 'not-in-time');
  // An EncryptedID or BaseID is refused with the rest.
  demand(holdsOnly(request, REQUEST_CHILDREN), 'subject-unclear');
  const indexes = childrenNamed(request, SAML_PROTOCOL, 'SessionIndex');
  demand(indexes.length <= MAX_INDEXES, 'answer-too-large');
  return {
    id: request.getAttribute('ID') ?? '',
    subject: readNameId(request),
    // An empty one does not come to mean all.
    sessionIndexes: indexes.map((index) => readSessionIndex(textOf(index) ?? '')),
    issuedAt: instantOf(request, 'IssueInstant'),
  };
}

/**
 * Judges a LogoutResponse whose signature held (SAML core §3.7.2). Whether we asked is not for this to say.
 * Throws SignInRefused.
 */
export function judgeLogoutResponse(response: Element, expected: ExpectedLogout): LogoutOutcome {
  judgeHead(response, expected);
  demand(holdsOnly(response, RESPONSE_CHILDREN), 'answer-unreadable');
  const status = onlyChild(response, SAML_PROTOCOL, 'Status');
  const code = status === undefined ? undefined : onlyChild(status, SAML_PROTOCOL, 'StatusCode');
  demand(code !== undefined, 'answer-unreadable');
  const isSuccess = code.getAttribute('Value') === `${STATUS}Success`;
  // Some say Success and, below it, PartialLogout (SAML core §3.2.2.2).
  const isPartial = childrenNamed(code, SAML_PROTOCOL, 'StatusCode').length > 0;
  return {
    requestId: response.getAttribute('InResponseTo') ?? '',
    isComplete: isSuccess && !isPartial,
  };
}

function judgeHead(message: Element, expected: ExpectedLogout): void {
  demand(message.getAttribute('Version') === '2.0', 'answer-unreadable');
  demand(MESSAGE_ID.test(message.getAttribute('ID') ?? ''), 'answer-unreadable');
  demand(textOf(onlyChild(message, SAML_ASSERTION, 'Issuer')) === expected.issuer, 'wrong-issuer');
  // Must be there in whatever is signed (SAML bindings §3.4.5.2, §3.5.5.2).
  demand(message.getAttribute('Destination') === expected.sloUrl, 'wrong-destination');
  demand(isWithin(instantOf(message, 'IssueInstant'), ISSUE_WINDOW_MS, expected), 'not-in-time');
}

function holdsOnly(message: Element, names: readonly string[]): boolean {
  return childElements(message).every(({ localName }) => names.includes(localName ?? ''));
}
