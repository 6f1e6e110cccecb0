import { NotIdentified } from '../../domain/errors.ts';
import type { Caller } from '../../domain/principal.ts';
import type { IdentityVerifier, LoginEvidence } from '../../flows/ports.ts';
import type { Sessions } from '../door-deps.ts';
import type { Machines } from '../machines/create-machines.ts';
import { isMachineKey } from '../machines/machine-key.ts';
import { isStudyToken, type StudyTokenBook } from '../sessions/create-study-tokens.ts';

interface Deps {
  readonly sessions: Pick<Sessions, 'verify'>;
  readonly studyTokens: Pick<StudyTokenBook, 'verify'>;
  readonly machines: Machines;
}

/**
 * Who a request proves to come from. A bearer token counts before a cookie, and both before a certificate; what fails is not tried as
 * something else, and a browser's session never works as a token: what an AI endpoint or viewer holds must not open more than
 * it was given for.
 */
export function createEvidenceVerifier(deps: Deps): IdentityVerifier {
  return {
    verifyEvidence: async (evidence) => {
      const { bearerToken, sessionToken, isUnattended } = evidence;
      if (bearerToken !== undefined) return await bearerOf(deps, bearerToken, evidence);
      if (sessionToken !== undefined)
        return await deps.sessions.verify(sessionToken, 'browser', isUnattended);
      return await machineOf(deps, evidence);
    },
  };
}

/** Keys and study tokens have shapes of their own; so machines go on working, and cost no look-up, while the session store is away. */
async function bearerOf(deps: Deps, token: string, evidence: LoginEvidence): Promise<Caller> {
  if (isStudyToken(token)) return await deps.studyTokens.verify(token);
  if (!isMachineKey(token)) return await deps.sessions.verify(token, 'bearer', evidence.isUnattended);
  const machine = deps.machines.byKey(token, evidence.address);
  if (machine === undefined)
    throw new NotIdentified('This key is unknown, or not for the address it came from.');
  return machine;
}

async function machineOf({ machines }: Deps, { certificate, address }: LoginEvidence): Promise<Caller> {
  const machine = certificate === undefined ? undefined : await machines.byCertificate(certificate, address);
  if (machine === undefined) throw new NotIdentified();
  return machine;
}
