import { NotIdentified } from '../../domain/errors.ts';
import type { Caller, StudyReader } from '../../domain/principal.ts';
import type { IdentityVerifier, LoginEvidence } from '../../flows/ports.ts';
import type { Sessions } from '../door-deps.ts';
import type { Machines } from '../machines/create-machines.ts';
import { isMachineKey } from '../machines/machine-key.ts';

interface Deps {
  readonly sessions: Pick<Sessions, 'verify'>;
  readonly studyTokens: { readonly verify: (token: string) => StudyReader };
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
      const { bearerToken, sessionToken } = evidence;
      if (bearerToken !== undefined) return await bearerOf(deps, bearerToken, evidence);
      if (sessionToken !== undefined) return await deps.sessions.verify(sessionToken, 'browser');
      return await machineOf(deps, evidence);
    },
  };
}

/** A machine's key has a shape of its own; so machines go on working, and cost no look-up, while the session store is away. */
async function bearerOf(deps: Deps, token: string, { address }: LoginEvidence): Promise<Caller> {
  if (!isMachineKey(token)) {
    return studyReaderOf(deps, token) ?? (await deps.sessions.verify(token, 'bearer'));
  }
  const machine = deps.machines.byKey(token, address);
  if (machine === undefined)
    throw new NotIdentified('This key is unknown, or not for the address it came from.');
  return machine;
}

function studyReaderOf({ studyTokens }: Deps, token: string): StudyReader | undefined {
  try {
    return studyTokens.verify(token);
  } catch (error: unknown) {
    if (error instanceof NotIdentified) return undefined;
    throw error;
  }
}

async function machineOf({ machines }: Deps, { certificate, address }: LoginEvidence): Promise<Caller> {
  const machine = certificate === undefined ? undefined : await machines.byCertificate(certificate, address);
  if (machine === undefined) throw new NotIdentified();
  return machine;
}
