import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { z } from 'zod';
import type { Clock, DocumentFetcher } from '../../flows/ports.ts';
import { UpstreamFault } from '../../domain/errors.ts';

/** What a provider may sign with. Never `none`, never a shared secret (RFC 8725 §3.1, §3.2). */
export const TOKEN_ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
];

/** What a token must say of itself. */
export interface ExpectedToken {
  readonly issuer: string;
  readonly audience: string;
  readonly requiredClaims: readonly string[];
  readonly clockSkewMs: number;
  /** When it is older than this it is refused, whatever it says, ms. */
  readonly maxAgeMs?: number;
}

/** The keys of one provider. */
export interface ProviderKeys {
  /**
   * The claims of a token that this provider signed and that is as expected. A key that is not known is looked up anew, but not
   * more than once in ten seconds: anybody can send a token. Throws what the library throws, and UpstreamFault.
   */
  readonly verify: (token: string, jwksUri: string, expected: ExpectedToken) => Promise<JWTPayload>;
}

interface Deps {
  readonly fetcher: DocumentFetcher;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

interface Known {
  readonly jwksUri: string;
  readonly keyOf: ReturnType<typeof createLocalJWKSet>;
  readonly readAt: number;
}

const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;
const FRESH_MS = 10 * 60_000;
/** While the provider does not answer, keys go on counting for so long. */
const KEEP_MS = 60 * 60_000;
const LOOK_AGAIN_MS = 10_000;

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(MAX_KEYS) });

/** Keeps one provider's keys (RFC 7517) in memory, and checks its tokens with them. */
export function createProviderKeys(deps: Deps): ProviderKeys {
  let known: Known | undefined;
  let reading: Promise<Known> | undefined;
  const read = (jwksUri: string): Promise<Known> => {
    reading ??= readKeys(deps, jwksUri)
      .then((fresh) => (known = fresh))
      .finally(() => (reading = undefined));
    return reading;
  };
  const ageOf = ({ readAt }: Known): number => deps.clock.monotonicMs() - readAt;
  const keysFor = async (jwksUri: string): Promise<Known> => {
    const before = known?.jwksUri === jwksUri ? known : undefined;
    if (before !== undefined && ageOf(before) < FRESH_MS) return before;
    return read(jwksUri).catch((error: unknown) => {
      if (before === undefined || !(error instanceof UpstreamFault) || ageOf(before) > KEEP_MS) throw error;
      return before;
    });
  };
  return {
    verify: async (token, jwksUri, expected) => {
      const keys = await keysFor(jwksUri);
      try {
        return await check(deps, keys, token, expected);
      } catch (error: unknown) {
        if (!isAboutKeys(error) || ageOf(keys) < LOOK_AGAIN_MS) throw error;
      }
      return check(deps, await read(jwksUri), token, expected);
    },
  };
}

async function check(
  { clock }: Deps,
  { keyOf }: Known,
  token: string,
  expected: ExpectedToken,
): Promise<JWTPayload> {
  const { issuer, audience, requiredClaims, clockSkewMs, maxAgeMs } = expected;
  const { payload } = await jwtVerify(token, keyOf, {
    issuer,
    audience,
    algorithms: [...TOKEN_ALGORITHMS],
    requiredClaims: [...requiredClaims],
    clockTolerance: clockSkewMs / 1_000,
    currentDate: new Date(clock.nowMs()),
    ...(maxAgeMs === undefined ? {} : { maxTokenAge: maxAgeMs / 1_000 }),
  });
  return payload;
}

/** A provider that changes its key may give the new one a new name, or the old one. */
function isAboutKeys(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}

async function readKeys({ fetcher, clock, timeoutMs }: Deps, jwksUri: string): Promise<Known> {
  const answer = await fetcher.fetch({
    url: jwksUri,
    headers: { accept: 'application/json' },
    maxBytes: MAX_BYTES,
    timeoutMs,
  });
  if (answer.status !== 200) throw new UpstreamFault('upstream-bad-answer', 'identity provider');
  const keyOf = createLocalJWKSet(parseKeySet(answer.body));
  return { jwksUri, keyOf, readAt: clock.monotonicMs() };
}

/** Throws UpstreamFault. */
function parseKeySet(body: Uint8Array): JSONWebKeySet {
  try {
    const set: unknown = keySet.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)));
    return set as JSONWebKeySet;
  } catch (error: unknown) {
    throw new UpstreamFault('upstream-bad-answer', 'identity provider', { cause: error });
  }
}
