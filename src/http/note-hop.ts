import { TLSSocket, type DetailedPeerCertificate } from 'node:tls';
import type { Request, RequestHandler } from 'express';
import type { Hop, PresentedCertificate } from '../domain/hop.ts';
import { canonicalAddress, forwardedAddress } from './client-address.ts';
import { claimsCertificate, forwardedCertificate } from './forwarded-certificate.ts';
import { arrivalOf } from './listener-arrival.ts';
import { createTrustedHops, type TrustedHop, type TrustedHops } from './trusted-hops.ts';

const HOP = 'hop';
/** A session that was taken up again proves nothing of the key (RFC 8446 §2.2). The card listener offers none. */
const SESSION_REUSED = 'SESSION_REUSED';
const MAX_CHAIN = 8;

type HopCertificate = Pick<Hop, 'certificate' | 'certificateFault' | 'isCardListener'>;

/**
 * Notes who is at the other end, once, before anything a caller claims is dropped: the address of the client, and its certificate
 * if there is one. Only the hops that are listed are believed in what they say of others; none listed, none believed. Throws
 * TypeError when one of them is no address.
 */
export function noteHop(trusted: readonly TrustedHop[] = []): RequestHandler {
  const hops = createTrustedHops(trusted);
  // Of a connection it does not change, and a viewer's carries thousands of requests.
  const peers = new WeakMap<object, string>();
  const peerOf = ({ socket }: Request): string => {
    const given = socket.remoteAddress ?? '';
    const peer = peers.get(socket) ?? canonicalAddress(given) ?? given;
    peers.set(socket, peer);
    return peer;
  };
  return (req, res, next) => {
    const hop: Hop = notedOf(hops, req, peerOf(req));
    res.locals[HOP] = hop;
    next();
  };
}

/** The other end of a request. Throws TypeError where the edge did not note it. */
export function hopOf(req: Pick<Request, 'res'>): Hop {
  const hop = notedHop(req);
  if (hop === undefined) throw new TypeError('the edge did not note the other end of this request');
  return hop;
}

/** The other end of a request, where the edge noted it. */
export function notedHop(req: Pick<Request, 'res'>): Hop | undefined {
  const hop: unknown = req.res?.locals[HOP];
  return isHop(hop) ? hop : undefined;
}

function notedOf(hops: TrustedHops, req: Request, peer: string): Hop {
  const sender = hops.senderOf(req, peer);
  if (sender === undefined) return { address: peer, ...ownCertificate(req) };
  const header = req.headers['x-forwarded-for'];
  const address = forwardedAddress(peer, typeof header === 'string' ? header : undefined, hops.isHop);
  const { certificateHeader, isProved } = sender;
  if (!isProved || certificateHeader === undefined) return { address, ...ownCertificate(req) };
  const forwarded = forwardedCertificate(req.headers, certificateHeader);
  // Where it asks its clients for cards it stands for the card listener; its own certificate is nobody's card.
  const base = { address, isCardListener: true };
  if (forwarded.kind === 'unclear') return { ...base, certificateFault: 'unclear' };
  return forwarded.kind === 'none' ? base : { ...base, certificate: forwarded.certificate };
}

/** Of a caller who is not trusted to speak for others. */
function ownCertificate(req: Request): HopCertificate {
  const isCardListener = arrivalOf(req.res) === 'card-listener';
  if (claimsCertificate(req.headers)) return { isCardListener, certificateFault: 'untrusted-sender' };
  const certificate = isCardListener ? tlsCertificate(req) : undefined;
  return { isCardListener, ...(certificate === undefined ? {} : { certificate }) };
}

/** What the client itself showed in the handshake. */
function tlsCertificate({ socket }: Request): PresentedCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const fault = faultOf(socket);
  return {
    der: new Uint8Array(certificate.raw),
    chain: sentAlong(socket),
    via: 'tls',
    ...(fault === undefined ? {} : { fault }),
  };
}

function faultOf(socket: TLSSocket): string | undefined {
  if (socket.isSessionReused()) return SESSION_REUSED;
  if (socket.authorized) return undefined;
  // Declared as an Error, but a server's socket holds OpenSSL's word for it.
  const fault: unknown = socket.authorizationError;
  return typeof fault === 'string' ? fault : 'UNKNOWN';
}

/** What stands above it, as OpenSSL put it together; a root names itself. */
function sentAlong(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  let one: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true).issuerCertificate;
  while (isThere(one) && chain.length < MAX_CHAIN) {
    chain.push(new Uint8Array(one.raw));
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate;
  }
  return chain;
}

/** Node leaves out the issuer it does not know, whatever its types say. */
function isThere(certificate: DetailedPeerCertificate | undefined): certificate is DetailedPeerCertificate {
  return certificate !== undefined && Buffer.isBuffer(certificate.raw);
}

function isHop(value: unknown): value is Hop {
  return typeof value === 'object' && value !== null && 'address' in value && 'isCardListener' in value;
}
