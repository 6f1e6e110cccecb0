/** Where addresses inside answers point from, and to. */
export interface UrlMapping {
  /** Every base under which the PACS may name itself, without a trailing slash. */
  readonly ownBaseUrls: readonly string[];
  /** The gateway's DICOMweb base, without a trailing slash. */
  readonly publicBaseUrl: string;
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

/** One address; relative ones stay (they are resolved against the address asked for, which is ours). */
export function rewriteUrl(url: string, mapping: UrlMapping): Rewritten<string> {
  const base = mapping.ownBaseUrls.find(
    (own) => url.startsWith(own) && /^([/?#]|$)/.test(url.slice(own.length)),
  );
  if (base !== undefined) return { value: mapping.publicBaseUrl + url.slice(base.length), unmapped: 0 };
  const isOurs = url === mapping.publicBaseUrl || url.startsWith(`${mapping.publicBaseUrl}/`);
  return { value: url, unmapped: !isOurs && ABSOLUTE.test(url) ? 1 : 0 };
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
  return Object.fromEntries(
    Object.entries(dataset).map(([tag, element]) => [tag, walkElement(tag, element, { one, depth })]),
  );
}

function walkElement(
  tag: string,
  element: unknown,
  at: { readonly one: (url: string) => string; readonly depth: number },
): unknown {
  if (!isObject(element)) return element;
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
