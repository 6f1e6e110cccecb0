import { multipartBoundary } from './dicom/dicomweb-media.ts';
import { multipartParts } from './dicom/multipart-parts.ts';
import { BadRequest } from './errors.ts';

/** One field of a form. */
export interface FormPart {
  readonly name: string;
  /** Only where a file is sent. */
  readonly fileName?: string;
  readonly contentType?: string;
  readonly bytes: Uint8Array;
}

const BOUNDARY = /^[\x20-\x7e]{1,200}$/;
const MULTIPART_FORM = /^multipart\/form-data[ \t]*(;|$)/i;
/** RFC 7578 §4.2. `name` is looked for behind a semicolon, or that of `filename` would do. */
const NAME = /;[ \t]*name="([^"\\\r\n]{1,128})"/i;
const FILE_NAME = /;[ \t]*filename="([^"\r\n]{0,512})"/i;
/** So that a whole body that lies in memory is looked at piece by piece, and left where it has too many parts. */
const PIECE_BYTES = 65_536;

/** The boundary of a form that is sent as multipart/form-data (RFC 7578); undefined for any other body. */
export function formBoundary(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !MULTIPART_FORM.test(contentType)) return undefined;
  const boundary = multipartBoundary(contentType) ?? '';
  return BOUNDARY.test(boundary) ? boundary : undefined;
}

/**
 * Takes a form that lies in memory apart; its fields in the order in which they came. Throws BadRequest where it is malformed, ends too
 * early, names a field twice or not at all, or has more fields than `maxParts`.
 */
export async function readFormParts(
  bytes: Uint8Array,
  { boundary, maxParts }: { readonly boundary: string; readonly maxParts: number },
): Promise<readonly FormPart[]> {
  const parts: FormPart[] = [];
  let pieces: Uint8Array[] = [];
  let head: Omit<FormPart, 'bytes'> = { name: '' };
  for await (const event of multipartParts(inPieces(bytes), boundary)) {
    if (event.kind === 'data') pieces.push(event.bytes);
    if (event.kind === 'end') parts.push({ ...head, bytes: Buffer.concat(pieces) });
    if (event.kind !== 'begin') continue;
    if (parts.length === maxParts)
      throw new BadRequest(`A form here has at most ${String(maxParts)} fields.`);
    head = readHead(event.headers);
    pieces = [];
    if (parts.some(({ name }) => name === head.name)) {
      throw new BadRequest('The form has the same field twice.');
    }
  }
  return parts;
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield await Promise.resolve(bytes.subarray(at, at + PIECE_BYTES));
  }
}

function readHead(headers: {
  readonly contentType?: string;
  readonly disposition?: string;
}): Omit<FormPart, 'bytes'> {
  const { contentType, disposition = '' } = headers;
  const name = /^form-data[ \t]*;/i.test(disposition) ? NAME.exec(disposition)?.[1] : undefined;
  if (name === undefined) throw new BadRequest('A field of the form has no name.');
  const fileName = FILE_NAME.exec(disposition)?.[1];
  return {
    name,
    ...(fileName === undefined ? {} : { fileName }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}
