import { parseSearchQuery, type SearchQuery } from '../domain/dicom/dicomweb-query.ts';
import { parseDicomwebTarget } from '../domain/dicom/dicomweb-resource.ts';

/** An address of the DICOMweb door, taken apart. */
export type DicomwebTarget = ReturnType<typeof parseDicomwebTarget>;

/** Takes addresses apart. */
export interface Targets {
  /** Throws what parseDicomwebTarget throws. */
  readonly parse: (target: string) => DicomwebTarget;
  /** The query of a search. Throws BadRequest. */
  readonly queryOf: (target: DicomwebTarget) => SearchQuery;
}

interface Limits {
  readonly maxEntries: number;
  /** Of an address; longer ones are taken apart each time. */
  readonly maxLength: number;
}

const LIMITS: Limits = { maxEntries: 256, maxLength: 1_024 };

/**
 * Makes a parser that remembers searches: a worklist asks for the same address every few seconds. What an address says depends on
 * nothing else. Addresses of images are not kept; a reading room asks for each of them once. Those asked for longest ago leave first.
 */
export function createTargets(limits: Limits = LIMITS): Targets {
  const kept = new Map<string, DicomwebTarget>();
  const queries = new WeakMap<DicomwebTarget, SearchQuery>();
  const keep = (target: string, parsed: DicomwebTarget): void => {
    if (parsed.resource.kind !== 'search' || target.length > limits.maxLength) return;
    // Asked for last, so it leaves last.
    kept.delete(target);
    kept.set(target, parsed);
    const [oldest] = kept.size > limits.maxEntries ? kept.keys() : [];
    if (oldest !== undefined) kept.delete(oldest);
  };
  return {
    parse: (target) => {
      const parsed = kept.get(target) ?? parseDicomwebTarget(target);
      keep(target, parsed);
      return parsed;
    },
    queryOf: (target) => {
      const known = queries.get(target);
      if (known !== undefined) return known;
      const query = parseSearchQuery(target.query);
      queries.set(target, query);
      return query;
    },
  };
}
