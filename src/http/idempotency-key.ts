import type { Request } from 'express';
import { BadRequest } from '../domain/errors.ts';

const HEADER = 'Idempotency-Key';
/** A structured-field string, or the bare word that many clients send. */
const KEY = /^(?:"([\x21\x23-\x5b\x5d-\x7e]{1,128})"|([\x21\x23-\x5b\x5d-\x7e]{1,128}))$/;

/**
 * The caller's own name for a call (draft-ietf-httpapi-idempotency-key-header): the same call under the same name is one case. Throws
 * BadRequest for one that is sent twice, empty, longer than 128 characters or not printable ASCII.
 */
export function idempotencyKeyOf(req: Pick<Request, 'headersDistinct'>): {
  readonly idempotencyKey?: string;
} {
  const [value, ...others] = req.headersDistinct[HEADER.toLowerCase()] ?? [];
  if (value === undefined) return {};
  const [, quoted, bare] = KEY.exec(value) ?? [];
  const idempotencyKey = quoted ?? bare;
  if (idempotencyKey !== undefined && others.length === 0) return { idempotencyKey };
  throw new BadRequest(`Send the header ${HEADER} once, with 1 to 128 printable characters and no spaces.`);
}
