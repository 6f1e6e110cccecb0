import type { Attested } from '../domain/attested.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { EndpointBinding, ModelVersion, RegisterSnapshot } from '../domain/register.ts';

/**
 * What an endpoint says when it is asked beside a call which model and version it serves. `absent`: it answers in its own protocol that
 * it does not serve them. `silent`: it answers, and that says nothing. `away`: nobody answers in time. `left-alone`: it failed so often of
 * late that nobody asked.
 */
export type ProbeAnswer =
  | {
      readonly kind: 'attested';
      readonly model?: string;
      readonly version?: string;
      /** `sha256:<hex>` over its weights. */
      readonly checksum?: string;
    }
  | { readonly kind: 'absent' | 'silent' | 'away' | 'left-alone' };

/** When an endpoint is looked at: by and by, before a call, or once an answer is there, which is then never `left-alone`. */
export type LookTime = 'schedule' | 'before' | 'after';

export interface EndpointProber {
  /**
   * One look, within the binding's own time and a few seconds at most. It waits for no call, and no call for it. Never rejects: a fault of the
   * endpoint is a value.
   */
  readonly probe: (binding: EndpointBinding, signal: AbortSignal, when: LookTime) => Promise<ProbeAnswer>;
}

/** An endpoint that is not what the register says. */
export interface Mismatch {
  readonly version: ModelVersion;
  readonly binding: EndpointBinding;
  readonly attested: Attested;
  /** By a call of somebody's, or by looking. */
  readonly found: 'call' | 'probe';
  readonly caseId?: CaseId;
}

/** Versions that are locked at one endpoint because it did not prove them. */
export interface EndpointLocks {
  /**
   * Locks the version at that endpoint: on this node at once, in the register and so on every node as soon as that can be written. Where it
   * is locked already nothing is added. Never throws.
   */
  readonly report: (mismatch: Mismatch) => void;
  /** The register, with the locks that it does not hold yet. */
  readonly over: (snapshot: RegisterSnapshot) => RegisterSnapshot;
}
