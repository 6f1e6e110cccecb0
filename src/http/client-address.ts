import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** `10.1.2.3:5123` and `[2001:db8::1]:5123`, as some balancers write them. */
const WITH_PORT = /^(?:\[([0-9a-f:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/i;

/** An IP address in its one spelling (RFC 5952); IPv4 never as `::ffff:…`. Undefined for anything else. */
export function canonicalAddress(text: string): string | undefined {
  if (isIP(text) === 0) return undefined;
  const address = ipaddr.process(text);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

/**
 * Where a request began, from `X-Forwarded-For` as trusted hops wrote it: each appends whom it heard from, so it is read from the
 * right, past hops, to the first address that is none. What stands left of that is anybody's word. An entry that is no address
 * ends the reading at the hop that wrote it. RFC 7239 `Forwarded` is not read: one way to say it is enough.
 */
export function forwardedAddress(
  peer: string,
  header: string | undefined,
  isHop: (address: string) => boolean,
): string {
  const entries = (header ?? '').split(',').map((entry) => entry.trim());
  let address = peer;
  for (const entry of entries.toReversed()) {
    const [, v6, v4] = WITH_PORT.exec(entry) ?? [];
    const next = canonicalAddress(v6 ?? v4 ?? entry);
    if (next === undefined) return address;
    address = next;
    if (!isHop(address)) return address;
  }
  return address;
}
