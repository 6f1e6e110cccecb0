import { UpstreamFault } from '../../src/domain/errors.ts';
import type { DocumentFetcher } from '../../src/flows/ports.ts';
import { connectProvider, type ProviderConnection } from '../../src/identity/oidc/provider-connection.ts';
import { SignInRefused } from '../../src/identity/sign-in-refusal.ts';
import { createCountedFetcher, type CountedFetcher } from '../fakes/document-fetcher.ts';
import {
  newSigningKey,
  openForgingProvider,
  signToken,
  type ForgingProvider,
} from '../fakes/forging-provider.ts';
import { CLIENT_ID, openidProvider } from '../fakes/oidc-providers.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const KEY = newSigningKey();
const PATIENCE_MS = 20_000;
const DISCOVERY = '/.well-known/openid-configuration';

let forger: ForgingProvider;
let fetcher: CountedFetcher;
let connection: ProviderConnection;
let nowMs: number;

beforeEach(async () => {
  forger = await openForgingProvider(CLIENT_ID, KEY);
  fetcher = createCountedFetcher();
  nowMs = Date.now();
  connection = connect(forger.issuer);
});
afterEach(() => forger.close());

function connect(issuer: string): ProviderConnection {
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  return connectProvider(
    { fetcher: impatient(), clock, timeoutMs: PATIENCE_MS },
    openidProvider('forger', issuer),
  );
}

/** Who never answers is not waited for; whoever does may be slow on a busy machine. */
function impatient(): DocumentFetcher {
  return {
    fetch: async (asked, signal) => {
      const isHanging = forger.hanging.has(new URL(asked.url).pathname);
      return await fetcher.fetch({ ...asked, ...(isHanging ? { timeoutMs: 50 } : {}) }, signal);
    },
  };
}

const callsTo = (path: string): number => fetcher.calls.filter((call) => call === `GET ${path}`).length;

async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof SignInRefused ? error.refusal : String(error);
}

describe('what a provider says of itself', () => {
  test('is asked once for all who come at once, and again after an hour', async () => {
    await Promise.all(Array.from({ length: 20 }, () => connection.describe()));
    expect(callsTo(DISCOVERY)).toBe(1);
    nowMs += HOUR - 1;
    await connection.describe();
    expect(callsTo(DISCOVERY)).toBe(1);
    nowMs += 1;
    forger.metadata['end_session_endpoint'] = `${forger.issuer}/end`;
    expect(await connection.describe()).toMatchObject({ hasEndSession: true });
    expect(callsTo(DISCOVERY)).toBe(2);
  });

  test.each<{ name: string; bend: (issuer: string) => Record<string, unknown> }>([
    { name: 'another issuer', bend: () => ({ issuer: 'https://evil.example' }) },
    { name: 'its name with a slash more', bend: (issuer) => ({ issuer: `${issuer}/` }) },
    { name: 'no name', bend: () => ({ issuer: undefined }) },
    { name: 'no keys', bend: () => ({ jwks_uri: undefined }) },
    { name: 'keys on a page without encryption', bend: () => ({ jwks_uri: 'http://keys.example/jwks' }) },
    { name: 'keys in a file', bend: () => ({ jwks_uri: 'file:///etc/keys' }) },
    { name: 'no way to sign in', bend: () => ({ authorization_endpoint: undefined }) },
    {
      name: 'a way to sign in that is a script',
      bend: () => ({ authorization_endpoint: 'javascript:alert(1)' }),
    },
    {
      name: 'a token endpoint without encryption',
      bend: () => ({ token_endpoint: 'http://token.example/' }),
    },
    { name: 'an address with a password', bend: () => ({ userinfo_endpoint: 'https://a:b@me.example/' }) },
    { name: 'a way out without encryption', bend: () => ({ end_session_endpoint: 'http://out.example/' }) },
  ])('is not believed with $name', async ({ bend }) => {
    Object.assign(forger.metadata, bend(forger.issuer));
    expect(await refusalOf(connection.describe())).toBe('answer-not-trusted');
  });

  test.each<{ name: string; break: () => void }>([
    { name: 'does not answer', break: () => forger.hanging.add(DISCOVERY) },
    { name: 'answers with a fault', break: () => forger.statuses.set(DISCOVERY, 502) },
  ])('who $name is unreachable at first, and remembered for a day', async ({ break: breakIt }) => {
    const fresh = connect(forger.issuer);
    await connection.describe();
    breakIt();
    expect(await refusalOf(fresh.describe())).toBe('provider-unreachable');
    nowMs += HOUR;
    expect(await connection.describe()).toMatchObject({ jwksUri: `${forger.issuer}/jwks` });
    nowMs += 24 * HOUR;
    expect(await refusalOf(connection.describe())).toBe('provider-unreachable');
  });

  test('a description that turned bad is not papered over with the last good one', async () => {
    await connection.describe();
    nowMs += HOUR;
    forger.metadata['issuer'] = 'https://evil.example';
    expect(await refusalOf(connection.describe())).toBe('answer-not-trusted');
  });

  test('what was begun is not held up by a provider that is away', async () => {
    await connection.recall();
    expect(callsTo(DISCOVERY)).toBe(1);
    forger.hanging.add(DISCOVERY);
    nowMs += 24 * HOUR;
    expect(await connection.recall()).toMatchObject({ jwksUri: `${forger.issuer}/jwks` });
    expect(callsTo(DISCOVERY)).toBe(1);
    nowMs += 1;
    expect(await refusalOf(connection.recall())).toBe('provider-unreachable');
  });

  test('nobody at that port -> unreachable', async () => {
    await forger.close();
    expect(await refusalOf(connection.describe())).toBe('provider-unreachable');
  });
});

describe('the keys of a provider', () => {
  const verify = async (token: string): Promise<string> => {
    const expected = { issuer: forger.issuer, audience: CLIENT_ID, requiredClaims: [], clockSkewMs: 0 };
    const claims = await connection.keys.verify(token, `${forger.issuer}/jwks`, expected);
    return String(claims.sub);
  };
  const tokenBy = (key = forger.key): Promise<string> =>
    signToken({ ...forger.truth('n'), exp: Math.floor(nowMs / 1_000) + 48 * 3_600 }, key);

  test('are read once in ten minutes', async () => {
    const token = await tokenBy();
    await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    nowMs += 10 * MINUTE - 1;
    await verify(token);
    expect(callsTo('/jwks')).toBe(1);
    nowMs += 1;
    await verify(token);
    expect(callsTo('/jwks')).toBe(2);
  });

  test.each([
    { name: 'under a new name', kid: 'next' },
    { name: 'under the old name', kid: undefined },
  ])('a new key $name is found, the old one forgotten', async ({ kid }) => {
    const old = await tokenBy();
    await verify(old);
    const next = newSigningKey(kid ?? String(forger.key.jwk['kid']));
    forger.jwks = { keys: [next.jwk] };
    nowMs += 10_000;
    expect(await verify(await tokenBy(next))).toBe('555036632103');
    nowMs += 10_000;
    await expect(verify(old)).rejects.toThrow();
  });

  test('a flood of tokens with keys that nobody knows makes one look in ten seconds', async () => {
    await verify(await tokenBy());
    const strangers = [newSigningKey(), newSigningKey()];
    const flood = await Promise.all(Array.from({ length: 10 }, (_, at) => tokenBy(strangers[at % 2])));
    for (const token of flood) await expect(verify(token)).rejects.toThrow();
    expect(callsTo('/jwks')).toBe(1);
    nowMs += 10_000;
    for (const token of flood) await expect(verify(token)).rejects.toThrow();
    expect(callsTo('/jwks')).toBe(2);
  });

  test('while they cannot be read, the known ones count for an hour', async () => {
    const token = await tokenBy();
    await verify(token);
    forger.statuses.set('/jwks', 503);
    nowMs += HOUR;
    expect(await verify(token)).toBe('555036632103');
    nowMs += 1;
    await expect(verify(token)).rejects.toThrow(UpstreamFault);
  });

  test.each<{ name: string; jwks: unknown }>([
    { name: 'not a set', jwks: [] },
    { name: 'more than a hundred', jwks: { keys: Array.from({ length: 101 }, () => ({ kty: 'RSA' })) } },
    { name: 'of no kind', jwks: { keys: [{}] } },
  ])('$name -> no key', async ({ jwks }) => {
    Object.assign(forger, { jwks });
    await expect(verify(await tokenBy())).rejects.toThrow(UpstreamFault);
  });
});
