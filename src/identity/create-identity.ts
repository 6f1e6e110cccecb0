import type { GatewayDatabase } from '../db/gateway-database.ts';
import { NotIdentified } from '../domain/errors.ts';
import type { Clock, IdentityVerifier, PartState, StudyTokens } from '../flows/ports.ts';
import { createSessions, type SessionLimits } from './sessions/create-sessions.ts';
import { createStudyTokens } from './sessions/create-study-tokens.ts';
import { createLoginDoors, type AuthEvent, type LoginDoors } from './login-doors.ts';
import type { ServiceProvider } from './saml/saml-library.ts';
import { checkProviders, type SamlProvider } from './saml/saml-provider.ts';
import { createSamlRequestStore } from './saml/saml-request-store.ts';
import { createSamlSignIn } from './saml/saml-sign-in.ts';
import { createSessionStore } from './sessions/session-store.ts';

interface IdentityOptions {
  readonly database: GatewayDatabase;
  /** Where browsers reach the gateway; https unless loopback. */
  readonly publicUrl: string;
  /** What the gateway is called towards identity providers. */
  readonly entityId: string;
  readonly providers: readonly SamlProvider[];
  readonly sessions: SessionLimits;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newId: () => string;
  /** Called once for each sign-in, refusal and sign-out. */
  readonly onSignIn: (event: AuthEvent) => void;
  readonly onWarn?: (message: string) => void;
  /** Signs our requests to identity providers. RSA. */
  readonly signing?: ServiceProvider['signing'];
}

export interface Identity {
  readonly verifier: IdentityVerifier;
  readonly studyTokens: StudyTokens;
  readonly doors: LoginDoors;
  readonly state: () => PartState;
}

/**
 * Sign-in by SAML (profiles §4.1), sessions, and tokens for reading one study. A session opens nothing but being a
 * person, a study token nothing but its study. Throws GatewayError('internal') when a provider of the config is not
 * fit to use.
 */
export function createIdentity(options: IdentityOptions): Identity {
  const { database, clock, randomBytes, newId, providers, onWarn = () => undefined } = options;
  checkProviders(providers);
  const requests = createSamlRequestStore(database, clock.nowMs);
  const limits = options.sessions;
  const sessions = createSessions({
    store: createSessionStore(database),
    limits,
    clock,
    randomBytes,
    newId,
    onWarn,
  });
  const studyTokens = createStudyTokens({ clock, randomBytes });
  const signIns = providers.map((provider) =>
    createSamlSignIn({ requests, sessions, clock, randomBytes }, provider, selfFor(options, provider)),
  );
  return {
    verifier: {
      // A bearer token is never tried as a session: what an AI endpoint holds must not open more than its study.
      verifyEvidence: async ({ bearerToken, sessionToken }) => {
        if (bearerToken !== undefined) return studyTokens.verify(bearerToken);
        if (sessionToken !== undefined) return sessions.verify(sessionToken);
        throw new NotIdentified();
      },
    },
    studyTokens,
    doors: createLoginDoors({ signIns, sessions, onEvent: cautious(options.onSignIn, onWarn) }),
    state: () => stateOf(providers),
  };
}

function selfFor({ publicUrl, entityId, signing }: IdentityOptions, { id }: SamlProvider): ServiceProvider {
  const acsUrl = new URL(`/auth/saml/${id}/acs`, publicUrl).href;
  return { entityId, acsUrl, ...(signing === undefined ? {} : { signing }) };
}

/** Whoever listens to sign-ins cannot break one. */
function cautious(
  onSignIn: (event: AuthEvent) => void,
  onWarn: (message: string) => void,
): (event: AuthEvent) => void {
  return (event) => {
    try {
      onSignIn(event);
    } catch {
      onWarn(`A sign-in event (${event.outcome}) could not be passed on.`);
    }
  };
}

function stateOf(providers: readonly SamlProvider[]): PartState {
  const count = providers.length;
  if (count === 0)
    return { part: 'identity', ok: false, detail: 'No identity provider is set up: nobody can sign in.' };
  return { part: 'identity', ok: true, detail: `People can sign in with ${count} identity provider(s).` };
}
