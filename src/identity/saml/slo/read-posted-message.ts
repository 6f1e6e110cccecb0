import type { Element } from '@xmldom/xmldom';
import type { Request } from 'express';
import { demand } from '../../sign-in-refusal.ts';
import { checkSignature, checkUniqueIds } from '../check-signature.ts';
import { verifySignature } from '../verify-signature.ts';
import { selfAndDescendants } from '../xml-elements.ts';
import {
  decodeBase64,
  decodeMessage,
  LOGOUT_FIELDS,
  parseMessage,
  relayStateOf,
  type LogoutField,
  type LogoutMessage,
} from './logout-message.ts';

/** Base64 may be folded into lines here (SAML bindings §3.5.4, RFC 2045 §6.8). */
const LINE_FOLD = /[\r\n]/g;

/**
 * Takes a logout message out of a form (SAML bindings §3.5, HTTP-POST): exactly one, and nothing in the query. It carries one
 * signature, over all of itself, by one of the certificates; what comes back was read from what that signature covers.
 * Throws SignInRefused.
 */
export function readPostedMessage(
  req: Pick<Request, 'originalUrl' | 'body'>,
  certificatesPem: readonly string[],
): LogoutMessage {
  demand(!req.originalUrl.includes('?'), 'no-answer');
  const body = formOf(req.body);
  const [field, ...others] = LOGOUT_FIELDS.filter((name) => body.has(name));
  demand(field !== undefined, 'no-answer');
  const text = body.get(field);
  demand(others.length === 0 && typeof text === 'string', 'answer-unreadable');
  const xml = decodeMessage(decodeBase64(text.replace(LINE_FOLD, '')));
  const root = verified(field, xml, certificatesPem);
  return { field, root, ...relayStateOf(body.get('RelayState')) };
}

function formOf(body: unknown): ReadonlyMap<string, unknown> {
  demand(typeof body === 'object' && body !== null, 'no-answer');
  return new Map<string, unknown>(Object.entries(body));
}

function verified(field: LogoutField, xml: string, certificatesPem: readonly string[]): Element {
  const posted = parseMessage(field, xml);
  const signatures = selfAndDescendants(posted).filter(({ localName }) => localName === 'Signature');
  demand(signatures.length === 1, 'answer-not-trusted');
  checkUniqueIds(posted);
  checkSignature(posted, true);
  return parseMessage(field, verifySignature(posted, certificatesPem));
}
