import type { ReasonInstance } from './reasons.ts';
import type { RegisterActName, RegisterKind } from './register-acts.ts';
import type { RegisterProposal } from './register-proposal.ts';
import type { Instant } from './register.ts';

/** One record as it stands, and as it would stand. */
export interface ProposedChange {
  readonly kind: RegisterKind;
  readonly id: string;
  /** In the words of an import file; absent where there is no such record yet, and once it does not wait any more. */
  readonly before?: Readonly<Record<string, unknown>>;
  /** Absent where it is to be taken back. */
  readonly after?: Readonly<Record<string, unknown>>;
  /** Why it is to be taken back. */
  readonly reason?: string;
}

/** Something that waits for a second person. */
export interface WaitingAct {
  /** `sha256:<hex>`: names it. */
  readonly digest: string;
  readonly act: RegisterActName;
  readonly proposedAt: Instant;
  /** Names of those who want it, in the order in which they said so; of administrators what their keys are called. */
  readonly by: readonly string[];
  /** Names of the people it is about. */
  readonly about: readonly string[];
  /** How many records it touches. */
  readonly size: number;
  readonly state: RegisterProposal['state'];
  readonly mayConfirm: boolean;
  readonly mayWithdraw: boolean;
  /** Why not to confirm it; empty exactly when they may. */
  readonly reasons: readonly ReasonInstance[];
}

/** The same with what it would change. */
export interface WaitingDetail extends WaitingAct {
  /** The first ones, in the order in which they are written. */
  readonly changes: readonly ProposedChange[];
  /** Names of everybody in the register whom the records mention, by their identifiers. */
  readonly names: Readonly<Record<string, string>>;
}
