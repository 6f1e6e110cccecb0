import type { Request, RequestHandler } from 'express';
import type { Hop } from '../domain/hop.ts';
import type { Clock, IdentityVerifier, OneTimeCodes, PartState, StudyTokens } from '../flows/ports.ts';
import { createAttemptLimits, type AttemptBounds } from './attempt-limits.ts';
import type { EndCode } from '../domain/auth-words.ts';
import type { AuthEvent } from './auth-event.ts';
import {
  createBreakGlass,
  type BreakGlassDoors,
  type BreakGlassOptions,
} from './break-glass/create-break-glass.ts';
import { createCardDoor, type CardDoor, type CardOptions } from './card/create-card-door.ts';
import type { DoorDeps, Sessions, SignInChoice } from './door-deps.ts';
import { createFinishSignIn } from './finish-sign-in.ts';
import { createOidcDoors, type OidcDoors, type OidcOptions } from './oidc/create-oidc-doors.ts';
import { checkOpenidProviders } from './oidc/openid-provider.ts';
import { createMachines, type MachineOptions } from './machines/create-machines.ts';
import { checkProviderNames } from './provider-names.ts';
import { createSamlDoors, type SamlDoors, type SamlOptions } from './saml/create-saml-doors.ts';
import { createSloDoors, type SloDoors } from './saml/slo/create-slo-doors.ts';
import { heedSignOuts } from './saml/slo/sign-out-marks.ts';
import { createSessionDoors, type SessionDoorOptions, type SessionDoors } from './session-doors.ts';
import { createSessions, type SessionLimits } from './sessions/create-sessions.ts';
import { createStudyTokens } from './sessions/create-study-tokens.ts';
import type { IdentityStores, StoredSession } from './stores/identity-stores.ts';
import { createTokenDoors, type TokenDoors, type TokenOptions } from './tokens/create-token-doors.ts';
import { createEvidenceVerifier } from './tokens/verify-evidence.ts';

export interface IdentityOptions {
  readonly stores: IdentityStores;
  /** True where several nodes have these stores. */
  readonly areStoresShared?: boolean;
  readonly saml: SamlOptions;
  /** OpenID Connect providers; none when absent. */
  readonly oidc?: OidcOptions;
  /** Smart cards; none when absent. */
  readonly card?: CardOptions;
  readonly sessions: SessionLimits;
  readonly tokens?: Omit<TokenOptions, keyof SamlOptions>;
  readonly machines?: Omit<MachineOptions, 'clock' | 'onEvent'>;
  /** Off when absent. */
  readonly breakGlass?: BreakGlassOptions;
  readonly bounds: AttemptBounds;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newId: () => string;
  /** The other end of a request; set by the edge. */
  readonly hopOf: (req: Request) => Hop;
  /** Which practitioner a login names; undefined for none or several. */
  readonly practitionerOf: (provider: string, subject: string) => string | undefined;
  /** Every login of the person whom this one names; it alone when absent. */
  readonly loginsOf?: NonNullable<SessionDoorOptions['loginsOf']>;
  /** Names the suspension in force for whoever a login names: sessions from before it end. */
  readonly suspensionOf: (provider: string, subject: string) => string | undefined;
  /** Called once for each sign-in, refusal, sign-out and whatever else stands in the record. */
  readonly onEvent: (event: AuthEvent) => void;
  readonly onWarn?: (message: string) => void;
}

/** The doors of this room, by what they are for; each passes its errors on to the app. */
export interface IdentityDoors {
  readonly saml: Omit<SamlDoors, 'choices'> & Omit<SloDoors, 'onSignedOut'>;
  readonly oidc?: Omit<OidcDoors, 'choices' | 'signOutAddress'>;
  readonly card?: Pick<CardDoor, 'enter'>;
  readonly session: SessionDoors;
  readonly tokens: Omit<TokenDoors, 'codes'>;
  readonly breakGlass?: Pick<BreakGlassDoors, 'enter' | 'isOpen'>;
  /** Counts an attempt at the address, and passes on; for doors that do not count by themselves. */
  readonly countAttempt: RequestHandler;
  /** What the sign-in page offers. */
  readonly choices: readonly SignInChoice[];
}

export interface Identity {
  readonly verifier: IdentityVerifier;
  readonly studyTokens: StudyTokens;
  readonly codes: OneTimeCodes;
  /** Asks whether a session of which only the name is known is still there. */
  readonly stands: Sessions['stands'];
  /** To be called when an identity provider is back. */
  readonly endBreakGlass: () => Promise<void>;
  /** How the revocation lists for cards stand; raises `crl-ending`. To be called every hour or so. */
  readonly checkCrls: CardDoor['checkCrls'];
  readonly doors: IdentityDoors;
  readonly state: () => Promise<PartState>;
}

/**
 * Every way to sign in, sessions, and tokens. A session opens nothing but being a person, a study token nothing but its study.
 * Throws GatewayError('internal') when a provider of the config is not fit to use.
 */
export function createIdentity(options: IdentityOptions): Identity {
  const { stores, clock, randomBytes } = options;
  checkOpenidProviders(options.oidc?.providers ?? []);
  checkProviderNames(providerNames(options));
  const deps = doorDeps(options);
  const studyTokens = createStudyTokens({ clock, randomBytes, ...sharedAmongNodes(options) });
  const { choices: samlChoices, ...saml } = createSamlDoors(deps, options.saml);
  const oidc = options.oidc === undefined ? undefined : createOidcDoors(deps, options.oidc);
  const card = openCard(deps, options);
  const choices = [...samlChoices, ...(oidc?.choices ?? []), ...card.choices];
  const { slo, signOut, onSignedOut } = createSloDoors(deps, options.saml);
  const { doors, ...programs } = openPrograms(deps, options, studyTokens);
  return {
    ...programs,
    studyTokens,
    checkCrls: card.checkCrls,
    doors: {
      saml: { ...saml, slo, signOut },
      ...(oidc === undefined ? {} : { oidc }),
      ...card.doors,
      session: createSessionDoors(deps, {
        choices,
        choiceOf: choiceIn(options, choices),
        ...(options.loginsOf === undefined ? {} : { loginsOf: options.loginsOf }),
        onSignedOut: async (session) => (await oidc?.signOutAddress(session)) ?? onSignedOut(session),
      }),
      ...doors,
      countAttempt: async (req, _res, next) => {
        await deps.limits.ofAddress(req);
        next();
      },
      choices,
    },
    state: async () => {
      const isStoreWell = await stores.isWell();
      if (isStoreWell) void deps.sessions.catchUp();
      return stateOf(choices.length, isStoreWell);
    },
  };
}

function sharedAmongNodes({
  areStoresShared,
  stores,
}: IdentityOptions): Pick<Parameters<typeof createStudyTokens>[0], 'shared'> {
  return areStoresShared === true ? { shared: stores.transactions } : {};
}

function openCard(deps: DoorDeps, { card }: IdentityOptions): Pick<Identity, 'checkCrls'> & OpenCard {
  if (card === undefined) return { checkCrls: () => [], choices: [], doors: {} };
  const { enter, choice, checkCrls } = createCardDoor(deps, card);
  return { checkCrls, choices: [choice], doors: { card: { enter } } };
}

interface OpenCard {
  readonly choices: readonly SignInChoice[];
  readonly doors: Pick<IdentityDoors, 'card'>;
}

/** What is not a person in a browser with an identity provider behind. */
function openPrograms(
  deps: DoorDeps,
  options: IdentityOptions,
  studyTokens: ReturnType<typeof createStudyTokens>,
): Pick<Identity, 'verifier' | 'codes' | 'stands' | 'endBreakGlass'> & {
  readonly doors: Pick<IdentityDoors, 'tokens' | 'breakGlass'>;
} {
  const { sessions, clock, onEvent } = deps;
  const { codes, ...tokens } = createTokenDoors(deps, { ...options.saml, ...options.tokens });
  const machines = createMachines({ machines: [], ...options.machines, clock, onEvent });
  const breakGlass =
    options.breakGlass === undefined ? undefined : createBreakGlass(deps, options.breakGlass);
  return {
    verifier: createEvidenceVerifier({ sessions, studyTokens, machines }),
    codes,
    stands: sessions.stands,
    endBreakGlass: async () => {
      await breakGlass?.endAll();
    },
    doors: { tokens, ...(breakGlass === undefined ? {} : { breakGlass }) },
  };
}

function providerNames({ saml, oidc, card }: IdentityOptions): readonly string[] {
  return [
    ...saml.providers.configured.map(({ entityId }) => entityId),
    ...(oidc?.providers ?? []).map(({ issuer }) => issuer),
    ...(card === undefined ? [] : [card.provider]),
  ];
}

/** By what a session says of where it came from. */
function choiceIn(
  { saml, oidc, card }: IdentityOptions,
  choices: readonly SignInChoice[],
): (provider: string) => SignInChoice | undefined {
  const doors = new Map([
    ...saml.providers.configured.map(({ entityId, id }) => [entityId, `saml ${id}`] as const),
    ...(oidc?.providers ?? []).map(({ issuer, id }) => [issuer, `oidc ${id}`] as const),
    ...(card === undefined ? [] : [[card.provider, 'card card'] as const]),
  ]);
  return (provider) => choices.find(({ kind, id }) => `${kind} ${id}` === doors.get(provider));
}

function doorDeps(options: IdentityOptions): DoorDeps {
  const { stores, clock, randomBytes, newId, hopOf, practitionerOf, onWarn = () => undefined } = options;
  const onEvent = cautious(options.onEvent, onWarn);
  const opened = createSessions({
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
  const sessions = heedSignOuts(opened, stores.transactions);
  const limits = createAttemptLimits({ rates: stores.rates, bounds: options.bounds, hopOf, clock });
  return {
    transactions: stores.transactions,
    sessions,
    finish: createFinishSignIn({
      sessions,
      transactions: stores.transactions,
      limits,
      practitionerOf,
      onEvent,
    }),
    limits,
    clock,
    randomBytes,
    newId,
    hopOf,
    onEvent,
  };
}

function revocationOf(
  { suspensionOf, breakGlass }: Pick<IdentityOptions, 'suspensionOf' | 'breakGlass'>,
  { principal, suspension }: StoredSession,
): EndCode | undefined {
  // As soon as somebody can vouch for people again, nobody is here without.
  if (principal.method === 'break-glass' && breakGlass?.areAllAway() !== true) return 'break-glass-over';
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
