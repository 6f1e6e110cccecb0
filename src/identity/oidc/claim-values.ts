/** Claims as they were read: of an ID token, or of the userinfo endpoint. */
export type Claims = Readonly<Record<string, unknown>>;

/** What a person proved: claims that were signed, and those that came over the provider's own connection. */
export interface ClaimSources {
  readonly idToken: Claims;
  readonly userinfo?: Claims;
}

/** Every value that stands under one of these names, wherever it stands. */
export function claimValues(
  { idToken, userinfo = {} }: ClaimSources,
  ...names: readonly string[]
): unknown[] {
  return [idToken, userinfo].flatMap((claims) =>
    names.flatMap((name) => (Object.hasOwn(claims, name) ? [claims[name]] : [])),
  );
}

/** True for an object that is no list. */
export function isRecord(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string that can stand in a record: trimmed, not empty, not longer, without control characters; else undefined. */
export function plainText(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > maxLength) return undefined;
  return value === value.trim() && !/\p{Cc}/u.test(value) ? value : undefined;
}
