import type { CaseId, ModelName, PractitionerId, StudyUid, VersionString } from '../domain/identifiers.ts';
import type { EndpointFunction } from '../domain/words.ts';

/** A result that waits for a second signature, or has it and can still be read. Personal data: it goes when its time is over. */
export interface SealedResult {
  readonly caseId: CaseId;
  /** Id of the case's intent in the log. */
  readonly intentId: string;
  /** Who asked for it. */
  readonly asker: PractitionerId;
  readonly function: EndpointFunction;
  readonly model: ModelName;
  readonly version: VersionString;
  readonly study: StudyUid;
  /** `sha256:<hex>`, as the case's outcome has it. */
  readonly digest: string;
  /** In the protocol's own shape. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Ms since the epoch. */
  readonly sealedAt: number;
  /** Ms since the epoch; from then on it is nobody's. */
  readonly expiresAt: number;
}

/** A sealed result without what the AI said. */
export type SealedCover = Omit<SealedResult, 'body'>;

/** Sealed results; bounded. Whether one may be opened stands in the case log, never here. All calls throw RegisterUnavailable. */
export interface SealedResults {
  /** Durable when it resolves. The same case again is kept once. Throws GatewayError('overloaded') when there is no room for it. */
  readonly keep: (result: SealedResult) => Promise<void>;
  /** Also one whose time is over, until it is removed. */
  readonly find: (caseId: CaseId) => Promise<SealedResult | undefined>;
  /** Those that nobody has answered and whose time is not over, the oldest first. */
  readonly waiting: (asked: {
    readonly nowMs: number;
    readonly limit: number;
  }) => Promise<readonly SealedCover[]>;
  /** Takes it off the list of those that wait. */
  readonly noteAnswered: (caseId: CaseId) => Promise<void>;
  /** Those whose time is over, the oldest first. */
  readonly expired: (asked: {
    readonly nowMs: number;
    readonly limit: number;
  }) => Promise<readonly SealedCover[]>;
  /** Nothing of it is left. */
  readonly remove: (caseId: CaseId) => Promise<void>;
}
