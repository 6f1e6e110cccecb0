import type { Readiness } from './check-readiness.ts';
import type { PartState } from './ports.ts';

/**
 * How the workers of one machine stand together; `undefined` for one that does not answer or is being started. Images can be served
 * while one worker serves them: taking the machine out for another that does not would take those along. A part is well when it is at
 * every worker that answers; AI is locked for whatever reason one of them gives.
 */
export function mergeReadiness(workers: readonly (Readiness | undefined)[]): Readiness {
  const answers = workers.filter((one) => one !== undefined);
  const parts = new Map<string, PartState>();
  for (const state of answers.flatMap((one) => one.parts)) {
    const key = `${state.part} ${state.name ?? ''}`;
    if (parts.get(key)?.ok !== false) parts.set(key, state);
  }
  const detail = `${String(answers.length)} of ${String(workers.length)} workers take calls.`;
  return {
    ready: answers.some(({ ready }) => ready),
    parts: [...parts.values(), { part: 'workers', ok: answers.length === workers.length, detail }],
    aiLockedBecause:
      answers.length === 0 ? [detail] : [...new Set(answers.flatMap((one) => one.aiLockedBecause))],
  };
}
