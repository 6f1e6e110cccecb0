import type { HealthProbe, PartState } from './ports.ts';

export interface Readiness {
  /** True while images can be served. */
  readonly ready: boolean;
  readonly parts: readonly PartState[];
  /** Why AI is locked for everybody, if it is. */
  readonly aiLockedBecause: readonly string[];
}

/** Without these, no AI; images need the PACS and sign-in only. */
const AI_NEEDS = ['register', 'case-log', 'pacs'] as const;

/** Whether images can be served, and whether AI is locked and why. Never throws. */
export async function checkReadiness(
  deps: { readonly health: HealthProbe },
  signal: AbortSignal,
): Promise<Readiness> {
  const parts = await deps.health.states(signal);
  const down = parts.filter((part) => !part.ok);
  return {
    ready: !down.some((part) => part.part === 'pacs'),
    parts,
    aiLockedBecause: down
      .filter((part) => AI_NEEDS.some((need) => need === part.part))
      .map((part) => part.detail),
  };
}
