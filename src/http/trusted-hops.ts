import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Request } from 'express';
import ipaddr from 'ipaddr.js';
import { arrivalOf } from './listener-arrival.ts';

/** The one header in which a hop passes a client certificate on: RFC 9440, or nginx's escaped PEM. */
export type CertificateHeader = 'client-cert' | 'x-ssl-client-cert';

/** A load balancer or reverse proxy in front of the gateway, whose word is taken. */
export interface TrustedHop {
  /** Where it speaks from: addresses, networks (`10.1.0.0/16`), or `unix` for the socket file this gateway listens at. */
  readonly addresses: readonly string[];
  /** What it sends in `X-Countersign-Hop-Secret`. */
  readonly secret?: string;
  /** SHA-256 fingerprints, hex, of the certificates with which it comes to the card listener itself (mutual TLS). */
  readonly fingerprints256?: readonly string[];
  /** Absent: no certificate is taken from it. */
  readonly certificateHeader?: CertificateHeader;
}

/** Which hop somebody is. */
export interface TrustedHops {
  /** By its address alone: good for addresses of clients. */
  readonly isHop: (address: string) => boolean;
  /** Whoever sent this request, if it is a hop. */
  readonly senderOf: (req: Request, address: string) => Sender | undefined;
}

interface Sender {
  readonly certificateHeader?: CertificateHeader;
  /** It proved who it is, by more than an address: then certificates are taken from it. */
  readonly isProved: boolean;
}

/** Name of the header with the secret, as Node spells it. */
const HOP_SECRET_HEADER = 'x-countersign-hop-secret';
const UNIX = 'unix';

type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** Makes ready who is trusted. Throws TypeError for what is no address. */
export function createTrustedHops(hops: readonly TrustedHop[]): TrustedHops {
  const ready = hops.map((hop) => ({
    ...hop,
    networks: hop.addresses.filter((one) => one !== UNIX).map(networkOf),
    isUnix: hop.addresses.includes(UNIX),
  }));
  const isIn = (networks: readonly Network[], address: string): boolean => {
    const parsed = isIP(address) === 0 ? undefined : ipaddr.process(address);
    return parsed !== undefined && networks.some((network) => isWithin(parsed, network));
  };
  return {
    isHop: (address) => ready.some(({ networks }) => isIn(networks, address)),
    senderOf: (req, address) => {
      const isUnix = arrivalOf(req.res) === 'unix-socket';
      const mine = ready.filter((hop) => (isUnix ? hop.isUnix : isIn(hop.networks, address)));
      // Two entries may share an address: the one that is proved is meant.
      const proved = mine.find((hop) => isProved(hop, req, isUnix));
      const hop = proved ?? mine[0];
      // One that could have proved who it is, and did not, is anybody at that address.
      if (hop === undefined || (proved === undefined && !isByAddress(hop))) return undefined;
      return { ...headerOf(hop), isProved: proved !== undefined };
    },
  };
}

function headerOf({ certificateHeader }: TrustedHop): Pick<Sender, 'certificateHeader'> {
  return certificateHeader === undefined ? {} : { certificateHeader };
}

/** Its address is all that is asked of it, and so it is believed about addresses alone. */
function isByAddress({ secret, fingerprints256 = [] }: TrustedHop): boolean {
  return secret === undefined && fingerprints256.length === 0;
}

/** A socket file is proof where no secret is named: its folder says who may open it. */
function isProved({ secret, fingerprints256 = [] }: TrustedHop, req: Request, isUnix: boolean): boolean {
  const fingerprint = peerFingerprint(req);
  if (fingerprint !== undefined && fingerprints256.some((one) => one.toLowerCase() === fingerprint))
    return true;
  if (secret === undefined) return isUnix;
  const given = req.headers[HOP_SECRET_HEADER];
  return typeof given === 'string' && isSameSecret(given, secret);
}

/** Hashed first, so that neither length nor place of the first difference shows in the time it takes. */
function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(sha256(given), sha256(secret));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** Of the certificate with which the other end of the connection itself proved its key, in a whole handshake. */
function peerFingerprint({ socket }: Request): string | undefined {
  if (!(socket instanceof TLSSocket) || socket.isSessionReused()) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (!(certificate instanceof X509Certificate)) return undefined;
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

function networkOf(text: string): Network {
  const [address = '', given, ...rest] = text.split('/');
  const whole = isIP(address) === 4 ? 32 : 128;
  const bits = given ?? String(whole);
  const isSound = isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= whole;
  if (!isSound || rest.length > 0) throw new TypeError(`“${text}” is no address and no network`);
  return ipaddr.parseCIDR(`${address}/${bits}`);
}

function isWithin(address: ReturnType<typeof ipaddr.process>, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
