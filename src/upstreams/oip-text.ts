import { z } from 'zod';
import { createByteDigest, digestOfText } from '../domain/byte-digest.ts';
import { DRAFT_MARK } from '../domain/draft-marking.ts';
import type { Attested, InferenceFailure } from '../flows/ports-inference.ts';
import type { Pieces } from './begun-events.ts';
import type { Answered, ReadAnswer } from './oip-answer.ts';
import { attestedNames, endOf, failedOf, oipNames, type AnothersAnswer } from './oip-names.ts';
import { parseJson } from './parse-json.ts';
import { readServerSentEvents } from './server-sent-events.ts';

/** One event holds a few words; a server that sends all in one sends a report. */
const MAX_EVENT_BYTES = 262_144;

const text = z.object({ ...oipNames, text_output: z.string() });
/** An error can come after a 200 (generate extension). */
const fault = z.object({ error: z.string() });

interface ReadText {
  readonly attested: Attested;
  readonly text: string;
  /** As it is passed on: nothing but the protocol's own members. */
  readonly json: string;
}

/** Reads the answer to `generate` (generate extension). Only the protocol's own members are kept. */
export function readOipText(bytes: Uint8Array, answered: Answered): ReadAnswer {
  const read = readText(parseJson(bytes), answered, markOf(answered));
  if (isFailed(read)) return read;
  const digest = createByteDigest();
  digest.update(bytes);
  return {
    kind: 'result',
    ...read.attested,
    body: { text_output: read.text },
    digest: digest.value(),
    length: bytes.byteLength,
    textDigest: digestOfText(read.text),
  };
}

/**
 * Reads the answer to `generate_stream` event by event; each is one piece, an event again. Every one must name the model that answers.
 * `textDigest` is over all texts, one after the other. Throws what the body throws.
 */
export async function* readOipEvents(
  body: AsyncIterable<Uint8Array>,
  { answered, maxBytes }: { readonly answered: Answered; readonly maxBytes: number },
): Pieces {
  const whole = createByteDigest();
  let [length, count] = [0, 0];
  for await (const data of readServerSentEvents(body, MAX_EVENT_BYTES)) {
    const read = readText(parseJson(data), answered, count === 0 ? markOf(answered) : '');
    if (isFailed(read)) return endOf(read);
    length += read.json.length;
    if (length > maxBytes) return { failure: 'bad-answer' };
    count += 1;
    whole.update(Buffer.from(read.text, 'utf8'));
    yield { bytes: Buffer.from(`data: ${read.json}\n\n`, 'utf8'), ...read.attested };
  }
  return count === 0 ? { failure: 'bad-answer' } : { textDigest: whole.value() };
}

/** What is put before a text, so that a copy of it still says what it is. */
function markOf({ binding }: Answered): string {
  return binding.function === 'report-draft' ? DRAFT_MARK : '';
}

type Failed = AnothersAnswer | InferenceFailure;

function isFailed(read: ReadText | Failed): read is Failed {
  return typeof read === 'string' || 'failure' in read;
}

function readText(value: unknown, answered: Answered, mark: string): ReadText | Failed {
  const read = readSaid(value, answered, mark);
  return typeof read === 'string' ? failedOf(read, value, answered.binding) : read;
}

function readSaid(value: unknown, answered: Answered, mark: string): ReadText | InferenceFailure {
  if (fault.safeParse(value).success) return 'endpoint-error';
  const { data } = text.safeParse(value);
  if (data === undefined) return 'bad-answer';
  const attested = attestedNames(data, answered);
  if (typeof attested === 'string') return attested;
  const { model_name: model, model_version: version } = data;
  const shown = `${mark}${data.text_output}`;
  const json = JSON.stringify({ model_name: model, model_version: version, text_output: shown });
  return { attested, text: shown, json };
}
