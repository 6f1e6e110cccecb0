import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import {
  dueKeyChanges,
  signingKey,
  type CardKeyTerms,
  type CardKeyTimes,
} from '../domain/card-key-schedule.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Instant } from '../domain/register.ts';
import type { CardKeyChange, CardKeys, PublishedKey } from '../flows/ports-card.ts';
import { readCardKeys, writeCardKeys, type StoredKey } from './card-key-file.ts';
import type { CardKeySet, PublicHalf } from './card-key-set.ts';

interface CardKeyOptions {
  /** File that holds them; made when the first is kept. */
  readonly path: string;
  /** How long each key signs, days. */
  readonly keyDays: number;
  /** Told when the file is there and cannot be used: new keys take the place of those in it. */
  readonly onWarn: (sentence: string) => void;
  /** Where all nodes of the gateway show their keys; this node alone when absent. */
  readonly keySet?: CardKeySet;
}

const DAY_MS = 86_400_000;
/** Key sets are kept by others for an hour; a day leaves room for clocks and for a night in which nobody asks. */
const AHEAD_MS = DAY_MS;
/** No policy lets a card last longer than an hour. */
const AFTER_MS = DAY_MS;

interface Draft {
  readonly at: Instant;
  readonly keys: readonly StoredKey[];
  readonly changes: readonly CardKeyChange[];
}

/**
 * The keys of the credential card (Ed25519, RFC 8032), in a file that only the gateway's user may read. A file that others can read,
 * or that is damaged, is given up: its keys are published no more, so that nobody who copied them can make a card.
 */
export function openCardKeys({ path, keyDays, onWarn, keySet }: CardKeyOptions): CardKeys {
  const terms = { signsForMs: keyDays * DAY_MS, aheadMs: AHEAD_MS, afterMs: AFTER_MS };
  const read = readCardKeys(path);
  if ('unusable' in read) {
    onWarn(`The keys of the credential card are ${read.unusable}, so new ones are made.`);
  }
  let held: readonly StoredKey[] = 'keys' in read ? read.keys : [];
  let draft: Draft = { at: 0, keys: held, changes: [] };
  return {
    due: (now) => {
      draft = draftOf(held, draft, now, terms);
      return draft.changes;
    },
    keep: async () => {
      const { at, keys, changes } = draft;
      // First shown, then signed with. One that is shown and was lost before it was written signs nothing, and is withdrawn the next time.
      await keySet?.show(keys, at);
      if (changes.length > 0) writeCardKeys(path, keys);
      held = keys;
      draft = { at, keys: held, changes: [] };
    },
    sign: (claims, type, now) => signWith(signerOf(held, now), claims, type),
    published: async () => ((await keySet?.shown()) ?? held).map(published),
  };
}

/** A key that was drafted and not kept is taken again, so that what was written about it in the case log stays true. */
function draftOf(held: readonly StoredKey[], before: Draft, now: Instant, terms: CardKeyTerms): Draft {
  const { signsFrom, retired, withdrawn } = dueKeyChanges(held.map(timesOf), now, terms);
  const isOld = ({ kid }: StoredKey): boolean => held.some((one) => one.kid === kid);
  const waiting = before.keys.find((one) => !isOld(one));
  const made = signsFrom === undefined ? [] : [waiting ?? newKey(now, signsFrom)];
  const left = held.filter(({ kid }) => !withdrawn.includes(kid));
  return {
    at: now,
    keys: [...left.map((key) => (retired.includes(key.kid) ? withoutPrivateHalf(key) : key)), ...made],
    changes: [
      ...made.map((key) => ({ kid: key.kid, change: 'published' as const, signsFrom: key.signsFrom })),
      ...retired.map((kid) => ({ kid, change: 'retired' as const })),
      ...withdrawn.map((kid) => ({ kid, change: 'withdrawn' as const })),
    ],
  };
}

function timesOf({ kid, publishedAt, signsFrom, d }: StoredKey): CardKeyTimes {
  return { kid, publishedAt, signsFrom, canSign: d !== undefined };
}

function withoutPrivateHalf({ kid, publishedAt, signsFrom, x }: StoredKey): StoredKey {
  return { kid, publishedAt, signsFrom, x };
}

function newKey(now: Instant, signsFrom: Instant): StoredKey {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kid: thumbprint(x), publishedAt: now, signsFrom, x, d };
}

/** RFC 7638 §3, RFC 8037 §2: the required members alone, in the order of their names, without spaces. */
function thumbprint(x: string): string {
  const text = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x });
  return createHash('sha256').update(text, 'utf8').digest('base64url');
}

function published({ kid, x }: PublicHalf): PublishedKey {
  return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' };
}

function signerOf(keys: readonly StoredKey[], now: Instant): StoredKey & { readonly d: string } {
  const wanted = signingKey(keys.map(timesOf), now);
  const key = keys.find(({ kid }) => kid === wanted?.kid);
  if (key?.d !== undefined) return { ...key, d: key.d };
  throw new GatewayError('internal', { detail: 'There is no key to sign cards with. Tell IT.' });
}

/** RFC 7515 §3.1, §7.1; RFC 8037 §3.1. The key is named, and so is the type, so that it is never taken for another token (RFC 8725 §3.11). */
function signWith(
  { kid, x, d }: StoredKey & { readonly d: string },
  claims: Readonly<Record<string, unknown>>,
  typ: string,
): string {
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' });
  const input = [{ alg: 'EdDSA', typ, kid }, claims].map(encoded).join('.');
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
}

function encoded(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
