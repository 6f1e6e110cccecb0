import { CARD_TYPE, cardClaims, describeCard, type CredentialCard } from '../domain/credential-card.ts';
import { GatewayError, NotPermitted, SessionsUnavailable } from '../domain/errors.ts';
import { reasonOf } from '../domain/reason-texts.ts';
import { identifyPerson } from './identify-person.ts';
import type { CardKeys, PublishedKey } from './ports-card.ts';
import type { Clock, IdentityVerifier, Ids, LoginEvidence, RegisterReader } from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly cardKeys: Pick<CardKeys, 'sign'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Pick<Ids, 'newId'>;
  /** Every site that studies here can be of. */
  readonly sites: readonly string[];
  /** Whether the PACS holds made-up patients. */
  readonly simulator: boolean;
  readonly publicUrl: string;
}

/** A card, and the same signed. */
export interface SignedCard {
  readonly card: CredentialCard;
  readonly claims: Readonly<Record<string, unknown>>;
  /** JSON Web Token. */
  readonly token: string;
}

/**
 * My credential card: what is unlocked for me at this moment, signed, for two minutes or what the policy says. It opens nothing.
 * Throws NotIdentified, GatewayError('scope-missing'), NotPermitted for a login that names nobody in the register,
 * GatewayError('not-permitted') for an emergency login, SessionsUnavailable for a session that may have been revoked,
 * RegisterUnavailable.
 */
export async function readCard(
  deps: Deps,
  input: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<SignedCard> {
  const caller = await identifyPerson(deps, { evidence: input.evidence, scope: 'ai' }, signal);
  if (caller.unconfirmed === true) throw new SessionsUnavailable();
  if (caller.method === 'break-glass') {
    const detail = 'Emergency access opens plain images only, so there is no card. Sign in as usual.';
    throw new GatewayError('not-permitted', { detail });
  }
  const register = deps.register.snapshot();
  const [practitioner, ...others] = register.practitionersByIdentity(caller.provider, caller.subject);
  if (practitioner === undefined || others.length > 0) {
    const code = practitioner === undefined ? 'identity-unmapped' : 'identity-ambiguous';
    throw new NotPermitted([reasonOf(code)]);
  }
  const now = deps.clock.nowMs();
  const { sites, simulator, publicUrl, ids, cardKeys } = deps;
  const card = describeCard({ caller, practitioner, sites, simulator }, register, now);
  const claims = cardClaims(card, { issuer: publicUrl, tokenId: ids.newId() });
  return { card, claims, token: cardKeys.sign(claims, CARD_TYPE, now) };
}

/** The keys by which cards are checked, for anybody. Throws RegisterUnavailable. */
export async function readCardKeys(deps: {
  readonly cardKeys: Pick<CardKeys, 'published'>;
}): Promise<{ readonly keys: readonly PublishedKey[] }> {
  return { keys: await deps.cardKeys.published() };
}
