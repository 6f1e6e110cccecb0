import type { WorkitemState } from '../domain/dicom/workitem-state.ts';
import type { WorkitemNotice } from '../domain/dicom/workitem-event.ts';
import type { CaseId, PractitionerId, SopInstanceUid, StudyUid } from '../domain/identifiers.ts';
import type { Principal } from '../domain/principal.ts';
import type { WorkitemSubscriber } from '../domain/workitem-subscription.ts';
import type { Workitem, WorkitemsOf } from '../domain/workitem.ts';

/** Where a list goes on: behind this one. */
export type WorkitemPlace = Pick<Workitem, 'createdAt' | 'uid'>;

/** What is asked of a workitem while it is done. */
export type WorkUnderWay = Pick<Workitem, 'caseId' | 'creator' | 'model' | 'version' | 'function' | 'asked'>;

/** The workitems of this gateway. Everything throws RegisterUnavailable when its database fails. */
export interface Workitems {
  /**
   * Throws GatewayError('overloaded') where this person has as many as one may, or all of them together have: creations at the same moment may
   * go past it by their number.
   */
  readonly checkRoom: (creator: PractitionerId) => Promise<void>;
  /**
   * Durable when it resolves. Throws GatewayError('conflict') where there is one with this UID, and what checkRoom throws. Where it throws
   * RegisterUnavailable it may have been kept all the same.
   */
  readonly create: (workitem: Workitem) => Promise<void>;
  readonly find: (uid: SopInstanceUid) => Promise<Workitem | undefined>;
  /**
   * Compare-and-swap, durable when it resolves: writes state, key, dataset, performer and the end of the case where the stored revision
   * still is that of `workitem`, and counts it up. Resolves to whether it did; of many at once one does.
   */
  readonly change: (workitem: Workitem) => Promise<boolean>;
  /** Oldest first, at most `limit`, from behind a place; in one state, where one is named. */
  readonly list: (asked: {
    readonly of: WorkitemsOf;
    readonly state?: WorkitemState | undefined;
    readonly after?: WorkitemPlace | undefined;
    readonly limit: number;
  }) => Promise<readonly Workitem[]>;
  /** Whether the case is that of a workitem whose end is not on record yet. */
  readonly awaits: (caseId: CaseId) => Promise<boolean>;
  /** The machine that claimed the workitem of this case; undefined where nobody has, or it is the case of none. */
  readonly performerOf: (caseId: CaseId) => Promise<string | undefined>;
  /** Of a study, what a machine has claimed and not finished, oldest first: sixteen at most. Asked for with each image that it reads. */
  readonly performing: (asked: {
    readonly machine: string;
    readonly study: StudyUid;
  }) => Promise<readonly WorkUnderWay[]>;
  /** Which are due, oldest first: open and created before a moment; final, with its case not ended; final since before a moment. */
  readonly due: (before: {
    readonly created: number;
    readonly final: number;
    readonly limit: number;
    /** From behind this one. */
    readonly after?: WorkitemPlace | undefined;
  }) => Promise<readonly WorkitemPlace[]>;
  /** Takes one out, with the subscriptions to it, where it is final and its case has ended. */
  readonly remove: (uid: SopInstanceUid) => Promise<void>;
}

/** The sessions in which people asked for workitems. */
export interface CreatorSessions {
  /**
   * Whether the session is still there: not signed out, revoked or past its end, nor the one it hangs on. One that is locked is there.
   * Throws SessionsUnavailable.
   */
  readonly stands: (caller: Pick<Principal, 'provider' | 'subject' | 'sessionRef'>) => Promise<boolean>;
}

/** Whose subscription: an AE title belongs to whoever subscribed with it first, until nothing is subscribed with it. */
export type SubscriptionOf = Pick<WorkitemSubscriber, 'aet' | 'owner'>;

/**
 * Who is told of changes to workitems. What is said of `false` below changes nothing. Everything is durable when it resolves, and
 * throws RegisterUnavailable when its database fails.
 */
export interface WorkitemSubscriptions {
  readonly find: (aet: string) => Promise<WorkitemSubscriber | undefined>;
  /**
   * Subscribers that may have to be told of a workitem or hold it: those to all, and those to this one (`one`). Of these AE titles,
   * of this owner, or of those with a deletion lock.
   */
  readonly about: (
    uid: SopInstanceUid,
    which: { readonly aets: readonly string[] } | { readonly owner: string } | { readonly withLock: true },
  ) => Promise<readonly WorkitemSubscriber[]>;
  /** False where the AE title is another's. Throws GatewayError('overloaded') where there are as many as there may be. */
  readonly subscribeToOne: (
    to: SubscriptionOf &
      Pick<WorkitemSubscriber, 'reach'> & { readonly uid: SopInstanceUid; readonly hasLock: boolean },
  ) => Promise<boolean>;
  /** In the place of what was subscribed to all; what is subscribed to single ones stays. As subscribeToOne otherwise. */
  readonly subscribeToAll: (
    to: SubscriptionOf &
      Pick<WorkitemSubscriber, 'reach'> & { readonly filter?: string | undefined; readonly hasLock: boolean },
  ) => Promise<boolean>;
  /** Whoever is subscribed to all stays so, but for this one. False where the AE title is another's. */
  readonly unsubscribeFromOne: (from: SubscriptionOf & { readonly uid: SopInstanceUid }) => Promise<boolean>;
  /** False where the AE title is another's. */
  readonly unsubscribeFromAll: (from: SubscriptionOf) => Promise<boolean>;
  /** Of what is created from now on nothing is told. False where the AE title is another's. */
  readonly suspend: (of: SubscriptionOf, at: number) => Promise<boolean>;
  /** Sets AE titles free with which nothing is subscribed. */
  readonly tidy: () => Promise<void>;
}

/** Tells that something happened to a workitem. Never throws and waits for nobody; who cannot be reached is not told. */
export interface WorkitemTeller {
  readonly tell: (notice: WorkitemNotice) => void;
}

/** The other nodes, which are told, and tell. */
export interface OtherNodes extends WorkitemTeller {
  /** Resolves when what they tell from now on will be heard, or cannot be. Never rejects. */
  readonly listen: () => Promise<void>;
}
