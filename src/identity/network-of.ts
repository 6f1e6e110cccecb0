import ipaddr from 'ipaddr.js';

/** What one subscriber has: an IPv4 address, or the /64 of an IPv6 address, within which anybody can choose another at will. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  return `${parsed.parts.slice(0, 4).join(':')}/64`;
}
