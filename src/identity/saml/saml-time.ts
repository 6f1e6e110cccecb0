import type { Element } from '@xmldom/xmldom';
import { demand } from '../sign-in-refusal.ts';

/** Now, and how far the identity provider's clock may be from ours. Milliseconds. */
export interface Moment {
  readonly nowMs: number;
  readonly clockSkewMs: number;
}

/** SAML core §1.3.3: xs:dateTime in UTC, with `Z`. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/** The time in an attribute, in ms since the epoch. Throws SignInRefused when it is missing or not a SAML time. */
export function instantOf(element: Element, attribute: string): number {
  const text = element.getAttribute(attribute) ?? '';
  const ms = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  demand(!Number.isNaN(ms), 'answer-unreadable');
  return ms;
}

/** True while a NotOnOrAfter has not come: the instant itself is already too late (SAML core §2.5.1.2). */
export function isAhead(notOnOrAfterMs: number, { nowMs, clockSkewMs }: Moment): boolean {
  return nowMs < notOnOrAfterMs + clockSkewMs;
}

/** True once a NotBefore, or an instant that must lie behind us, has come. */
export function isPast(instantMs: number, { nowMs, clockSkewMs }: Moment): boolean {
  return instantMs <= nowMs + clockSkewMs;
}

/** True when the instant is no further from now than the window, either way. */
export function isWithin(instantMs: number, windowMs: number, { nowMs, clockSkewMs }: Moment): boolean {
  return Math.abs(nowMs - instantMs) <= windowMs + clockSkewMs;
}
