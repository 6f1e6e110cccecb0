import type { PractitionerId } from './identifiers.ts';
import type { Instant } from './register.ts';
import type { RegisterActName } from './register-acts.ts';
import type { Assurance } from './words.ts';

/** One record that a proposal writes, changes or takes back. */
export interface RegisterChange {
  /** `practitioner`, `evidence`, `model-version`, `approval`, `stop-use`, `guideline`, `plan` or `acceptance-test`. */
  readonly kind: string;
  readonly id: string;
  readonly action: 'added' | 'changed' | 'removed';
  /** `sha256:<hex>` over the record's exact text. */
  readonly digest: string;
  /** What it is in the case log: a version's release and a stop-use are entries of their own kind. */
  readonly entry: 'register.change' | 'model.release' | 'stop-use';
  /** The practitioner it is about. Personal data. */
  readonly person?: string;
  readonly model?: {
    readonly id: string;
    readonly version: string;
    readonly family?: string;
    readonly digest?: string;
  };
}

/** Somebody who did or confirmed an act while signed in. */
export interface Consent {
  readonly practitioner: PractitionerId;
  readonly method: string;
  readonly assurance: Assurance;
  /** When they had proved who they are. */
  readonly authenticatedAt: Instant;
  readonly at: Instant;
}

/** Changes that people have yet to sign, or have signed. */
export interface RegisterProposal {
  /** `sha256:<hex>`: what is signed, and how the proposal is named. */
  readonly digest: string;
  readonly act: RegisterActName;
  /** How many people it takes; administrators with keys, or people who are signed in. None for a lock of the gateway's own. */
  readonly people: number;
  readonly proposedAt: Instant;
  /** In the order in which they are written. */
  readonly changes: readonly RegisterChange[];
  /** Administrators whose valid signature is on record, sorted. */
  readonly signedBy: readonly string[];
  /** Fingerprints of their keys, in the same order. */
  readonly keys: readonly string[];
  /** People who did or confirmed it while signed in, in the order in which they did. */
  readonly consents: readonly Consent[];
  /**
   * `outdated`: a record it changes has been changed since, or it has waited too long, so it can no longer be applied. `applying`: begun, not finished.
   * `withdrawn`: somebody took it back before it was complete.
   */
  readonly state: 'pending' | 'outdated' | 'applying' | 'applied' | 'withdrawn';
  /** State of the register before and after it: hashes over every record in order. Known once it is begun. */
  readonly heads?: { readonly before: string; readonly after: string };
  /** When its records count as recorded: the moment it was begun. */
  readonly recordedAt?: Instant;
}
