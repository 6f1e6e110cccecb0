import type { ReasonInstance } from '../domain/reasons.ts';

/** A link by which a person gets on. */
export interface WayOut {
  readonly text: string;
  readonly href: string;
}

/** A page that says what did not work, why, and what to do next. */
export interface ProblemPage {
  readonly title: string;
  readonly detail: string;
  readonly reasons: readonly ReasonInstance[];
  /** What to do, where the reasons do not already say it. */
  readonly remedy?: string;
  /** What puts it right, where only the sign-in stands in the way. */
  readonly confirm?: WayOut;
  readonly ways: readonly WayOut[];
  readonly requestId: string;
}
