import { GatewayError } from '../errors.ts';
import { multipartBoundary, splitOutsideQuotes } from './dicomweb-media.ts';

/** In which form objects are sent. */
export type StoreForm =
  | { readonly kind: 'multipart'; readonly boundary: string }
  /** One object by itself, without a multipart around it. */
  | { readonly kind: 'single' };

const DICOM = 'application/dicom';
/** RFC 2046 §5.1.1: what a boundary may hold, and not a space at its end. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,199}[0-9A-Za-z'()+_,\-./:=?]$/;

/**
 * The form of a store request, by its headers (PS3.18 §10.5.2): multipart/related of application/dicom, `type` quoted or not or left
 * out, and one application/dicom object by itself. Throws GatewayError('unsupported-media-type') for everything else.
 */
export function storeForm(headers: Readonly<Record<string, string>>): StoreForm {
  checkCoding(headers['content-encoding'] ?? '');
  const contentType = headers['content-type'] ?? '';
  const type = contentType.replace(/;.*$/s, '').trim().toLowerCase();
  const parameters = splitOutsideQuotes(contentType, ';').slice(1);
  if (type === DICOM) return { kind: 'single' };
  if (type !== 'multipart/related') {
    throw unsupported(`Send objects as multipart/related; type="${DICOM}", or one as ${DICOM}.`);
  }
  checkRoot(parameters.map((parameter) => parameter.trim()));
  const boundary = multipartBoundary(contentType);
  if (boundary === undefined || !BOUNDARY.test(boundary)) {
    throw unsupported('The Content-Type of a multipart/related body names its boundary.');
  }
  return { kind: 'multipart', boundary };
}

/** Whether a part holds a whole object. One that says nothing is taken for what the body as a whole is. */
export function isObjectPart({
  contentType,
  transferEncoding,
}: {
  readonly contentType?: string;
  readonly transferEncoding?: string;
}): boolean {
  const isDicom = /^application\/dicom[ \t]*(;|$)/i.test(contentType ?? DICOM);
  return isDicom && /^(binary|8bit|7bit)?$/i.test(transferEncoding ?? '');
}

/** What is packed could not be judged by what it says. */
function checkCoding(coding: string): void {
  if (/^(|identity)$/i.test(coding.trim())) return;
  throw unsupported('Send objects without Content-Encoding.');
}

/** Metadata apart from its bulk data cannot be judged before all of it is there. */
function checkRoot(parameters: readonly string[]): void {
  const root = parameters.find((parameter) => /^type\s*=/i.test(parameter)) ?? '';
  const named = root
    .replace(/^type\s*=\s*/i, '')
    .replace(/^"(.*)"$/, '$1')
    .trim()
    .toLowerCase();
  if (named === '' || named === DICOM) return;
  const isMetadata = /^application\/dicom\+(json|xml)$/.test(named);
  throw unsupported(
    isMetadata
      ? `Objects sent as metadata and bulk data are not taken. Send them whole, as ${DICOM}.`
      : `Send objects as multipart/related; type="${DICOM}".`,
  );
}

function unsupported(detail: string): GatewayError {
  return new GatewayError('unsupported-media-type', { detail });
}
