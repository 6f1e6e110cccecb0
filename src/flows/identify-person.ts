import { GatewayError, NotIdentified, SessionsUnavailable } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { TokenScope } from '../domain/words.ts';
import type { IdentityVerifier, LoginEvidence } from './ports.ts';

type Deps = { readonly identity: IdentityVerifier };

/**
 * Who is at the screen. Throws NotIdentified for nobody, for a token that reads one study only and for machines;
 * GatewayError('scope-missing') for a token that is not good for what is asked. Records stay closed to an emergency login
 * (GatewayError('not-permitted')) and to a session that may have been revoked meanwhile (SessionsUnavailable); for AI both are
 * told by the decision, as a reason.
 */
export async function identifyPerson(
  deps: Deps,
  wanted: { readonly evidence: LoginEvidence; readonly scope?: TokenScope },
  signal: AbortSignal,
): Promise<Principal> {
  const caller = await deps.identity.verifyEvidence(wanted.evidence, signal);
  if (caller.kind === 'machine') throw new NotIdentified('A machine’s key opens no door that is for people.');
  if (caller.kind !== 'person') throw new NotIdentified('This token opens one study and nothing else.');
  checkScope(caller, wanted.scope);
  if (wanted.scope === 'records') checkRecords(caller);
  return caller;
}

function checkRecords({ method, unconfirmed }: Principal): void {
  if (unconfirmed === true) throw new SessionsUnavailable();
  if (method !== 'break-glass') return;
  throw new GatewayError('not-permitted', {
    detail: 'Emergency access opens plain images only. Sign in as usual to read records.',
  });
}

/** Throws GatewayError('scope-missing') for a token that is not good for what is wanted. */
export function checkScope({ scopes }: Principal, wanted: TokenScope | undefined): void {
  if (wanted === undefined || scopes === undefined || scopes.includes(wanted)) return;
  throw new GatewayError('scope-missing', {
    detail: `This token is not good for that: it lacks the scope “${wanted}”. Get one that has it.`,
  });
}
