import type { Decision } from './decision.ts';
import type { Finding } from './finding.ts';
import type { Approval, Guideline } from './register.ts';
import type { ApprovalMode } from './words.ts';

/** What a permission would stand on, and what of that stands in its way. */
export interface Ground {
  /** Absent where the function is no duty of anybody who is known. */
  readonly credential: Decision['credential'] | undefined;
  /** Absent where there is none. */
  readonly approval: Approval | undefined;
  /** The approval's. */
  readonly mode: ApprovalMode | undefined;
  readonly findings: readonly Finding[];
}

/** The version of a guideline that is to be read now. */
export type GuidelineNow = Pick<Guideline, 'id' | 'version'>;
