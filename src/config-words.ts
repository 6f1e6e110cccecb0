import { z } from 'zod';
import { ASSURANCES } from './domain/words.ts';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const CIDR = /^[0-9a-fA-F.:]+(\/\d{1,3})?$/;

/** Names that only the sandbox may use. */
export const SANDBOX_NAMES = 'urn:countersign:sandbox:';

/** Part of an address: `/auth/saml/<id>/…`. */
export const doorId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);
/** What people see on the sign-in page. */
export const title = z.string().min(1).max(80);
export const httpUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !url.endsWith('/'), 'no slash at the end');
/** A web address exactly as another system spells it, slash at the end or not. */
const anyHttpUrl = z.url({ protocol: /^https?$/ });
/** https, or this machine only: what people, keys and images travel over. */
export const safeUrl = anyHttpUrl.refine(
  (url) => url.startsWith('https:') || LOOPBACK.includes(new URL(url).hostname),
  'https, unless loopback',
);
/** An origin under which browsers reach us. */
export const publicOrigin = httpUrl
  .refine(
    (url) => url.startsWith('https:') || LOOPBACK.includes(new URL(url).hostname),
    'https, unless loopback',
  )
  .refine((url) => new URL(url).pathname === '/', 'an origin, without a path');
export const listener = z.strictObject({
  /** Address to bind to; `0.0.0.0` for all. */
  host: z.string().min(1),
  port: z.int().min(0).max(65_535),
});
/** 1 password, 2 second factor, 3 smart card. */
export const assurance = z.literal(ASSURANCES);
/** Tolerated difference between a provider's clock and ours. Never negative: a library takes that for "check no time". */
export const clockSkewSeconds = z.int().min(0).max(60);
/** Addresses: one (`10.1.2.3`) or a network (`10.1.0.0/16`). */
export const addresses = z.array(z.string().regex(CIDR, 'an address or a network like 10.1.0.0/16')).min(1);
/** An object identifier in dotted numbers. */
export const oid = z.string().regex(/^[0-2](\.\d+)+$/, 'an object identifier in dotted numbers');
