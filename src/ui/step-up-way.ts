import type { ReasonInstance } from '../domain/reasons.ts';
import type { Assurance } from '../domain/words.ts';
import type { WayOut } from './problem-page.ts';

/** Somebody who could prove more than they did. */
export interface StepUp {
  /** How strongly they signed in. */
  readonly held: Assurance;
  /** The page to come back to. */
  readonly returnTo: string;
}

const PUT_RIGHT_BY_SIGNING_IN: readonly ReasonInstance['code'][] = ['assurance-too-low', 'login-too-old'];

const CONFIRM: Readonly<Record<Assurance, string>> = {
  1: 'Sign in again',
  2: 'Confirm with a second factor',
  3: 'Confirm with your smart card',
};

/**
 * The link that puts a refusal right, where nothing but the sign-in stands in the way; undefined where something else does, too.
 * Somebody whose sign-in is merely old proves again what they proved before, so that nothing gets locked by it.
 */
export function stepUpWay(
  reasons: readonly ReasonInstance[],
  stepUp: StepUp | undefined,
): WayOut | undefined {
  if (stepUp === undefined || reasons.length === 0) return undefined;
  if (!reasons.every(({ code }) => PUT_RIGHT_BY_SIGNING_IN.includes(code))) return undefined;
  const tooLow = reasons.filter(({ code }) => code === 'assurance-too-low');
  const wanted = tooLow.map(({ assurance = 3 }) => assurance);
  const assurance = wanted.toSorted().at(-1) ?? stepUp.held;
  return {
    text: tooLow.length === 0 ? 'Sign in again' : CONFIRM[assurance],
    href: stepUpHref(assurance, stepUp.returnTo),
  };
}

/** The link to prove more without having been refused. */
export function confirmWay(assurance: Assurance, returnTo: string): WayOut {
  return { text: CONFIRM[assurance], href: stepUpHref(assurance, returnTo) };
}

function stepUpHref(assurance: Assurance, returnTo: string): string {
  const query = new URLSearchParams({ assurance: String(assurance), return: returnTo });
  return `/auth/step-up?${query.toString()}`;
}
