import type { Request } from 'express';
import type { Hop } from '../domain/hop.ts';
import { NotIdentified } from '../domain/errors.ts';
import type { Clock, IdentityVerifier, PartState, StudyTokens } from '../flows/ports.ts';
import { createAttemptLimits, type AttemptBounds } from './attempt-limits.ts';
import type { AuthEvent, EndCode } from './auth-event.ts';
import type { DoorDeps, SignInChoice } from './door-deps.ts';
import { createFinishSignIn } from './finish-sign-in.ts';
import { createSamlDoors, type SamlDoors, type SamlOptions } from './saml/create-saml-doors.ts';
import { checkProviders } from './saml/saml-provider.ts';
import { createSessionDoors, type SessionDoors } from './session-doors.ts';
import { createSessions, type SessionLimits } from './sessions/create-sessions.ts';
import { createStudyTokens } from './sessions/create-study-tokens.ts';
import type { IdentityStores, StoredSession } from './stores/identity-stores.ts';

export interface IdentityOptions {
  readonly stores: IdentityStores;
  readonly saml: SamlOptions;
  readonly sessions: SessionLimits;
  readonly bounds: AttemptBounds;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newId: () => string;
  /** The other end of a request; set by the edge. */
  readonly hopOf: (req: Request) => Hop;
  /** Which practitioner a login names; undefined for none or several. */
  readonly practitionerOf: (provider: string, subject: string) => string | undefined;
  /** Names the suspension in force for whoever a login names: sessions from before it end. */
  readonly suspensionOf: (provider: string, subject: string) => string | undefined;
  /** Called once for each sign-in, refusal, sign-out and whatever else stands in the record. */
  readonly onEvent: (event: AuthEvent) => void;
  readonly onWarn?: (message: string) => void;
}

/** The doors of this room, by what they are for; each passes its errors on to the app. */
export interface IdentityDoors {
  readonly saml: Omit<SamlDoors, 'choices'>;
  readonly session: SessionDoors;
  /** What the sign-in page offers. */
  readonly choices: readonly SignInChoice[];
}

export interface Identity {
  readonly verifier: IdentityVerifier;
  readonly studyTokens: StudyTokens;
  readonly doors: IdentityDoors;
  readonly state: () => Promise<PartState>;
}

/**
 * Every way to sign in, sessions, and tokens. A session opens nothing but being a person, a study token nothing but its study.
 * Throws GatewayError('internal') when a provider of the config is not fit to use.
 */
export function createIdentity(options: IdentityOptions): Identity {
  const { stores, clock, randomBytes } = options;
  checkProviders(options.saml.providers);
  const deps = doorDeps(options);
  const studyTokens = createStudyTokens({ clock, randomBytes });
  const { choices, ...saml } = createSamlDoors(deps, options.saml);
  return {
    verifier: {
      // A bearer token is never tried as a session: what an AI endpoint holds must not open more than its study.
      verifyEvidence: async ({ bearerToken, sessionToken }) => {
        if (bearerToken !== undefined) return studyTokens.verify(bearerToken);
        if (sessionToken !== undefined) return deps.sessions.verify(sessionToken, 'browser');
        throw new NotIdentified();
      },
    },
    studyTokens,
    doors: { saml, session: createSessionDoors(deps), choices },
    state: async () => stateOf(choices.length, await stores.isWell()),
  };
}

function doorDeps(options: IdentityOptions): DoorDeps {
  const { stores, clock, randomBytes, newId, hopOf, practitionerOf, onWarn = () => undefined } = options;
  const onEvent = cautious(options.onEvent, onWarn);
  const sessions = createSessions({
    store: stores.sessions,
    limits: options.sessions,
    clock,
    randomBytes,
    newId,
    onWarn,
    onEvent,
    suspensionOf: options.suspensionOf,
    revocationOf: (session) => revocationOf(options, session),
  });
  return {
    transactions: stores.transactions,
    sessions,
    finish: createFinishSignIn({ sessions, practitionerOf, onEvent }),
    limits: createAttemptLimits(stores.rates, options.bounds, hopOf),
    clock,
    randomBytes,
    newId,
    hopOf,
    onEvent,
  };
}

function revocationOf(
  { suspensionOf }: Pick<IdentityOptions, 'suspensionOf'>,
  { principal, suspension }: StoredSession,
): EndCode | undefined {
  const inForce = suspensionOf(principal.provider, principal.subject);
  // Who signs in while suspended reads images all the same; only what was open when it came is ended.
  return inForce !== undefined && inForce !== suspension ? 'suspended' : undefined;
}

/** Whoever listens to sign-ins cannot break one. */
function cautious(
  onEvent: (event: AuthEvent) => void,
  onWarn: (message: string) => void,
): (event: AuthEvent) => void {
  return (event) => {
    try {
      onEvent(event);
    } catch {
      onWarn(`A sign-in event (${event.outcome}) could not be passed on.`);
    }
  };
}

function stateOf(count: number, isStoreWell: boolean): PartState {
  if (count === 0) return { part: 'identity', ok: false, detail: 'No way to sign in is set up: nobody can.' };
  if (!isStoreWell) return { part: 'identity', ok: false, detail: 'Sessions cannot be read or written.' };
  return { part: 'identity', ok: true, detail: `People can sign in in ${count} way(s).` };
}
