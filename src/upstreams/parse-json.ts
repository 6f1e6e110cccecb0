import { isDeeperThan } from '../domain/json-depth.ts';

/** As deep as inference servers read JSON. */
const MAX_DEPTH = 100;

/** What a text, or bytes in UTF-8, say as JSON. Undefined for what is neither, or nests without sense. */
export function parseJson(said: string | Uint8Array): unknown {
  try {
    const text = typeof said === 'string' ? said : new TextDecoder('utf-8', { fatal: true }).decode(said);
    const value: unknown = JSON.parse(text);
    return isDeeperThan(value, MAX_DEPTH) ? undefined : value;
  } catch {
    // The caller says what that means.
    return undefined;
  }
}
