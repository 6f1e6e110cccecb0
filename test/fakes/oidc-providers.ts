import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { OpenidProvider } from '../../src/identity/oidc/openid-provider.ts';
import { GATEWAY_URL } from './oidc-house.ts';
import {
  openOpenidProvider,
  type LoginPlan,
  type OpenidProviderFake,
  type OpenidProviderOptions,
} from './openid-provider.ts';

export const CLIENT_ID = 'countersign';
export const CLIENT_SECRET = 'a secret of more than sixteen characters';

/** A card with its PIN, as CIS2 says it. */
export const CARD = { acr: 'AAL3_ANY', amr: ['N3_SMARTCARD'], level: '3' } as const;
/** A phone. */
export const PHONE = { acr: 'AAL2_ANY', amr: ['TOTP'], level: '2' } as const;

/** A provider as the config would name it. */
export function openidProvider(
  id: string,
  issuer: string,
  more: Partial<OpenidProvider> = {},
): OpenidProvider {
  return {
    id,
    title: `Provider ${id}`,
    issuer,
    clientId: CLIENT_ID,
    clientAuthentication: { method: 'client_secret_basic', secret: CLIENT_SECRET },
    scopes: ['openid', 'profile'],
    assurance: { acr: { AAL3_ANY: 3, AAL2_OR_AAL3_ANY: 2, AAL2_ANY: 2 }, amrForCard: ['N3_SMARTCARD'] },
    minIdAssurance: 0,
    roleSelection: 'none',
    stepUp: { acrValues: ['AAL3_ANY'] },
    clockSkewMs: 5_000,
    ...more,
  };
}

/** A real provider with a secret shared with the gateway, and these people. */
export function openPlanned(
  id: string,
  plans: Readonly<Record<string, LoginPlan>>,
  postLogout?: (form: string) => Promise<number>,
): Promise<OpenidProviderFake> {
  return openWith(id, { client_secret: CLIENT_SECRET }, { plans, ...(postLogout && { postLogout }) });
}

type KeyAlgorithm = 'RS256' | 'RS512' | 'PS256' | 'ES256';

/** A key fit for this algorithm, PKCS #8. */
export function newKeyPem(algorithm: KeyAlgorithm): string {
  const { privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** The same, with a key of the gateway's instead of the secret. */
export async function openKeyed(
  id: string,
  algorithm: KeyAlgorithm,
  plans: Readonly<Record<string, LoginPlan>>,
): Promise<{ readonly fake: OpenidProviderFake; readonly keyPem: string }> {
  const keyPem = newKeyPem(algorithm);
  const jwk = { ...createPublicKey(keyPem).export({ format: 'jwk' }), kid: 'ours', use: 'sig' };
  const client = {
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: algorithm,
    // What it signs with itself.
    id_token_signed_response_alg: algorithm === 'ES256' ? 'ES256' : 'PS256',
    jwks_uri: `${GATEWAY_URL}/keys`,
  };
  return { fake: await openWith(id, client, { plans, clientKeys: [jwk] }), keyPem };
}

async function openWith(
  id: string,
  client: Readonly<Record<string, unknown>>,
  given: Pick<OpenidProviderOptions, 'clientKeys' | 'postLogout'> & {
    readonly plans: Readonly<Record<string, LoginPlan>>;
  },
): Promise<OpenidProviderFake> {
  const { plans, ...more } = given;
  const fake = await openOpenidProvider({
    clientId: CLIENT_ID,
    id,
    gatewayUrl: GATEWAY_URL,
    client,
    ...more,
  });
  for (const [hint, plan] of Object.entries(plans)) fake.plans.set(hint, plan);
  return fake;
}
