/** Negotiation for DICOMweb (PS3.18 §8.7), as far as the gateway must understand what it passes on. */

const JSON_RANGES = ['*/*', 'application/*', 'application/dicom+json', 'application/json'];

/**
 * Whether an Accept header takes DICOM JSON, read leniently (quoted commas, `q=0`). The gateway reads metadata and search
 * results to judge and rewrite them, and reads JSON only.
 */
export function acceptsDicomJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  return splitOutsideQuotes(accept, ',').some((range) => {
    const [type = '', ...parameters] = splitOutsideQuotes(range, ';').map((part) =>
      part.trim().toLowerCase(),
    );
    return JSON_RANGES.includes(type) && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

const PICTURES = ['image/png', 'image/jpeg', 'image/gif'];

/**
 * The one media range to ask a PACS for a picture with. A browser names half a dozen in its Accept header for `<img>`, and
 * some PACS answer more than one range with 400. A single range passes as it came; of several, the first that is a still picture
 * of PS3.18 §8.7.4 is taken, else any.
 */
export function onePictureRange(accept: string | undefined): string {
  const ranges = splitOutsideQuotes(accept ?? '', ',').map((range) => range.trim());
  const [only, ...others] = ranges;
  if (only && others.length === 0) return only;
  const types = ranges.map((range) => range.replace(/;.*$/, '').trim().toLowerCase());
  return types.find((type) => PICTURES.includes(type)) ?? '*/*';
}

/** The boundary of a multipart media type; undefined for any other type, or without a usable boundary (RFC 2046 §5.1.1). */
export function multipartBoundary(contentType: string | undefined): string | undefined {
  const [type = '', ...parameters] = splitOutsideQuotes(contentType ?? '', ';').map((part) => part.trim());
  if (!/^multipart\//i.test(type)) return undefined;
  const parameter = parameters.find((part) => /^boundary=/i.test(part));
  const boundary = parameter?.slice('boundary='.length).replace(/^"(.*)"$/, '$1') ?? '';
  return boundary.length > 0 && boundary.length <= 200 ? boundary : undefined;
}

/** The SOP Instance UID in the address of an object or of something of it; undefined when it holds none. */
export function instanceInLocation(location: string): string | undefined {
  return /\/instances\/([0-9.]{1,64})(?:[/?#]|$)/.exec(location)?.[1];
}

/**
 * Cache-Control for what a signed-in person read: the PACS's own, but never for a cache that others share (RFC 9111 §5.2.2).
 */
export function privateCaching(upstream: string | undefined): string {
  const directives = (upstream ?? '')
    .split(',')
    .map((directive) => directive.trim())
    .filter(
      (directive) => directive !== '' && !/^(public|private|s-maxage|proxy-revalidate)\b/i.test(directive),
    );
  return ['private', ...directives].join(', ');
}

function splitOutsideQuotes(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let isQuoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') isQuoted = !isQuoted;
    if (text[at] !== separator || isQuoted) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  return [...parts, text.slice(start)];
}
