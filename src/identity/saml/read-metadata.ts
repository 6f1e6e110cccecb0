import type { Element } from '@xmldom/xmldom';
import { GatewayError } from '../../domain/errors.ts';
import { SignInRefused } from '../sign-in-refusal.ts';
import { checkSignature, checkUniqueIds } from './check-signature.ts';
import { durationMs } from './metadata-duration.ts';
import { readSigningCertificates } from './metadata-keys.ts';
import type { SamlEndpoint, SamlProvider, SignOutEndpoints } from './saml-provider.ts';
import { instantOf } from './saml-time.ts';
import { scanXml, type XmlLimits } from './scan-xml.ts';
import { verifySignature } from './verify-signature.ts';
import { isWebAddress } from './web-address.ts';
import { childElements, childrenNamed, isNamed, parseXml, SAML_PROTOCOL } from './xml-elements.ts';

/** What metadata must be about, and who must have signed them. */
export interface MetadataDemand {
  readonly entityId: string;
  /** Certificates, one of which must have signed the whole document; `nobody` takes it as it is. */
  readonly signedBy: readonly string[] | 'nobody';
  readonly limits: XmlLimits;
  readonly nowMs: number;
}

/** What an identity provider says of itself. */
export interface ProviderMetadata extends Pick<SamlProvider, 'ssoUrl' | 'certificatesPem' | 'signOut'> {
  /** True when it takes signed requests only. */
  readonly wantsSignedRequests: boolean;
  /** ms since the epoch; from then on nothing of it may be used. */
  readonly validUntil?: number;
  /** How long it may be used without looking again. */
  readonly cacheMs?: number;
}

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';

/**
 * Reads SAML metadata (SAML metadata §2): of one entity, or of several with the one that is wanted among them. With a signature
 * everything is read from the text that was signed. Comments, which many products write there, are dropped first.
 * Throws GatewayError('internal') with the reason in plain words; nothing of the document stands in it.
 */
export function readMetadata(text: string, demand: MetadataDemand): ProviderMetadata {
  try {
    const root = readRoot(text, demand);
    const way = wayTo(root, demand.entityId);
    const role = roleOf(way);
    const path = [...way, role];
    return {
      ssoUrl: ssoUrlOf(role),
      certificatesPem: readSigningCertificates(role),
      wantsSignedRequests: /^(?:true|1)$/.test(role.getAttribute('WantAuthnRequestsSigned') ?? ''),
      ...signOutOf(role),
      ...validityOf(path, demand.nowMs),
      ...cachingOf(path),
    };
  } catch (error: unknown) {
    throw error instanceof GatewayError && !(error instanceof SignInRefused) ? error : unreadable(error);
  }
}

/** Why metadata cannot be used. */
export function unfitMetadata(reason: string, cause?: unknown): GatewayError {
  return new GatewayError('internal', { detail: reason, cause });
}

function unreadable(error: unknown): GatewayError {
  const isForged =
    error instanceof SignInRefused && ['answer-not-trusted', 'weak-algorithm'].includes(error.refusal);
  if (isForged)
    return unfitMetadata('their signature is missing, weak, or not by the certificate in the config', error);
  const isLarge = error instanceof SignInRefused && error.refusal === 'answer-too-large';
  return unfitMetadata(
    isLarge ? 'they are too large or too nested' : 'they cannot be read as SAML metadata',
    error,
  );
}

function readRoot(text: string, { signedBy, limits }: MetadataDemand): Element {
  const xml = withoutComments(text.replace(/^\ufeff/, ''));
  scanXml(xml, limits);
  const root = parseXml(xml);
  if (signedBy === 'nobody') return root;
  checkUniqueIds(root);
  checkSignature(root, true);
  return parseXml(verifySignature(root, signedBy));
}

/** In one pass: a pattern would look for the end of each comment anew where there is none. */
function withoutComments(text: string): string {
  const kept: string[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf('<!--', at);
    const end = start === -1 ? -1 : text.indexOf('-->', start + 4);
    if (end === -1) return kept.join('') + text.slice(at);
    kept.push(text.slice(at, start));
    at = end + 3;
  }
}

/** The one EntityDescriptor of that name, and what it lies in, outermost first. */
function wayTo(root: Element, entityId: string): readonly Element[] {
  const ways = waysFrom(root).filter((way) => way.at(-1)?.getAttribute('entityID') === entityId);
  const [way, ...others] = ways;
  if (way === undefined) throw unfitMetadata('they are not about this entity ID');
  if (others.length > 0) throw unfitMetadata('they are about this entity ID twice');
  return way;
}

function waysFrom(element: Element): readonly (readonly Element[])[] {
  if (isNamed(element, METADATA, 'EntityDescriptor')) return [[element]];
  if (!isNamed(element, METADATA, 'EntitiesDescriptor')) return [];
  return childElements(element).flatMap((child) => waysFrom(child).map((way) => [element, ...way]));
}

function roleOf(way: readonly Element[]): Element {
  const entity = way.at(-1);
  const roles = entity === undefined ? [] : childrenNamed(entity, METADATA, 'IDPSSODescriptor');
  const [role, ...others] = roles.filter((one) =>
    (one.getAttribute('protocolSupportEnumeration') ?? '').split(/\s+/).includes(SAML_PROTOCOL),
  );
  if (role === undefined) throw unfitMetadata('they describe no identity provider of SAML 2.0');
  if (others.length > 0) throw unfitMetadata('they describe two identity providers of one name');
  return role;
}

function ssoUrlOf(role: Element): string {
  const endpoint = endpointOf(role, 'SingleSignOnService', REDIRECT);
  if (endpoint === undefined) throw unfitMetadata('they name no sign-in address for HTTP-Redirect');
  return endpoint.url;
}

function signOutOf(role: Element): { readonly signOut?: SignOutEndpoints } {
  const redirect = endpointOf(role, 'SingleLogoutService', REDIRECT);
  const post = endpointOf(role, 'SingleLogoutService', POST);
  if (redirect === undefined && post === undefined) return {};
  return {
    signOut: { ...(redirect === undefined ? {} : { redirect }), ...(post === undefined ? {} : { post }) },
  };
}

/** The first of that binding (SAML metadata §2.2.2). */
function endpointOf(role: Element, name: string, binding: string): SamlEndpoint | undefined {
  const element = childrenNamed(role, METADATA, name).find((one) => one.getAttribute('Binding') === binding);
  if (element === undefined) return undefined;
  const url = element.getAttribute('Location') ?? '';
  const responseUrl = element.getAttribute('ResponseLocation') ?? undefined;
  for (const address of [url, responseUrl ?? url]) {
    if (!isWebAddress(address)) throw unfitMetadata(`an address of ${name} is not a web address`);
  }
  return { url, ...(responseUrl === undefined ? {} : { responseUrl }) };
}

/** SAML metadata §2.3.1: the earliest end on the way down counts. */
function validityOf(path: readonly Element[], nowMs: number): Pick<ProviderMetadata, 'validUntil'> {
  const ends = path
    .filter((element) => element.hasAttribute('validUntil'))
    .map((element) => instantOf(element, 'validUntil'));
  if (ends.length === 0) return {};
  const validUntil = Math.min(...ends);
  if (validUntil <= nowMs) throw unfitMetadata('their time (validUntil) is over');
  return { validUntil };
}

function cachingOf(path: readonly Element[]): Pick<ProviderMetadata, 'cacheMs'> {
  const durations = path.flatMap((element) => {
    const text = element.getAttribute('cacheDuration');
    return text === null ? [] : [durationMs(text)];
  });
  if (durations.includes(undefined)) throw unfitMetadata('their cacheDuration is not a duration');
  const known = durations.filter((ms) => ms !== undefined);
  return known.length === 0 ? {} : { cacheMs: Math.min(...known) };
}
