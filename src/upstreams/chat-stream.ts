import { z } from 'zod';
import { digestOfText } from '../domain/byte-digest.ts';
import { DRAFT_MARK } from '../domain/draft-marking.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { Attested, InferenceFailure } from '../flows/ports-inference.ts';
import { answerId, finishReason, ownMember, said, SHARED, type Showing } from './chat-answer.ts';
import { failedUnder, lacksName, saidName, servedName } from './chat-name.ts';
import { parseJson } from './parse-json.ts';
import { CutEvent, readServerSentEvents } from './server-sent-events.ts';

/** One event of a chat stream that was read and made ready to be passed on, or how the stream ended. */
export type ChatEvent =
  | ({ readonly kind: 'piece'; readonly bytes: Uint8Array } & Attested)
  | { readonly kind: 'done'; readonly bytes: Uint8Array; readonly textDigest?: string }
  | ({ readonly kind: 'failed'; readonly failure: InferenceFailure } & Attested);

const NOTHING_SAID = { content: undefined, refusal: undefined };

const choice = z.object({
  index: z.literal(0).default(0),
  delta: said.nullish().transform((delta) => delta ?? NOTHING_SAID),
  finish_reason: finishReason,
});

const chunk = z
  .object({ ...SHARED, choices: z.array(choice).max(1).nullish() })
  // Some builds of vLLM leave the choices out, or write null, where they say what was used; without either it is no chunk.
  .refine(({ choices, usage }) => Array.isArray(choices) || usage !== undefined)
  .transform(({ choices, ...shared }) => ({ ...shared, choices: choices ?? [] }));
type Chunk = z.output<typeof chunk>;
type Choice = Chunk['choices'][number];

const fault = z.object({ error: z.unknown().optional(), detail: z.unknown().optional() });

/** The longest event that is read, in bytes: a chunk holds a few words. */
const MAX_EVENT_BYTES = 1_048_576;
const DONE = '[DONE]';

/** What has been passed on so far. */
interface Told {
  readonly texts: string[];
  hasRole: boolean;
}

/** How chunks are read: by whom they are to be served, and how they are shown. */
interface Reading {
  readonly showing: Showing;
  readonly binding: EndpointBinding;
}

/**
 * Reads a chat completion chunk by chunk. Each event becomes one of ours: only the members that are asked for, the register's name in place
 * of the endpoint's, and before the first words of a draft its mark. The last event is `done` or `failed`: a stream that ends without
 * saying so was cut. Throws what the source throws, and CutEvent.
 */
export async function* readChatStream(
  source: AsyncIterable<Uint8Array>,
  reading: Reading,
): AsyncGenerator<ChatEvent, void, undefined> {
  const told: Told = { texts: [], hasRole: false };
  try {
    for await (const data of readServerSentEvents(source, MAX_EVENT_BYTES)) {
      if (data === DONE) {
        yield doneEvent(reading, told);
        return;
      }
      const event = readChunk(data, reading, told);
      yield event;
      if (event.kind === 'failed') return;
    }
  } catch (error: unknown) {
    const anothers = error instanceof CutEvent ? anothersIn(error, reading) : undefined;
    if (anothers === undefined) throw error;
    yield anothers;
    return;
  }
  yield { kind: 'failed', failure: 'bad-answer' };
}

function doneEvent({ showing }: Reading, { texts }: Told): ChatEvent {
  const text = showing.isDraft ? { textDigest: digestOfText(texts.join('')) } : {};
  return { kind: 'done', bytes: eventOf(DONE), ...text };
}

function readChunk(data: string, { showing, binding }: Reading, told: Told): ChatEvent {
  const value = parseJson(data);
  const name = servedName(value, data);
  const read = readMembers(value);
  if (typeof read === 'string') return { kind: 'failed', ...failedUnder(name, read, binding) };
  if (lacksName(name, binding)) return { kind: 'failed', failure: 'attestation-missing' };
  const shown = shownChunk(read, showing, told);
  // What nobody asked for is not passed on; the name in it must be right all the same.
  const bytes = shown === undefined ? new Uint8Array() : eventOf(JSON.stringify(shown));
  return { kind: 'piece', bytes, ...saidName(name) };
}

function readMembers(value: unknown): Chunk | InferenceFailure {
  // An error in the middle is told as an event: `error` (vLLM), or `detail` (Triton's front end).
  return isError(value) ? 'endpoint-error' : (chunk.safeParse(value).data ?? 'bad-answer');
}

/** What is left of an event that was cut may still say that another serves it. */
function anothersIn({ unfinished }: CutEvent, { binding }: Reading): ChatEvent | undefined {
  const failed = failedUnder(servedName(parseJson(unfinished), unfinished), 'bad-answer', binding);
  return failed.failure === 'bad-answer' ? undefined : { kind: 'failed', ...failed };
}

function isError(value: unknown): boolean {
  const { error, detail } = fault.safeParse(value).data ?? {};
  return (error ?? detail ?? null) !== null;
}

function shownChunk(
  { created, choices: [choice], usage }: Chunk,
  showing: Showing,
  told: Told,
): Readonly<Record<string, unknown>> | undefined {
  const shown = showing.showsUsage ? usage : undefined;
  if (choice === undefined && shown === undefined) return undefined;
  return {
    id: answerId(showing),
    object: 'chat.completion.chunk',
    created,
    model: showing.shownAs,
    choices: choice === undefined ? [] : [shownChoice(choice, showing, told)],
    ...usageMember(showing, shown),
    ...(choice?.finish_reason === undefined ? {} : { countersign: ownMember(showing) }),
  };
}

/** Null in every chunk but the one that says it, where it was asked for. */
function usageMember(
  { showsUsage }: Showing,
  usage: Chunk['usage'],
): { readonly usage?: Chunk['usage'] | null } {
  return showsUsage ? { usage: usage ?? null } : {};
}

function shownChoice(
  { delta, finish_reason: finish }: Choice,
  showing: Showing,
  told: Told,
): Readonly<Record<string, unknown>> {
  const content = markedContent(delta.content, showing, told);
  const role = told.hasRole ? {} : { role: 'assistant' };
  told.hasRole = true;
  return {
    index: 0,
    delta: {
      ...role,
      ...(content === undefined ? {} : { content }),
      ...(delta.refusal === undefined ? {} : { refusal: delta.refusal }),
    },
    logprobs: null,
    finish_reason: finish ?? null,
  };
}

/** The mark of a draft goes before its first words, in the same event. */
function markedContent(content: string | undefined, { isDraft }: Showing, told: Told): string | undefined {
  if (content === undefined || !isDraft) return content;
  const marked = told.texts.length === 0 ? `${DRAFT_MARK}${content}` : content;
  told.texts.push(marked);
  return marked;
}

function eventOf(data: string): Uint8Array {
  return new TextEncoder().encode(`data: ${data}\n\n`);
}
