import type { Request } from 'express';
import { scanXml, type XmlLimits } from './scan-xml.ts';
import { demand, SignInRefused } from '../sign-in-refusal.ts';

/** Base64 may be folded into lines (RFC 2045 §6.8); nothing else may stand between the characters. */
const LINE_FOLD = /[\r\n]/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$|^[A-Za-z0-9+/]{2,3}={1,2}$/;

/**
 * Takes the SAMLResponse out of a form post (SAML bindings §3.5) and scans it; returns its XML. One string, in the body of a form, and
 * nothing of SAML beside it: the library would start a new login for an empty post, log out for a SAMLRequest, and
 * prefer the query over the body. Throws SignInRefused.
 */
export function readSamlPost(
  req: Pick<Request, 'originalUrl' | 'headers' | 'body'>,
  limits: XmlLimits,
): string {
  demand(!req.originalUrl.includes('?'), 'no-answer');
  demand(isForm(req.headers['content-type']), 'no-answer');
  const base64 = answerIn(req.body).replace(LINE_FOLD, '');
  demand(base64.length <= Math.ceil(limits.maxBytes / 3) * 4, 'answer-too-large');
  demand(BASE64.test(base64), 'answer-unreadable');
  const xml = decodeUtf8(Buffer.from(base64, 'base64'));
  scanXml(xml, limits);
  return xml;
}

function isForm(contentType: string | undefined): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType ?? '');
}

function answerIn(body: unknown): string {
  demand(typeof body === 'object' && body !== null, 'no-answer');
  demand(!('SAMLRequest' in body) && 'SAMLResponse' in body, 'no-answer');
  const { SAMLResponse: answer } = body;
  demand(typeof answer === 'string' && answer !== '', 'no-answer');
  return answer;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error: unknown) {
    throw new SignInRefused('answer-unreadable', error);
  }
}
