import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js';

/** Addresses and networks that a machine may come from. */
export interface AddressRanges {
  /** True when the address lies in one of them; false for what is not an address. */
  readonly include: (address: string | undefined) => boolean;
}

type Range = [IPv4 | IPv6, number];

/**
 * Reads addresses and networks (`10.1.2.3`, `10.1.0.0/16`, `2001:db8::/48`). Undefined when one of them is none, is written so that
 * programs read it differently (`010.1`), or is the whole Internet.
 */
export function parseAddressRanges(texts: readonly string[]): AddressRanges | undefined {
  const ranges = texts.map(rangeOf);
  const known = ranges.filter((range) => range !== undefined);
  if (known.length < ranges.length || known.length === 0) return undefined;
  return {
    include: (address) => {
      if (address === undefined || !ipaddr.isValid(address)) return false;
      const parsed = ipaddr.process(address);
      return known.some((range) => isIn(parsed, range));
    },
  };
}

function rangeOf(text: string): Range | undefined {
  if (!isIpv4(text) && !isIpv6(text)) return undefined;
  const [address, bits] = ipaddr.parseCIDR(text.includes('/') ? text : `${text}/${isIpv4(text) ? 32 : 128}`);
  // IPv4 addresses are always written as such here, so a range of mapped ones would match nothing.
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  return bits === 0 || isMapped ? undefined : [address, bits];
}

function isIpv4(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv4.isValidCIDRFourPartDecimal(text);
}

function isIpv6(text: string): boolean {
  return text.includes(':') && (ipaddr.IPv6.isValid(text) || ipaddr.IPv6.isValidCIDR(text));
}

function isIn(address: IPv4 | IPv6, [network, bits]: Range): boolean {
  if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, bits);
  return network instanceof ipaddr.IPv6 && address.match(network, bits);
}
