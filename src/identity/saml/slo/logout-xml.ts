import type { NameIdForm } from '../../stores/identity-stores.ts';
import { SAML_ASSERTION, SAML_PROTOCOL } from '../xml-elements.ts';

interface Head {
  readonly id: string;
  readonly issuer: string;
  readonly destination: string;
  /** ms since the epoch. */
  readonly issuedAt: number;
}

/** A request to end somebody's session. */
export interface LogoutRequestFacts extends Head {
  readonly subject: string;
  readonly nameId?: NameIdForm;
  readonly sessionIndex?: string;
  /** ms since the epoch. */
  readonly notOnOrAfter: number;
}

/** The answer to one. */
export interface LogoutResponseFacts extends Head {
  readonly inResponseTo: string;
  /** False when not all that was wanted could be ended. */
  readonly isComplete: boolean;
}

const LOGOUT = 'urn:oasis:names:tc:SAML:2.0:';
const SUCCESS = `<samlp:StatusCode Value="${LOGOUT}status:Success"/>`;
const PARTIAL = `<samlp:StatusCode Value="${LOGOUT}status:Responder"><samlp:StatusCode Value="${LOGOUT}status:PartialLogout"/></samlp:StatusCode>`;

/** A LogoutRequest that names the person as the provider did (SAML core §3.7.1). */
export function logoutRequestXml(facts: LogoutRequestFacts): string {
  const { subject, nameId, sessionIndex, notOnOrAfter } = facts;
  const qualifiers = attributes({
    Format: nameId?.format,
    NameQualifier: nameId?.nameQualifier,
    SPNameQualifier: nameId?.spNameQualifier,
  });
  const index =
    sessionIndex === undefined ? '' : `<samlp:SessionIndex>${escapeXml(sessionIndex)}</samlp:SessionIndex>`;
  const more = { NotOnOrAfter: instant(notOnOrAfter), Reason: `${LOGOUT}logout:user` };
  return message('LogoutRequest', facts, {
    attributes: more,
    content: `<saml:NameID${qualifiers}>${escapeXml(subject)}</saml:NameID>${index}`,
  });
}

/** A LogoutResponse (SAML core §3.7.2). */
export function logoutResponseXml(facts: LogoutResponseFacts): string {
  const status = facts.isComplete ? SUCCESS : PARTIAL;
  return message('LogoutResponse', facts, {
    attributes: { InResponseTo: facts.inResponseTo },
    content: `<samlp:Status>${status}</samlp:Status>`,
  });
}

function message(
  name: string,
  { id, issuer, destination, issuedAt }: Head,
  given: { readonly attributes: Readonly<Record<string, string>>; readonly content: string },
): string {
  const head = { ID: id, Version: '2.0', IssueInstant: instant(issuedAt), Destination: destination };
  return (
    `<samlp:${name} xmlns:samlp="${SAML_PROTOCOL}" xmlns:saml="${SAML_ASSERTION}"${attributes({ ...head, ...given.attributes })}>` +
    `<saml:Issuer>${escapeXml(issuer)}</saml:Issuer>${given.content}</samlp:${name}>`
  );
}

function attributes(values: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeXml(value)}"`))
    .join('');
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** White space as numbers, too: a parser turns it into plain spaces in attributes (XML 1.0 §3.3.3). */
function escapeXml(text: string): string {
  return text.replace(/[&<>"'\t\n\r]/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
