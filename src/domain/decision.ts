import type { Attested } from './attested.ts';
import type { ModelName, VersionString } from './identifiers.ts';
import type { Principal } from './principal.ts';
import type { Reason, ReasonInstance } from './reasons.ts';
import type { Approval, EndpointBinding, Instant, ModelVersion, Practitioner } from './register.ts';
import type { StudyContext } from './dicom/study-context.ts';
import type { AiFunction, CredentialStatus, HeldFor, InputSource, Protocol } from './words.ts';

/** What is asked: may this person have this function of this exact version on this study? */
export interface Question {
  readonly caller: Principal;
  readonly function: AiFunction;
  readonly model: ModelName;
  readonly version: VersionString;
  /** Absent when no study is open: then nothing that needs one is permitted (`context-missing`). */
  readonly study: StudyContext | undefined;
  /** What the caller brings as input, where a call is asked for; judged against the binding and the policy. */
  readonly input?: InputSource;
  /** The dialect of the call; only an endpoint that speaks it serves it. Absent where no call is asked for. */
  readonly protocol?: Protocol;
  /** The call asks for a text and nothing else, which holds no score, finding or dose, and of which no object can be made. */
  readonly wants?: 'text';
  /**
   * Where the policy wants a second signature: `to-come` asks to run with the result sealed until then, `given` to have it now. Absent for
   * whoever would have it without.
   */
  readonly coSignature?: 'to-come' | 'given';
  /** The endpoint was locked on the node that decided, and not yet in the register; only where a decision is replayed. */
  readonly locked?: true;
  /** At release: what the endpoint says answered, in its own spelling. */
  readonly attested?: Attested;
  /** Function `view`: when the stored result was made; a retired version may be seen if it was released then. */
  readonly madeAt?: Instant;
  /** Function `view`, where the policy holds what AI stored: whose answer it waits for. Absent where it waits for none. */
  readonly heldFor?: HeldFor;
  /**
   * Asks whether it is open to this person at all, on a study that fits: what depends on the study (its place apart, where one is
   * given) is left out. For lists of what somebody holds; it never stands for a decision on a study.
   */
  readonly inPrinciple?: { readonly site: string | undefined; readonly simulator: boolean };
}

/** Permit or deny, with every reason that applies, and what the permission stands on. */
export interface Decision {
  readonly permitted: boolean;
  /** Empty exactly when permitted. */
  readonly reasons: readonly ReasonInstance<Reason>[];
  /** The moment it was decided for. */
  readonly at: Instant;
  readonly registerSequence: number;
  readonly policy: { readonly id: string; readonly version: string; readonly digest: string };
  readonly practitioner?: Practitioner;
  readonly modelVersion?: ModelVersion;
  readonly binding?: EndpointBinding;
  /** The endpoint is locked on this node, and not yet in the register. */
  readonly locked?: true;
  readonly credential?: { readonly id: string; readonly status: CredentialStatus };
  readonly approval?: Approval;
}
