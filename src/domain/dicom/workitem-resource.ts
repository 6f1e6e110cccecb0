import { BadRequest, GatewayError } from '../errors.ts';
import { isUid, parseSopInstanceUid, type SopInstanceUid } from '../identifiers.ts';
import { dicomwebSegments } from './dicomweb-resource.ts';

/** An address of the workitem service (PS3.18 §11.1.1). */
export type WorkitemResource =
  | { readonly kind: 'workitems' }
  | { readonly kind: 'workitem' | 'state' | 'cancel-request'; readonly uid: SopInstanceUid }
  /** Who is told of changes: of one workitem, or of many (a well-known UID). */
  | { readonly kind: 'subscription' | 'suspension'; readonly of: string; readonly aet: string }
  /** The channel over which they are told. */
  | { readonly kind: 'channel'; readonly aet: string };

export interface WorkitemTarget {
  readonly resource: WorkitemResource;
  readonly query: string;
}

/** PS3.5 Table 6.2-1, AE: at most 16 characters; of these, the ones that need no escape in an address. */
const AE_TITLE = /^[A-Za-z0-9._~-]{1,16}$/;

/**
 * Parses a request target of the workitem service by hand, once, as all of this door's. Undefined for every other address.
 * Throws BadRequest, GatewayError('not-found').
 */
export function parseWorkitemTarget(target: string): WorkitemTarget | undefined {
  // Most addresses are of images, and none of the two words can be written otherwise.
  if (!target.includes('workitems') && !target.includes('subscribers')) return undefined;
  const mark = target.indexOf('?');
  const query = mark === -1 ? '' : target.slice(mark + 1);
  const [door, word, ...rest] = dicomwebSegments(target);
  if (door !== 'dicom-web') return undefined;
  if (word === 'workitems') return { resource: workitemResource(rest), query };
  return word === 'subscribers' ? { resource: channelResource(rest), query } : undefined;
}

function workitemResource(segments: readonly string[]): WorkitemResource {
  const [uidText, word, ...rest] = segments;
  if (uidText === undefined) return { kind: 'workitems' };
  const uid = parseSopInstanceUid(uidText);
  if (uid === undefined) throw new BadRequest('The address holds a malformed workitem UID.');
  if (word === undefined) return { kind: 'workitem', uid };
  if (word === 'subscribers') return subscriptionResource(uidText, rest);
  return partOf(uid, word, rest);
}

function partOf(uid: SopInstanceUid, word: string, rest: readonly string[]): WorkitemResource {
  if (word === 'cancelrequest' && rest.length === 0) return { kind: 'cancel-request', uid };
  // Some clients name themselves behind `state`, as an older edition of the standard has it.
  const [aet, ...more] = rest;
  const isPlain = more.length === 0 && (aet === undefined || AE_TITLE.test(aet));
  if (word === 'state' && isPlain) return { kind: 'state', uid };
  throw notFound();
}

function subscriptionResource(of: string, segments: readonly string[]): WorkitemResource {
  const [aet, word, ...rest] = segments;
  if (aet === undefined || rest.length > 0) throw notFound();
  if (word !== undefined && word !== 'suspend') throw notFound();
  return { kind: word === undefined ? 'subscription' : 'suspension', of, aet: checkedTitle(aet) };
}

function channelResource(segments: readonly string[]): WorkitemResource {
  const [aet, ...rest] = segments;
  if (aet === undefined || rest.length > 0) throw notFound();
  return { kind: 'channel', aet: checkedTitle(aet) };
}

function checkedTitle(aet: string): string {
  if (AE_TITLE.test(aet)) return aet;
  throw new BadRequest(
    'The address holds a malformed AE title: 16 letters, digits, `.`, `_`, `~` or `-` at most.',
  );
}

/**
 * The UID that a query names by itself (`?1.2.3`, PS3.18 §11.4 and §11.6); some clients write it as a value (`?workitem=1.2.3`).
 * Undefined for an empty query. Throws BadRequest for anything else.
 */
export function uidOfQuery(query: string, names: readonly string[]): SopInstanceUid | undefined {
  if (query === '') return undefined;
  const mark = query.indexOf('=');
  const [name, text] = mark === -1 ? ['', query] : [query.slice(0, mark), query.slice(mark + 1)];
  const isNamed = mark === -1 || names.includes(name.toLowerCase());
  const uid = isNamed && isUid(text) ? parseSopInstanceUid(text) : undefined;
  if (uid !== undefined) return uid;
  throw new BadRequest('The query of this address is one UID, and nothing else.');
}

function notFound(): GatewayError {
  return new GatewayError('not-found', { detail: 'There is no such resource of the workitem service.' });
}
