import { createHmac, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, type JWTPayload } from 'jose';

export type Claims = Readonly<Record<string, unknown>>;

interface SigningKey {
  readonly privateKey: KeyObject;
  readonly jwk: Claims;
}

/** An OpenID provider that says whatever a test wants it to, correctly signed or not. */
export interface ForgingProvider {
  readonly issuer: string;
  readonly key: SigningKey;
  /** Its own description of itself; changes at will. */
  metadata: Record<string, unknown>;
  jwks: { keys: readonly Claims[] };
  /** What the token endpoint answers; throws away what it is asked. */
  tokenAnswer: { readonly status: number; readonly body: unknown };
  userinfo: { readonly type: string; readonly body: string };
  /** Paths that take a connection and never answer. */
  readonly hanging: Set<string>;
  /** Paths that answer with a status of their own. */
  readonly statuses: Map<string, number>;
  /** Claims of an ID token that is as it should be. */
  readonly truth: (nonce: string, nowMs?: number) => Record<string, unknown>;
  readonly close: () => Promise<void>;
}

/** Signs claims as they are: nothing is added. */
export function signToken(
  claims: Claims,
  { privateKey, jwk }: SigningKey,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const alg = jwk['kty'] === 'EC' ? 'ES256' : 'RS256';
  const payload: JWTPayload = { ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ alg, kid: String(jwk['kid']), ...header })
    .sign(privateKey);
}

/** A token with `alg: none`, or signed by a shared secret: the public key, or the client's. */
export function unsignedToken(claims: Claims, header: Claims, secret?: string): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode(header)}.${encode(claims)}`;
  const mac = secret === undefined ? '' : createHmac('sha256', secret).update(signed).digest('base64url');
  return `${signed}.${mac}`;
}

let serial = 0;

export function newSigningKey(kid = `forged-${(serial += 1)}`, modulusLength = 2_048): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' } };
}

/** Making a key is the slow part: tests that open one each time hand it in. */
export async function openForgingProvider(
  clientId: string,
  key: SigningKey = newSigningKey(),
): Promise<ForgingProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: ForgingProvider = {
    issuer,
    key,
    metadata: metadataOf(issuer),
    jwks: { keys: [key.jwk] },
    tokenAnswer: { status: 400, body: { error: 'invalid_grant' } },
    userinfo: { type: 'application/json', body: '{}' },
    hanging: new Set(),
    statuses: new Map(),
    truth: (nonce, nowMs = Date.now()) => {
      const now = Math.floor(nowMs / 1_000);
      return {
        iss: issuer,
        sub: '555036632103',
        aud: clientId,
        iat: now,
        exp: now + 300,
        auth_time: now,
        nonce,
        acr: 'AAL3_ANY',
        amr: ['N3_SMARTCARD'],
        authentication_assurance_level: '3',
        jti: randomBytes(8).toString('hex'),
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('request', (req: IncomingMessage, res) => {
    const path = req.url ?? '';
    if (provider.hanging.has(path)) return;
    const { status, type = 'application/json', body } = answerTo(provider, path);
    res.writeHead(provider.statuses.get(path) ?? status, { 'Content-Type': type });
    res.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  return provider;
}

function answerTo(
  { metadata, jwks, tokenAnswer, userinfo }: ForgingProvider,
  path: string,
): { readonly status: number; readonly type?: string; readonly body: unknown } {
  if (path === '/.well-known/openid-configuration') return { status: 200, body: metadata };
  if (path === '/jwks') return { status: 200, body: jwks };
  if (path === '/token') return tokenAnswer;
  if (path === '/me') return { status: 200, ...userinfo };
  return { status: 404, body: {} };
}

function metadataOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/me`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    // As wide as a careless provider may have it.
    id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256', 'none'],
  };
}
