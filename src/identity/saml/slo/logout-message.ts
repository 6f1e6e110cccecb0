import type { Element } from '@xmldom/xmldom';
import { demand, SignInRefused } from '../../sign-in-refusal.ts';
import { scanXml } from '../scan-xml.ts';
import { isNamed, parseXml, SAML_PROTOCOL } from '../xml-elements.ts';

/** The parameter or field a logout message comes in says which of the two it is. */
export const LOGOUT_FIELDS = ['SAMLRequest', 'SAMLResponse'] as const;
export type LogoutField = (typeof LOGOUT_FIELDS)[number];

/** A logout message whose signature held, and what goes back with the answer. */
export interface LogoutMessage {
  readonly field: LogoutField;
  /** What was signed, and nothing else. */
  readonly root: Element;
  /** Opaque; only ever sent back to the provider (SAML bindings §3.4.3). */
  readonly relayState?: string;
}

/** Of XML. A request that names a hundred sessions has about 15 KiB. */
export const MAX_MESSAGE_BYTES = 64 * 1024;
/** SAML bindings §3.4.3. */
const MAX_RELAY_STATE_BYTES = 80;
const ROOTS: Readonly<Record<LogoutField, string>> = {
  SAMLRequest: 'LogoutRequest',
  SAMLResponse: 'LogoutResponse',
};

/** The bytes of a base64 text that is written in the one canonical way (RFC 4648 §3.5). Throws SignInRefused. */
export function decodeBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  demand(text !== '' && bytes.toString('base64') === text, 'answer-unreadable');
  return bytes;
}

/** Reads the bytes of a message as scanned UTF-8 XML. Throws SignInRefused. */
export function decodeMessage(bytes: Uint8Array): string {
  demand(bytes.length <= MAX_MESSAGE_BYTES, 'answer-too-large');
  const xml = decodeUtf8(bytes);
  scanXml(xml);
  return xml;
}

/** Parses a message; what came as a request must be a LogoutRequest, and so for responses. Throws SignInRefused. */
export function parseMessage(field: LogoutField, xml: string): Element {
  const root = parseXml(xml);
  demand(isNamed(root, SAML_PROTOCOL, ROOTS[field]), 'answer-unreadable');
  return root;
}

/** RelayState as it may be sent back. Throws SignInRefused when it is longer than it may be, or came twice. */
export function relayStateOf(value: unknown): { readonly relayState?: string } {
  if (value === undefined) return {};
  demand(typeof value === 'string', 'answer-unreadable');
  demand(Buffer.byteLength(value) <= MAX_RELAY_STATE_BYTES, 'answer-too-large');
  return { relayState: value };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error: unknown) {
    throw new SignInRefused('answer-unreadable', error);
  }
}
