import { z } from 'zod';
import type { EndpointBinding } from '../domain/register.ts';
import type { Attested, InferenceFailure } from '../flows/ports-inference.ts';
import { endOf, failedAs } from './oip-names.ts';

const named = z.object({ model: z.unknown() });

/** No name in the register has brackets. */
const NO_TEXT = '(unreadable)';
/** Servers name themselves early; nor does anybody read a report twice for a name. */
const MAX_TEXT = 65_536;

/**
 * Under which name an answer, or a chunk of one, was served, whatever else is wrong with it: undefined where it says none. What is no JSON
 * is read as far as it goes. A name that is no text is another one, and so is one of two: JSON may have a member twice (RFC 8259 §4).
 */
export function servedName(value: unknown, text: string): string | undefined {
  const model = value === undefined ? undefined : nameOf(named.safeParse(value).data?.model);
  const names = new Set([model, ...namesIn(text.slice(0, MAX_TEXT))]);
  names.delete(undefined);
  const [name] = names;
  return names.size > 1 ? NO_TEXT : name;
}

/** The first bytes of an answer, as a text in which nothing that is no UTF-8 is in the way. */
export function beginningOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, MAX_TEXT)).toString('latin1');
}

/** Servers that do not say it write null, or nothing between the quotes. */
function nameOf(said: unknown): string | undefined {
  if (said === undefined || said === null || said === '') return undefined;
  return typeof said === 'string' ? said : NO_TEXT;
}

/** Whether the name that is to prove it is not there. Two have signed for going without where the attestation is by name only. */
export function lacksName(name: string | undefined, { attestation }: EndpointBinding): boolean {
  return name === undefined && attestation !== 'name-only';
}

/** What is wrong with it, or that another served it: then that is what counts, for the endpoint is to be locked. */
export function failedUnder(
  name: string | undefined,
  failure: InferenceFailure,
  binding: EndpointBinding,
): Attested & { readonly failure: InferenceFailure } {
  return endOf(failedAs(failure, { attestedModel: name }, binding));
}

/** The same as part of what is passed on. */
export function saidName(name: string | undefined): Pick<Attested, 'attestedModel'> {
  return name === undefined ? {} : { attestedModel: name };
}

/** Texts, which are taken whole so that nothing inside one counts, what stands between them, and other values. */
const TOKENS = /"(?:[^"\\]|\\.?)*(?:"|$)|[{}[\]:,]|[^\s"{}[\]:,]+/gs;
const CLOSED_BY: Readonly<Record<string, string>> = { '{': '}', '[': ']' };
/** Values that are neither texts nor null, as they begin. */
const NO_NAME = /^(?:[{[]|-?\d|true$|false$)/;

/** The members `model` of an object that may be cut, or otherwise no JSON; none of what lies in it, or behind a bracket that is wrong. */
function namesIn(text: string): readonly (string | undefined)[] {
  const tokens = [...text.matchAll(TOKENS)].map(([token]) => token);
  const names: (string | undefined)[] = [];
  const closings: string[] = [];
  for (const [place, token] of tokens.entries()) {
    if (!goes(token, closings)) break;
    const isInObject = closings.length === 1 && closings[0] === '}';
    if (isInObject && isKey(tokens, place)) names.push(valueOf(tokens[place + 2]));
  }
  return names;
}

/** Notes brackets that open and close; false for one that closes what is not open. */
function goes(token: string, closings: string[]): boolean {
  const closing = CLOSED_BY[token];
  if (closing !== undefined) closings.push(closing);
  return (token !== '}' && token !== ']') || closings.pop() === token;
}

/** Keys may have escapes too. */
function isKey(tokens: readonly string[], place: number): boolean {
  const before = tokens[place - 1];
  if (tokens[place + 1] !== ':' || (before !== '{' && before !== ',')) return false;
  return textOf(tokens[place]) === 'model';
}

function valueOf(token = ''): string | undefined {
  return NO_NAME.test(token) ? NO_TEXT : nameOf(textOf(token));
}

function textOf(token = ''): string | undefined {
  if (!token.startsWith('"')) return undefined;
  try {
    const said: unknown = JSON.parse(token);
    return typeof said === 'string' ? said : undefined;
  } catch {
    // It is cut, or none.
    return undefined;
  }
}
