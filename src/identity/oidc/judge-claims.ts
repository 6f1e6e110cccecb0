import { z } from 'zod';
import type { Arrival } from '../door-deps.ts';
import { demand } from '../sign-in-refusal.ts';
import { assuranceOfClaims } from './assurance-of-claims.ts';
import { claimValues, plainText, type ClaimSources } from './claim-values.ts';
import type { OpenidProvider } from './openid-provider.ts';
import { selectedRole } from './selected-role.ts';

/** OpenID Connect Core §2, `sub`. */
const MAX_SUBJECT_LENGTH = 255;
const MAX_SID_LENGTH = 255;

/** Of what is looked at here; times in seconds since the epoch. */
const idTokenClaims = z.looseObject({
  sub: z.unknown(),
  iat: z.number(),
  azp: z.unknown().optional(),
  auth_time: z.number().positive().optional(),
  amr: z.array(z.string()).max(50).optional(),
  sid: z.string().min(1).max(MAX_SID_LENGTH).optional(),
});

/**
 * What a verified ID token, with what the userinfo endpoint added, proves about the person. Checks what the libraries leave
 * unchecked. Throws SignInRefused.
 */
export function judgeClaims(provider: OpenidProvider, claims: ClaimSources, nowMs: number): Arrival {
  const parsed = idTokenClaims.safeParse(claims.idToken).data;
  demand(parsed !== undefined, 'answer-unreadable');
  const subject = plainText(parsed.sub, MAX_SUBJECT_LENGTH);
  demand(subject !== undefined, 'subject-unclear');
  demand(parsed.azp === undefined || parsed.azp === provider.clientId, 'wrong-audience');
  demand(parsed.iat * 1_000 <= nowMs + provider.clockSkewMs, 'not-in-time');
  const authenticatedAt = judgeAuthTime(provider, parsed.auth_time, nowMs);
  demand(idAssuranceOf(claims) >= provider.minIdAssurance, 'identity-too-weak');
  return {
    provider: provider.issuer,
    subject,
    method: 'oidc',
    assurance: assuranceOfClaims(provider.assurance, claims),
    authenticatedAt,
    ...(provider.roleSelection === 'provider' ? { role: selectedRole(claims) } : {}),
    ...(parsed.sid === undefined ? {} : { sessionIndex: parsed.sid }),
  };
}

/** Returns ms since the epoch. Without it nobody knows how old the sign-in is. */
function judgeAuthTime(
  { clockSkewMs, maxAuthenticationAgeMs = Infinity }: OpenidProvider,
  authTime: number | undefined,
  nowMs: number,
): number {
  demand(authTime !== undefined, 'login-not-proved');
  const authenticatedAt = Math.floor(authTime) * 1_000;
  demand(authenticatedAt <= nowMs + clockSkewMs, 'not-in-time');
  demand(nowMs - authenticatedAt <= maxAuthenticationAgeMs + clockSkewMs, 'not-fresh');
  return authenticatedAt;
}

/** How thoroughly the person's identity was checked when they were registered; the weakest of what is said, 0 for nothing. */
function idAssuranceOf(claims: ClaimSources): number {
  const said = claimValues(claims, 'id_assurance_level', 'idassurancelevel');
  const levels = said.map((value) =>
    typeof value === 'string' && /^[0-3]$/.test(value) ? Number(value) : 0,
  );
  return levels.length === 0 ? 0 : Math.min(...levels);
}
