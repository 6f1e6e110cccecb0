/** Something behind the gateway, and the address at which the gateway serves it; both without a trailing slash. */
export interface BaseMapping {
  readonly ownBaseUrl: string;
  readonly publicBaseUrl: string;
}

/** Where addresses inside answers point from, and to. */
export interface UrlMapping {
  /** Every base under which the PACS may name itself, without a trailing slash. */
  readonly ownBaseUrls: readonly string[];
  /** The gateway's DICOMweb base for this PACS, without a trailing slash. */
  readonly publicBaseUrl: string;
  /** What else is behind the gateway: a PACS may name another one, or its own WADO-URI. */
  readonly others?: readonly BaseMapping[];
}

/** An answer with the gateway's own addresses, and how many of another host were left as they were. */
export interface Rewritten<T> {
  readonly value: T;
  readonly unmapped: number;
}

const RETRIEVE_URL = '00081190';
const RETRIEVE_URI = '0040E010';
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;
/** Deeper than any real dataset, and far from the end of the stack. */
const MAX_DEPTH = 64;

/**
 * One address; relative ones stay (they are resolved against the address asked for, which is ours). The longest base counts, and
 * among equals that of the PACS which answered; an address of the gateway's own stays as it is.
 */
export function rewriteUrl(url: string, mapping: UrlMapping): Rewritten<string> {
  let [from, to] = ['', ''];
  const consider = (own: string, target: string): void => {
    if (own.length > from.length && isBelow(url, own)) [from, to] = [own, target];
  };
  const { publicBaseUrl, others = [] } = mapping;
  for (const own of mapping.ownBaseUrls) consider(own, publicBaseUrl);
  consider(publicBaseUrl, publicBaseUrl);
  for (const other of others) {
    consider(other.ownBaseUrl, other.publicBaseUrl);
    consider(other.publicBaseUrl, other.publicBaseUrl);
  }
  if (from !== '') return { value: to + url.slice(from.length), unmapped: 0 };
  return { value: url, unmapped: ABSOLUTE.test(url) ? 1 : 0 };
}

/** The gateway's own address for one that a PACS gave, whole or by path alone; undefined for any other, so that none of the inside shows. */
export function publicUrl(url: string, mapping: UrlMapping): string | undefined {
  const isPath = /^\/(?!\/)/.test(url);
  // By path alone it is meant below the PACS, whichever of its names that has.
  const whole = isPath ? mapping.ownBaseUrls.map((base) => URL.parse(url, base)?.href ?? '') : [url];
  const known = [mapping, ...(mapping.others ?? [])].map(({ publicBaseUrl }) => publicBaseUrl);
  return whole
    .map((one) => rewriteUrl(one, mapping).value)
    .find((one) => known.some((base) => isBelow(one, base)));
}

/** Whether an address is this base, or lies below it. */
function isBelow(url: string, base: string): boolean {
  return url.startsWith(base) && (url.length === base.length || '/?#'.includes(url.charAt(base.length)));
}

/**
 * A dataset in the DICOM JSON model (PS3.18 Annex F) whose Retrieve URL (0008,1190), Retrieve URI (0040,E010) and
 * BulkDataURI, at any depth of sequences, name the gateway. Values of other kinds pass as they are.
 * Throws RangeError for nesting deeper than 64: no such dataset is let through unread.
 */
export function rewriteDicomUrls(dataset: unknown, mapping: UrlMapping): Rewritten<unknown> {
  const counter = { unmapped: 0 };
  const one = (url: string): string => {
    const { value, unmapped } = rewriteUrl(url, mapping);
    counter.unmapped += unmapped;
    return value;
  };
  return { value: walkDataset(dataset, one, 0), unmapped: counter.unmapped };
}

function walkDataset(dataset: unknown, one: (url: string) => string, depth: number): unknown {
  if (!isObject(dataset)) return dataset;
  if (depth > MAX_DEPTH) throw new RangeError('dataset nested too deeply');
  const tags = Object.keys(dataset);
  // Most hold no address: what does not change is not made again.
  if (!tags.some((tag) => mayHoldUrls(tag, dataset[tag]))) return dataset;
  return Object.fromEntries(
    tags.map((tag) => [tag, walkElement(tag, dataset[tag], { one, depth })] as const),
  );
}

function walkElement(
  tag: string,
  element: unknown,
  at: { readonly one: (url: string) => string; readonly depth: number },
): unknown {
  if (!mayHoldUrls(tag, element)) return element;
  const { one, depth } = at;
  return Object.fromEntries(
    Object.entries(element).map(([key, held]): readonly [string, unknown] => {
      if (key === 'BulkDataURI' && typeof held === 'string') return [key, one(held)];
      if (key !== 'Value' || !Array.isArray(held)) return [key, held];
      if (tag === RETRIEVE_URL || tag === RETRIEVE_URI)
        return [key, held.map((url: unknown) => (typeof url === 'string' ? one(url) : url))];
      return [
        key,
        element['vr'] === 'SQ' ? held.map((item: unknown) => walkDataset(item, one, depth + 1)) : held,
      ];
    }),
  );
}

/** An address stands in one of two elements, in a BulkDataURI, or somewhere below a sequence. */
function mayHoldUrls(tag: string, element: unknown): element is Readonly<Record<string, unknown>> {
  if (!isObject(element)) return false;
  return (
    element['vr'] === 'SQ' ||
    tag === RETRIEVE_URL ||
    tag === RETRIEVE_URI ||
    Object.hasOwn(element, 'BulkDataURI')
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
