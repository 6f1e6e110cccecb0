/** Negotiation for DICOMweb (PS3.18 §8.7), as far as the gateway must understand what it passes on. */

/** A media range of an Accept header (RFC 9110 §12.5.1), as far as the gateway decides by it; all in lower case. */
interface MediaRange {
  readonly type: string;
  /** Parameters without quotes. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** How datasets are written: the DICOM JSON model (PS3.18 Annex F), or the Native DICOM Model in XML (PS3.19 Annex A). */
export type DatasetFormat = 'json' | 'xml';

const JSON_TYPES: readonly string[] = ['application/dicom+json', 'application/json'];
const JSON_TYPE = /^application\/(dicom\+)?json\b/i;
export const XML_TYPE = 'application/dicom+xml';
/** The second and third are what some servers take it by. */
const XML_TYPES: readonly string[] = [XML_TYPE, 'application/xml', 'text/xml'];
/** The form in which XML is asked for and given: one part for each object (PS3.18 §8.7.3.2). */
export const XML_PARTS = `multipart/related; type="${XML_TYPE}"`;

/** What viewers send; the rest is taken apart. */
const USUAL: ReadonlySet<string> = new Set(['*/*', ...JSON_TYPES]);

/**
 * In which form an Accept header takes datasets, read leniently; JSON where it takes both, or says nothing. Undefined when
 * it takes neither.
 */
export function datasetFormat(accept: string | undefined): DatasetFormat | undefined {
  if (accept === undefined || accept.trim() === '' || USUAL.has(accept)) return 'json';
  const ranges = mediaRanges(accept);
  if (JSON_TYPES.some((type) => isTaken(ranges, type))) return 'json';
  return ranges.some((range) => !isRefused(range) && isXml(range)) ? 'xml' : undefined;
}

/** Whether a Content-Type says JSON. */
export function isJsonType(contentType = ''): boolean {
  return JSON_TYPE.test(contentType);
}

/**
 * What a caller takes datasets in, of the parameter `accept` and the header: what the parameter names goes first, where it names a form
 * that can be given, else the header (PS3.18 §8.7.8.1). Wildcards have no place in the parameter (§8.3.3.1).
 */
export function acceptedDatasets(named: string | undefined, header: string | undefined): string | undefined {
  // Written plain in an address, its sign is read as a blank.
  const types = (named ?? '').replaceAll(/\b(dicom) (json|xml)\b/gi, '$1+$2');
  const isForm = types.trim() !== '' && !types.includes('*') && datasetFormat(types) !== undefined;
  return isForm ? types : header;
}

/** As what a Content-Type sends one dataset, and nothing else. XML is read in UTF-8 only. Undefined for any other. */
export function sentFormat(contentType = ''): DatasetFormat | undefined {
  const [sent] = mediaRanges(contentType);
  if (sent === undefined) return undefined;
  if (JSON_TYPES.includes(sent.type)) return 'json';
  return XML_TYPES.includes(sent.type) && isPlainText(sent) ? 'xml' : undefined;
}

function isPlainText({ parameters }: MediaRange): boolean {
  return ['utf-8', 'us-ascii'].includes(parameters.get('charset') ?? 'utf-8');
}

/** The Accept header to ask a PACS for datasets with. One that takes neither form goes on as it came: what then happens is the PACS's to say. */
export function datasetsAccept(accept = ''): string {
  const format = datasetFormat(accept);
  if (format === undefined) return accept;
  return format === 'json' ? 'application/dicom+json' : XML_PARTS;
}

export const WADL_TYPE = 'application/vnd.sun.wadl+xml';

/** How an Accept header takes the description of a service: WADL where nothing else is named (PS3.18 §8.9.3). */
export function capabilitiesFormat(accept: string | undefined): 'wadl' | 'json' | undefined {
  if (accept === undefined || accept.trim() === '') return 'wadl';
  const ranges = mediaRanges(accept);
  const named = new Set(ranges.filter((range) => !isRefused(range)).map(({ type }) => type));
  const isJson = JSON_TYPES.some((type) => isTaken(ranges, type));
  if (isJson && !named.has(WADL_TYPE) && JSON_TYPES.some((type) => named.has(type))) return 'json';
  const isWadl = [WADL_TYPE, 'application/xml', 'text/xml'].some((type) => isTaken(ranges, type));
  if (isWadl) return 'wadl';
  return isJson ? 'json' : undefined;
}

/** Of a type, its family and the wildcard of all, the nearest one counts, so that one type can be refused beside a wildcard. */
function isTaken(ranges: readonly MediaRange[], type: string): boolean {
  const wanted = [type, type.replace(/\/.*/, '/*'), '*/*'];
  const nearest = wanted
    .map((one) => ranges.find((range) => range.type === one))
    .find((range) => range !== undefined);
  return nearest !== undefined && !isRefused(nearest);
}

function isXml({ type, parameters }: MediaRange): boolean {
  if (XML_TYPES.includes(type) || type === 'multipart/*') return true;
  // Some write the transfer syntax inside the quotes.
  const inner = parameters.get('type')?.replace(/;.*$/, '').trim() ?? XML_TYPE;
  return type === 'multipart/related' && inner === XML_TYPE;
}

/** Whether an Accept header takes a type; a missing one takes all. */
export function takesType(accept: string | undefined, type: string): boolean {
  return accept === undefined || accept.trim() === '' || isTaken(mediaRanges(accept), type);
}

/**
 * The one type that a caller wants something in by itself, not in a multipart; undefined when it takes a multipart, or
 * names none. What stands first counts: a browser puts what it would like before the wildcard of all.
 */
export function singlePartType(accept: string | undefined): string | undefined {
  const ranges = mediaRanges(accept ?? '').filter((range) => !isRefused(range));
  if (ranges.some(({ type }) => type.startsWith('multipart/'))) return undefined;
  const first = ranges[0]?.type;
  return first === undefined || first === '*/*' ? undefined : first;
}

/** The transfer syntax that an Accept header's first range names (PS3.18 §8.7.3.5.2); undefined without one that is well-formed. */
export function askedTransferSyntax(accept: string | undefined): string | undefined {
  const value = mediaRanges(accept ?? '')[0]?.parameters.get('transfer-syntax');
  return value !== undefined && /^([0-9.]{1,64}|\*)$/.test(value) ? value : undefined;
}

function mediaRanges(accept: string): readonly MediaRange[] {
  return splitOutsideQuotes(accept, ',').flatMap((range) => {
    const [type = '', ...parameters] = splitOutsideQuotes(range, ';').map((part) =>
      part.trim().toLowerCase(),
    );
    return type === '' ? [] : [{ type, parameters: new Map(parameters.map(nameAndValue)) }];
  });
}

function nameAndValue(parameter: string): readonly [name: string, value: string] {
  const mark = parameter.indexOf('=');
  if (mark === -1) return [parameter, ''];
  const value = parameter.slice(mark + 1).trim();
  return [parameter.slice(0, mark).trim(), value.replace(/^"(.*)"$/, '$1')];
}

function isRefused({ parameters }: MediaRange): boolean {
  return /^0(\.0*)?$/.test(parameters.get('q') ?? '1');
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

/** Splits at a separator that stands outside quotes. */
export function splitOutsideQuotes(text: string, separator: string): readonly string[] {
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
