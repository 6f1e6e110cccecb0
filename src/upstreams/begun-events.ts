import type { Attested, InferenceFailure, InferenceStream, StreamEvent } from '../flows/ports-inference.ts';

type Piece = Omit<Extract<StreamEvent, { readonly kind: 'piece' }>, 'kind'>;
type Concluded = Omit<Extract<StreamEvent, { readonly kind: 'end' }>, 'kind' | 'durationMs'>;

/** Pieces that are fit to be passed on, and then what came of them. May throw: then the answer was cut. */
export type Pieces = AsyncGenerator<Piece, Concluded, undefined>;

/** None of it was fit to be passed on, and it says of itself what it is. */
interface FailedAtOnce extends Attested {
  readonly kind: 'failed';
  readonly failure: InferenceFailure;
}

interface Terms {
  /** What it means that the source failed, at this moment. */
  readonly failure: () => InferenceFailure;
  /** Since the call began, ms. */
  readonly elapsedMs: () => number;
  /** Ends the source, whatever waits for it. */
  readonly leave: () => void;
}

/**
 * A stream whose first event is at hand. A failure before any piece is told as the failure of the whole call; later ones are its last
 * event. Throws nothing.
 */
export async function beginEvents(
  pieces: Pieces,
  headers: InferenceStream['headers'],
  terms: Terms,
): Promise<Omit<InferenceStream, 'durationMs'> | FailedAtOnce | InferenceFailure> {
  let isLeft = false;
  const failure = (): InferenceFailure => (isLeft ? 'cancelled' : terms.failure());
  const leave = (): void => {
    isLeft = true;
    terms.leave();
  };
  const events = eventsOf(pieces, { failure, elapsedMs: terms.elapsedMs });
  const first = await events.next();
  if (first.done === true) return 'bad-answer';
  const attested = namesOf(first.value);
  if (first.value.kind === 'end') {
    const { failure = 'bad-answer' } = first.value;
    return Object.keys(attested).length === 0 ? failure : { kind: 'failed', failure, ...attested };
  }
  return { kind: 'stream', ...attested, headers, events: beginningWith(first.value, events, leave) };
}

function namesOf({ attestedModel, attestedVersion }: StreamEvent): Attested {
  return {
    ...(attestedModel === undefined ? {} : { attestedModel }),
    ...(attestedVersion === undefined ? {} : { attestedVersion }),
  };
}

async function* eventsOf(
  pieces: Pieces,
  { failure, elapsedMs }: Omit<Terms, 'leave'>,
): AsyncGenerator<StreamEvent, void, undefined> {
  try {
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) {
        yield { kind: 'end', durationMs: elapsedMs(), ...next.value };
        return;
      }
      yield { kind: 'piece', ...next.value };
    }
  } catch {
    // The cause is the HTTP client's, or says that the bytes make no sense; which of them is all that the case needs.
    yield { kind: 'end', failure: failure(), durationMs: elapsedMs() };
  } finally {
    await pieces.return({});
  }
}

/** The first event was taken already, so leaving early ends what is under way. A generator that waits for bytes does not hear of it. */
function beginningWith(
  first: StreamEvent,
  events: AsyncGenerator<StreamEvent, void, undefined>,
  leave: () => void,
): AsyncIterableIterator<StreamEvent> {
  let isFirst = true;
  const all: AsyncIterableIterator<StreamEvent> = {
    next: async () => {
      if (!isFirst) return await events.next();
      isFirst = false;
      return { done: false, value: first };
    },
    return: async () => {
      isFirst = false;
      leave();
      return await events.return();
    },
    [Symbol.asyncIterator]: () => all,
  };
  return all;
}
