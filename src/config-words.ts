import { z } from 'zod';
import type { FileFields, NamedFile } from './config-files.ts';
import { ASSURANCES } from './domain/words.ts';
import { parseAddressRanges } from './identity/machines/address-ranges.ts';

const SHA_256 = /^[0-9a-f]{64}$/i;
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
/** Names of the gateway's own doors, and of the sandbox. */
const OWN_NAMES = 'urn:countersign:';
const SHORTEST_SECRET = 16;

/** Part of an address: `/auth/saml/<id>/…`. */
export const doorId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);
/** What people see on the sign-in page. */
export const title = z.string().min(1).max(80);
export const httpUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !url.endsWith('/'), 'no slash at the end');
/** A web address exactly as another system spells it, slash at the end or not. */
const anyHttpUrl = z.url({ protocol: /^https?$/ });
/** Whether a URL leads to this machine. */
export function isLoopback(url: string): boolean {
  return LOOPBACK.includes(URL.parse(url)?.hostname ?? '');
}
/** https, or this machine only: what people, keys and images travel over. */
export const safeUrl = anyHttpUrl.refine(
  (url) => url.startsWith('https:') || isLoopback(url),
  'https, unless loopback',
);
/** An origin under which browsers reach us. */
export const publicOrigin = httpUrl
  .refine((url) => url.startsWith('https:') || isLoopback(url), 'https, unless loopback')
  .refine((url) => URL.parse(url)?.pathname === '/', 'an origin, without a path');
/** An origin of other pages, for which answers are made readable. */
export const otherOrigin = z
  .string()
  .refine(
    isOtherOrigin,
    'an origin exactly as browsers send it: https (or http on this machine), lower case, no path, no pattern',
  );
export const listener = z.strictObject({
  /** Address to bind to; `0.0.0.0` for all. */
  host: z.string().min(1),
  port: z.int().min(0).max(65_535),
});
/** 1 password, 2 second factor, 3 smart card. */
export const assurance = z.literal(ASSURANCES);
/** Tolerated difference between a provider's clock and ours. Never negative: a library takes that for "check no time". */
export const clockSkewSeconds = z.int().min(0).max(60);
/** Addresses: one (`10.1.2.3`) or a network (`10.1.0.0/16`), but not everybody (`0.0.0.0/0`). */
export const addresses = z
  .array(
    z
      .string()
      .refine(
        (text) => parseAddressRanges([text]) !== undefined,
        'an address or a network like 10.1.0.0/16; not all addresses there are',
      ),
  )
  .min(1);
/** Name under which people of a provider stand in the register. */
export const providerName = z
  .string()
  .min(1)
  .refine((name) => !name.startsWith(OWN_NAMES), `names that begin with ${OWN_NAMES} are the gateway’s own`);
/** SHA-256 in hex. */
export const fingerprint = z.string().regex(SHA_256, 'SHA-256 in hex');

/** A file that holds a secret of a length that nobody guesses. */
export function longSecret(file: FileFields): z.ZodType<NamedFile> {
  return file.secret.refine(
    ({ text }) => text.trim().length >= SHORTEST_SECRET,
    `this file must hold a secret of ${SHORTEST_SECRET} characters or more`,
  );
}

/** A file that holds a SHA-256 in hex. */
export function hashFile(file: FileFields): z.ZodType<NamedFile> {
  return file.secret.refine(({ text }) => SHA_256.test(text.trim()), 'this file must hold a SHA-256 in hex');
}
/** An object identifier in dotted numbers. */
export const oid = z.string().regex(/^[0-2](\.\d+)+$/, 'an object identifier in dotted numbers');

function isOtherOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.origin !== text || text.includes('*')) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(text));
}
