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
 * is read as far as it goes, and a name that is no text is another one.
 */
export function servedName(value: unknown, text: () => string): string | undefined {
  if (value === undefined) return nameIn(text().slice(0, MAX_TEXT));
  const model = named.safeParse(value).data?.model ?? '';
  if (model === '') return undefined;
  return typeof model === 'string' ? model : NO_TEXT;
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

/** Texts, which are taken whole so that nothing inside one counts, and what stands between them. */
const TOKENS = /"(?:[^"\\]|\\.?)*(?:"|$)|[{}[\]:]/gs;
const DEPTHS: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 };

/** The member `model` of an object that is cut, or otherwise no JSON; not one of what lies in it. */
function nameIn(text: string): string | undefined {
  const tokens = [...text.matchAll(TOKENS)].map(([token]) => token);
  let depth = 0;
  for (const [place, token] of tokens.entries()) {
    depth += DEPTHS[token] ?? 0;
    if (depth === 1 && token === '"model"' && tokens[place + 1] === ':') return textOf(tokens[place + 2]);
  }
  return undefined;
}

function textOf(token = ''): string | undefined {
  try {
    const said: unknown = JSON.parse(token);
    return typeof said === 'string' && said !== '' ? said : undefined;
  } catch {
    // It is cut, or none.
    return undefined;
  }
}
