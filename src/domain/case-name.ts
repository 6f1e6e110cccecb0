import type { CaseId } from './identifiers.ts';

/** A case identifier from a SHA-256 in hex: the same digest always names the same case. */
export function caseNameFrom(hex: string): CaseId {
  return parseDigestAsCaseId(hex);
}

/** It has the shape of one by construction. */
function parseDigestAsCaseId(hex: string): CaseId {
  return `c-${uuidFrom(hex)}` as CaseId;
}

/** RFC 9562 §5.8: a UUID of version 8, whose other bits are ours to choose. */
function uuidFrom(hex: string): string {
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
