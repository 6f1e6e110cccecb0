import { GatewayError } from '../../domain/errors.ts';
import { TOKEN_SCOPES, type TokenScope } from '../../domain/words.ts';
import type { DoorDeps } from '../door-deps.ts';
import { assuranceOf } from '../saml/assurance-of.ts';
import type { SamlLimits } from '../saml/create-saml-doors.ts';
import type { SamlProvider, SamlProviders } from '../saml/saml-provider.ts';
import { ANSWER_LIMITS } from '../saml/scan-xml.ts';
import { verifyBearerAssertion } from '../saml/verify-bearer-assertion.ts';
import type { Grant } from './grant.ts';

export interface AssertionOptions {
  readonly publicUrl: string;
  readonly entityId: string;
  /** Who an assertion for a token must be meant for; `<entityId>/token` when absent, never the entity ID itself. */
  readonly audience?: string;
  readonly providers: Pick<SamlProviders, 'byEntityId'>;
  /** Ids of the providers that may vouch for programs; none when absent. */
  readonly bearerProviders?: readonly string[];
  /** How far ahead an assertion may be over; 10 minutes when absent. */
  readonly maxAssertionLifeMs?: number;
  readonly limits?: SamlLimits;
}

/** Takes assertions in exchange for tokens. */
export interface AssertionGrants {
  /** What assertions must name as audience. */
  readonly audience: string;
  /** Throws SignInRefused. That it was not used before is for whoever opens the session. */
  readonly grantOf: (assertion: string) => Grant;
}

const MAX_LIFE_MS = 10 * 60_000;
/** Past every window in which an assertion could be taken again, whatever the clocks do. */
const REMEMBER_MS = 24 * 60 * 60_000;
const USUAL: readonly TokenScope[] = ['images', 'ai'];

/** The SAML 2.0 bearer grant (RFC 7522). Throws GatewayError('internal') for an audience that sign-ins in a browser have, too. */
export function createAssertionGrants(
  deps: Pick<DoorDeps, 'clock'>,
  options: AssertionOptions,
): AssertionGrants {
  const { publicUrl, entityId, audience = `${entityId}/token`, maxAssertionLifeMs = MAX_LIFE_MS } = options;
  if (audience === entityId || audience === '') {
    const detail =
      'The audience of tokens must differ from the entity ID: it keeps assertions of browsers out.';
    throw new GatewayError('internal', { detail });
  }
  const recipient = new URL('/auth/token', publicUrl).href;
  const limits = { ...ANSWER_LIMITS, ...options.limits };
  const providerOf = bearerProviders(options);
  return {
    audience,
    grantOf: (assertion) => {
      const nowMs = deps.clock.nowMs();
      const demanded = { providerOf, audience, recipient, maxLifeMs: maxAssertionLifeMs, nowMs, limits };
      const login = verifyBearerAssertion(assertion, demanded);
      const { provider, subject, contextClass, authenticatedAt, sessionIndex, sessionEndsAt } = login;
      return {
        arrival: {
          provider: provider.entityId,
          subject,
          method: 'saml',
          assurance: assuranceOf(provider, contextClass),
          authenticatedAt,
          ...(sessionIndex === undefined ? {} : { sessionIndex }),
          ...(sessionEndsAt === undefined ? {} : { sessionEndsAt }),
        },
        scopes: TOKEN_SCOPES,
        usual: USUAL,
        opening: { once: { provider: provider.entityId, id: login.assertionId, until: nowMs + REMEMBER_MS } },
      };
    },
  };
}

/** As they stand now: their keys change with their metadata. */
function bearerProviders({
  providers,
  bearerProviders: ids = [],
}: AssertionOptions): (entityId: string) => SamlProvider | undefined {
  return (entityId) => {
    const provider = providers.byEntityId(entityId);
    return provider !== undefined && ids.includes(provider.id) ? provider : undefined;
  };
}
