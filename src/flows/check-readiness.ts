import type { HealthProbe, PartState } from './ports.ts';

export interface Readiness {
  /** True while images can be served. */
  readonly ready: boolean;
  readonly parts: readonly PartState[];
  /** Why AI is locked for everybody, if it is. */
  readonly aiLockedBecause: readonly string[];
}

/** Without these, no AI; images need a PACS and sign-in only. */
const AI_NEEDS = ['register', 'case-log', 'pacs'] as const;

/**
 * Whether images can be served, and whether AI is locked and why. Of several PACS one that answers is enough: a node that is taken
 * out for one that does not would take the images of the others along. Never throws.
 */
export async function checkReadiness(
  deps: { readonly health: HealthProbe },
  signal: AbortSignal,
): Promise<Readiness> {
  const parts = await deps.health.states(signal);
  const ready = !isDown(parts, 'pacs');
  return {
    ready,
    parts,
    aiLockedBecause: parts
      .filter(({ part, ok }) => !ok && AI_NEEDS.some((need) => need === part) && isDown(parts, part))
      .map(({ detail }) => detail),
  };
}

/** Whether none of that kind is well. */
function isDown(parts: readonly PartState[], kind: PartState['part']): boolean {
  const some = parts.filter(({ part }) => part === kind);
  return some.length > 0 && some.every(({ ok }) => !ok);
}
