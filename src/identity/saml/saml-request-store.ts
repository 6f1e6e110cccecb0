import type { GatewayDatabase } from '../../db/gateway-database.ts';
import { GatewayError } from '../../domain/errors.ts';

/** A sign-in that was begun: which request went out, from which browser, and where the person wants to be afterwards. */
export interface SamlRequest {
  readonly provider: string;
  readonly requestId: string;
  /** IssueInstant of the request, as sent. */
  readonly issuedAt: string;
  /** Hash of the token in the browser's transaction cookie. */
  readonly browserHash: string;
  /** A local path. */
  readonly returnTo: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

export interface SamlRequestStore {
  /** Durable when it resolves. Throws GatewayError('overloaded') when too many sign-ins are under way. */
  readonly save: (request: SamlRequest) => Promise<void>;
  /** A request of exactly this provider that has not expired; undefined otherwise. Reading does not use it up. */
  readonly find: (provider: string, requestId: string) => Promise<SamlRequest | undefined>;
}

/** Anybody can begin a sign-in, so there is an end to what is kept: about 30 MB. */
const MAX_PENDING = 100_000;

/** Sign-ins under way, in the table `saml_request`. Expired ones are removed as new ones come. */
export function createSamlRequestStore(database: GatewayDatabase, nowMs: () => number): SamlRequestStore {
  return {
    save: async (request) => {
      await database.deleteFrom('saml_request').where('saml_request.expires_at', '<=', nowMs()).execute();
      await refuseFlood(database);
      const { provider, requestId, issuedAt, browserHash, returnTo, expiresAt } = request;
      const value = JSON.stringify({ issuedAt, browserHash, returnTo });
      const row = { provider, request_id: requestId, value, expires_at: expiresAt };
      await database.insertInto('saml_request').values(row).execute();
    },
    find: async (provider, requestId) => {
      const row = await database
        .selectFrom('saml_request')
        .select(['saml_request.value', 'saml_request.expires_at'])
        .where('saml_request.provider', '=', provider)
        .where('saml_request.request_id', '=', requestId)
        .where('saml_request.expires_at', '>', nowMs())
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return { provider, requestId, ...parseValue(row.value), expiresAt: row.expires_at };
    },
  };
}

async function refuseFlood(database: GatewayDatabase): Promise<void> {
  const { pending } = await database
    .selectFrom('saml_request')
    .select((eb) => eb.fn.countAll<number>().as('pending'))
    .executeTakeFirstOrThrow();
  if (pending < MAX_PENDING) return;
  throw new GatewayError('overloaded', {
    detail: 'Too many people are signing in. Try again in a few minutes.',
  });
}

/** Written by `save` alone. */
function parseValue(json: string): Pick<SamlRequest, 'issuedAt' | 'browserHash' | 'returnTo'> {
  return JSON.parse(json) as Pick<SamlRequest, 'issuedAt' | 'browserHash' | 'returnTo'>;
}
