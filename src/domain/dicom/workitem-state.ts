/** States of a workitem (PS3.4 §CC.1.1). */
export const WORKITEM_STATES = ['SCHEDULED', 'IN PROGRESS', 'COMPLETED', 'CANCELED'] as const;
export type WorkitemState = (typeof WORKITEM_STATES)[number];

/** Texts of the Warning header, as PS3.18 §11 prints them. */
export const WORKITEM_WARNINGS = {
  canceled: 'The UPS is already in the requested state of CANCELED.',
  completed: 'The UPS is already in the requested state of COMPLETED.',
  missing: 'The Transaction UID is missing.',
  incorrect: 'The Transaction UID is incorrect.',
  inconsistent: 'The submitted request is inconsistent with the state of the UPS Instance.',
} as const;
export type WorkitemWarning = keyof typeof WORKITEM_WARNINGS;

/** Where a workitem stands, as far as a request is judged by it. */
export interface WorkitemStanding {
  readonly state: WorkitemState;
  /** The key of whoever claimed it; absent before that. */
  readonly transactionUid?: string;
}

/** What becomes of a request. `already` changes nothing and is no fault: a performer that lost an answer asks again. */
export type WorkitemVerdict =
  | { readonly kind: 'go' }
  | { readonly kind: 'already'; readonly warning: WorkitemWarning }
  | { readonly kind: 'refused'; readonly status: 400 | 409; readonly warning: WorkitemWarning };

const GO: WorkitemVerdict = { kind: 'go' };
const INCONSISTENT: WorkitemVerdict = { kind: 'refused', status: 409, warning: 'inconsistent' };
const MISSING: WorkitemVerdict = { kind: 'refused', status: 400, warning: 'missing' };
const INCORRECT: WorkitemVerdict = { kind: 'refused', status: 400, warning: 'incorrect' };
const CANCELED: WorkitemVerdict = { kind: 'already', warning: 'canceled' };
const COMPLETED: WorkitemVerdict = { kind: 'already', warning: 'completed' };

type Row = Readonly<Record<WorkitemState, WorkitemVerdict>>;

const NEVER: Row = {
  SCHEDULED: INCONSISTENT,
  'IN PROGRESS': INCONSISTENT,
  COMPLETED: INCONSISTENT,
  CANCELED: INCONSISTENT,
};

/** PS3.4 Table CC.1.1-2, for a request with the right Transaction UID: the state asked for, and the state it is in. */
const WITH_THE_KEY: Readonly<Record<WorkitemState, Row>> = {
  SCHEDULED: NEVER,
  'IN PROGRESS': { ...NEVER, SCHEDULED: GO },
  COMPLETED: { ...NEVER, 'IN PROGRESS': GO, COMPLETED },
  CANCELED: { ...NEVER, 'IN PROGRESS': GO, CANCELED },
};

/** A cancellation that is asked for by others than the performer (PS3.4 Table CC.1.1-2, last row). */
const CANCEL_REQUESTS: Row = {
  SCHEDULED: GO,
  'IN PROGRESS': GO,
  COMPLETED: { kind: 'refused', status: 409, warning: 'completed' },
  CANCELED: { kind: 'refused', status: 409, warning: 'canceled' },
};

/**
 * Judges a change of state. Whoever claims what is claimed or over has no key to be wrong about: that is 409. Where the key
 * counts, a wrong one is told before the state is, so that the state answers only to whoever holds it.
 */
export function judgeStateChange(
  standing: WorkitemStanding,
  wanted: WorkitemState,
  transactionUid: string | undefined,
): WorkitemVerdict {
  if (transactionUid === undefined) return MISSING;
  const needsKey = standing.state !== 'SCHEDULED' && wanted !== 'IN PROGRESS';
  if (needsKey && transactionUid !== standing.transactionUid) return INCORRECT;
  return WITH_THE_KEY[wanted][standing.state];
}

/** Judges an update (PS3.18 §11.6): freely before the claim, with the key after it, not at all in the end. */
export function judgeUpdate(standing: WorkitemStanding, transactionUid: string | undefined): WorkitemVerdict {
  if (standing.state === 'SCHEDULED') return GO;
  if (standing.state !== 'IN PROGRESS') return { kind: 'refused', status: 400, warning: 'inconsistent' };
  if (transactionUid === undefined) return MISSING;
  return transactionUid === standing.transactionUid ? GO : INCORRECT;
}

/**
 * Judges a request to cancel by somebody who does not perform it (PS3.18 §11.8). What is under way is its performer's to cancel: one that
 * is subscribed can be told; to say it of another would be untrue.
 */
export function judgeCancelRequest({ state }: WorkitemStanding, canTellPerformer: boolean): WorkitemVerdict {
  return state === 'IN PROGRESS' && !canTellPerformer ? INCONSISTENT : CANCEL_REQUESTS[state];
}

/** Whether nothing of it changes any more. */
export function isFinal(state: WorkitemState): boolean {
  return state === 'COMPLETED' || state === 'CANCELED';
}

/** A state by its name; undefined for any other text. */
export function parseWorkitemState(text: string | undefined): WorkitemState | undefined {
  return WORKITEM_STATES.find((state) => state === text);
}
