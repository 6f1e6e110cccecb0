/** One record that a proposal writes, changes or takes back. */
export interface RegisterChange {
  /** `practitioner`, `evidence`, `model-version`, `approval` or `stop-use`. */
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

/** Changes that people have yet to sign, or have signed. */
export interface RegisterProposal {
  /** `sha256:<hex>`: what is signed, and how the proposal is named. */
  readonly digest: string;
  /** In the order in which they are written. */
  readonly changes: readonly RegisterChange[];
  /** Administrators whose valid signature is on record, sorted. */
  readonly signedBy: readonly string[];
  /** Fingerprints of their keys, in the same order. */
  readonly keys: readonly string[];
  /** `outdated`: the register has changed since, so it can no longer be applied. `applying`: begun, not finished. */
  readonly state: 'pending' | 'outdated' | 'applying' | 'applied';
}
