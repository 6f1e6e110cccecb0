import { NotIdentified } from '../../src/domain/errors.ts';
import type { Caller } from '../../src/domain/principal.ts';
import type { IdentityVerifier, LoginEvidence } from '../../src/flows/ports.ts';

/**
 * An identity room that knows exactly the given tokens. Keeps the port's contract: a bearer token beats a cookie,
 * a session is only ever a person, a study token only ever a study reader, everything else is NotIdentified.
 */
export function createFixedIdentity(entries: Readonly<Record<string, Caller>>): IdentityVerifier {
  const callers = new Map(Object.entries(entries));
  return {
    verifyEvidence: async (evidence: LoginEvidence, signal: AbortSignal) => {
      signal.throwIfAborted();
      const caller = callerOf(callers, evidence);
      if (caller === undefined) throw new NotIdentified();
      return caller;
    },
  };
}

function callerOf(callers: ReadonlyMap<string, Caller>, evidence: LoginEvidence): Caller | undefined {
  if (evidence.bearerToken !== undefined) return callers.get(evidence.bearerToken);
  const caller = evidence.sessionToken === undefined ? undefined : callers.get(evidence.sessionToken);
  return caller?.kind === 'person' ? caller : undefined;
}
