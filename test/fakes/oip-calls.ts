import { createByteDigest } from '../../src/domain/byte-digest.ts';
import { parseCaseId, type CaseId } from '../../src/domain/identifiers.ts';
import type { EndpointBinding } from '../../src/domain/register.ts';
import type {
  InferenceAnswer,
  InferenceCall,
  InferenceStream,
  RawTensors,
  StreamEvent,
} from '../../src/flows/ports-inference.ts';
import { aBinding, studyUid } from './register-builder.ts';

export const CASE = parseCaseId('c-00000000-0000-4000-8000-000000000001') as CaseId;

/** A call of the ready-made binding with this payload. */
export function aCall(
  payload: InferenceCall['payload'],
  binding: Partial<EndpointBinding>,
  more: Partial<InferenceCall> = {},
): InferenceCall {
  return {
    binding: aBinding({ input: 'caller', ...binding }),
    caseId: CASE,
    study: studyUid('1.2.3'),
    payload,
    ...more,
  };
}

/** Raw tensors that come in these pieces; a piece can be a fault. Their digest is there once all were read. */
export function rawTensors(pieces: readonly (Uint8Array | Error)[]): RawTensors {
  const digest = createByteDigest();
  let value: string | undefined;
  return {
    length: pieces.reduce((sum, piece) => sum + (piece instanceof Error ? 0 : piece.length), 0),
    digest: () => value,
    bytes: (async function* () {
      for (const piece of pieces) {
        if (piece instanceof Error) throw piece;
        digest.update(piece);
        yield piece;
      }
      value = digest.value();
    })(),
  };
}

/** The stream that an answer is. Throws where it is none. */
export function streamOf(answer: InferenceAnswer): InferenceStream {
  if (answer.kind === 'stream') return answer;
  throw new Error(`no stream but ${JSON.stringify(answer)}`);
}

/** All events of a stream. */
export async function eventsOf(answer: InferenceAnswer): Promise<readonly StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of streamOf(answer).events) events.push(event);
  return events;
}

/** The pieces among them as one. */
export function bytesOf(events: readonly StreamEvent[]): Buffer {
  return Buffer.concat(events.flatMap((event) => (event.kind === 'piece' ? [event.bytes] : [])));
}
