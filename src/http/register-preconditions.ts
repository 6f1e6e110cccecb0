import type { Request } from 'express';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import { recordNamedBy, type NamedRecord } from '../domain/named-record.ts';
import type { RegisterAct } from '../domain/register-acts.ts';
import type { ActDraft } from '../flows/ports-register.ts';

type Headers = Pick<Request, 'headers'>['headers'];
type IfMatch = NonNullable<ActDraft['ifMatch']>;

/** RFC 9110 §8.8.3. */
const ENTITY_TAG = /^"([\x21\x23-\x7e]*)"$/;
const ENTITY_TAGS = /^(W\/)?"[\x21\x23-\x7e]*"( *, *(W\/)?"[\x21\x23-\x7e]*")*$/;
/** The empty text holds only while there is no such record. */
const NO_RECORD = '';

/** An entity tag as it stands in a header. */
export function quotedTag(etag: string): string {
  return `"${etag}"`;
}

/** Whether the caller has this state already (RFC 9110 §13.1.2, weak comparison). Throws BadRequest for a malformed header. */
export function isKnownTo({ headers }: Pick<Request, 'headers'>, etag: string): boolean {
  const header = headers['if-none-match']?.trim();
  if (header === undefined) return false;
  if (header === '*') return true;
  if (!ENTITY_TAGS.test(header))
    throw new BadRequest('If-None-Match must list entity tags in quotes, or be *.');
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === quotedTag(etag));
}

/**
 * Which state of which record an act holds for. One that changes a record says so by If-Match, with the one entity tag that its
 * editor has seen; one that adds a record may say by `If-None-Match: *` that there must be none yet.
 * Throws GatewayError('precondition-required'), BadRequest for a header that does not go with the act.
 */
export function preconditionOf({ headers }: Pick<Request, 'headers'>, act: RegisterAct): IfMatch | undefined {
  const record = recordNamedBy(act);
  if (record?.action === 'changed') return changeOf(headers, record);
  if (headers['if-match'] !== undefined)
    throw new BadRequest('If-Match goes with acts that change a record.');
  const ifNoneMatch = headers['if-none-match']?.trim();
  if (ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch !== '*' || record === undefined) {
    throw new BadRequest(
      'If-None-Match is * here, and goes with acts that add a record under a name of its own.',
    );
  }
  return { kind: record.kind, id: record.id, etag: NO_RECORD };
}

/** The one entity tag of an If-Match header, without its quotes. Throws BadRequest for a malformed one. */
export function entityTagIn(header: string): string {
  const etag = ENTITY_TAG.exec(header.trim())?.[1];
  if (etag === undefined || etag === NO_RECORD) {
    throw new BadRequest('If-Match must be the one ETag of the record as you have read it, in its quotes.');
  }
  return etag;
}

function changeOf(headers: Headers, { kind, id }: NamedRecord): IfMatch {
  if (headers['if-none-match'] !== undefined) {
    throw new BadRequest('If-None-Match goes with acts that add a record.');
  }
  const header = headers['if-match']?.trim();
  if (header === undefined || header === '*') {
    const detail = `Send If-Match with the ETag of ${kind} ${id} as you have read it, so that nobody’s change is lost.`;
    throw new GatewayError('precondition-required', { detail });
  }
  return { kind, id, etag: entityTagIn(header) };
}
