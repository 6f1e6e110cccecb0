import type { Request } from 'express';
import { TokenRefused } from '../../domain/errors.ts';
import { TOKEN_SCOPES, type TokenScope } from '../../domain/words.ts';

/** A token request, read but not yet believed. */
export type TokenRequest = (
  | { readonly grant: 'assertion'; readonly assertion: string }
  | { readonly grant: 'code'; readonly username: string; readonly password: string }
) & {
  /** Undefined when none were asked for. */
  readonly scopes: readonly TokenScope[] | undefined;
};

type Form = Pick<Request, 'originalUrl' | 'headers' | 'body'>;

/** RFC 7522 §2.1. */
const SAML_BEARER = 'urn:ietf:params:oauth:grant-type:saml2-bearer';

/**
 * Reads a token request (RFC 6749 §3.2, §4.3.2; RFC 7522 §2.1): a form, nothing in the query, each parameter once; those that are
 * not known are ignored, empty ones count as left out. Throws TokenRefused.
 */
export function readTokenRequest(req: Form): TokenRequest {
  const scopes = scopesIn(formField(req, 'scope'));
  const grantType = wanted(req, 'grant_type');
  if (grantType === SAML_BEARER) return { grant: 'assertion', assertion: wanted(req, 'assertion'), scopes };
  if (grantType !== 'password') {
    const detail = `Use grant_type ${SAML_BEARER}, or password with a one-time code.`;
    throw new TokenRefused('unsupported_grant_type', detail);
  }
  const credentials = { username: wanted(req, 'username'), password: wanted(req, 'password') };
  return { grant: 'code', ...credentials, scopes };
}

/** One field of a form that must be there. Throws TokenRefused('invalid_request'). */
export function wanted(req: Form, name: string): string {
  const value = formField(req, name);
  if (value === undefined) throw new TokenRefused('invalid_request', `Send ${name} in the form.`);
  return value;
}

function formField(req: Form, name: string): string | undefined {
  const values = fieldsOf(req).flatMap(([key, value]) => (key === name ? [value] : []));
  const [value = ''] = values;
  if (typeof value !== 'string') throw new TokenRefused('invalid_request', `Send ${name} once.`);
  return value === '' ? undefined : value;
}

/** As pairs: a field called `__proto__` is a field like any other. */
function fieldsOf({ originalUrl, headers, body }: Form): readonly (readonly [string, unknown])[] {
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? '');
  const fields: unknown = body;
  if (isForm && !originalUrl.includes('?') && typeof fields === 'object' && fields !== null) {
    return Object.entries(fields);
  }
  throw new TokenRefused('invalid_request', 'Send the parameters as a form, in the body alone.');
}

function scopesIn(text: string | undefined): readonly TokenScope[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(' ');
  const scopes = TOKEN_SCOPES.filter((scope) => names.includes(scope));
  if (scopes.length === new Set(names).size) return scopes;
  throw new TokenRefused(
    'invalid_scope',
    `Known scopes are ${TOKEN_SCOPES.join(', ')}, with one space between.`,
  );
}
