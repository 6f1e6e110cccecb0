import { Agent, request, type Dispatcher } from 'undici';
import type { EndpointBinding } from '../domain/register.ts';
import type {
  Attested,
  CallPayload,
  InferenceAnswer,
  InferenceCall,
  InferenceClient,
  InferenceFailure,
  StreamEvent,
} from '../flows/ports-inference.ts';
import { bytesSoFar } from './bytes-so-far.ts';
import { readCompletion, type Showing } from './chat-answer.ts';
import { beginningOf, failedUnder, lacksName, saidName, servedName } from './chat-name.ts';
import { readChatStream, type ChatEvent } from './chat-stream.ts';
import { judgeStatus } from './judge-status.ts';
import { parseJson } from './parse-json.ts';

const OK = 200;
/** As much as is searched for a name. */
const MAX_BEGINNING = 65_536;

interface Options {
  /** Longest answer that is read, in bytes; of a stream, all of it. */
  readonly maxAnswerBytes: number;
}

type ChatPayload = Extract<CallPayload, { readonly kind: 'chat' }>;
type ChatCall = InferenceCall & { readonly payload: ChatPayload };

/** One attempt on its way. */
interface Attempt extends Options {
  readonly agent: Agent;
  readonly call: ChatCall;
  /** Whoever asked has gone. */
  readonly left: AbortSignal;
  readonly deadline: AbortSignal;
  readonly startedAt: number;
}

/**
 * Calls AI endpoints by the chat completions of the OpenAI API. One attempt, under the served name that the register binds; `baseUrl` is
 * what stands before `/v1`. The binding's deadline is for the whole answer, a streamed one too. No redirect is followed. A fault of the
 * endpoint is a value.
 */
export function createChatClient(
  options: Options,
): InferenceClient & { readonly close: () => Promise<void> } {
  // No connection is kept: a server that closes one just as a call begins would look like an endpoint that is away.
  const agent = new Agent({ pipelining: 0, headersTimeout: 0, bodyTimeout: 0 });
  return {
    infer: async (call, left) => {
      const startedAt = performance.now();
      if (!isChat(call)) return { kind: 'failed', failure: 'unreachable', durationMs: 0 };
      const deadline = AbortSignal.timeout(call.binding.timeoutMs);
      return await attempt({ ...options, agent, call, left, deadline, startedAt });
    },
    close: () => agent.close(),
  };
}

function isChat(call: InferenceCall): call is ChatCall {
  return call.payload.kind === 'chat';
}

async function attempt(on: Attempt): Promise<InferenceAnswer> {
  // Until the headers are here the endpoint counts as away; after that its answer counts as cut.
  let otherwise: InferenceFailure = 'unreachable';
  try {
    const signal = AbortSignal.any([on.left, on.deadline]);
    signal.throwIfAborted();
    const response = await send(on, signal);
    otherwise = 'bad-answer';
    // Dropping an answer unread ends its connection, and that is told as an error nobody else listens to.
    response.body.on('error', () => undefined);
    const refusal = judgeHead(response, on.call.payload);
    if (refusal === undefined) return await readAnswer(on, response.body);
    if (response.statusCode === OK) return await failWithBeginning(on, response.body, refusal);
    response.body.destroy();
    return failed(on, refusal);
  } catch {
    // The cause is undici's and stays here; which of these it was is all that the case needs.
    return failed(on, failureOf(on, otherwise));
  }
}

function failureOf({ left, deadline }: Attempt, otherwise: InferenceFailure): InferenceFailure {
  if (left.aborted) return 'cancelled';
  return deadline.aborted ? 'timeout' : otherwise;
}

function failed(on: Attempt, failure: InferenceFailure, said: Attested = {}): InferenceAnswer {
  return { kind: 'failed', failure, ...said, durationMs: sinceStart(on) };
}

function sinceStart({ startedAt }: Attempt): number {
  return performance.now() - startedAt;
}

async function send({ agent, call }: Attempt, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const { streams } = call.payload;
  return await request(`${call.binding.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    dispatcher: agent,
    signal,
    headers: {
      'content-type': 'application/json',
      accept: streams ? 'text/event-stream' : 'application/json',
      'accept-encoding': 'identity',
      // So that both logs can name the same case.
      'case-id': call.caseId,
    },
    body: JSON.stringify(chatBody(call)),
  });
}

/** Only what we know: the caller's words and settings, the exact served name, and where it may read the study. */
function chatBody(call: ChatCall): Readonly<Record<string, unknown>> {
  const { body, streams } = call.payload;
  const metadata = metadataOf(call);
  return {
    ...body,
    model: call.binding.endpointModel,
    n: 1,
    stream: streams,
    // Asked for always, for some servers say it only then; the caller is told where they asked.
    ...(streams ? { stream_options: { include_usage: true } } : {}),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

/** Values of `metadata` are texts. */
function metadataOf({ binding, study, studyAccess, payload }: ChatCall): Readonly<Record<string, string>> {
  const { patients } = payload;
  return {
    ...(binding.input === 'study' && studyAccess !== undefined
      ? {
          study_instance_uid: study,
          dicomweb_url: studyAccess.dicomwebUrl,
          dicomweb_token: studyAccess.token,
        }
      : {}),
    ...(patients === undefined ? {} : { patients: JSON.stringify(patients) }),
  };
}

function judgeHead(
  { statusCode, headers }: Dispatcher.ResponseData,
  { streams }: ChatPayload,
): InferenceFailure | undefined {
  if (statusCode !== OK) return judgeStatus(statusCode) ?? 'bad-answer';
  const type = headers['content-type'];
  const wanted = streams ? /^text\/event-stream\s*(;|$)/i : /^application\/json\s*(;|$)/i;
  return typeof type === 'string' && wanted.test(type) ? undefined : 'bad-answer';
}

function showingOf({ caseId, payload, binding }: ChatCall): Showing {
  const { shownAs, showsUsage } = payload;
  return { caseId, shownAs, showsUsage, isDraft: isDraft(binding) };
}

function isDraft({ function: wanted }: EndpointBinding): boolean {
  return wanted === 'report-draft';
}

async function readAnswer(on: Attempt, body: Dispatcher.ResponseData['body']): Promise<InferenceAnswer> {
  if (on.call.payload.streams) return await beginStream(on, body);
  const { bytes, isWhole } = await bytesSoFar(body, on.maxAnswerBytes);
  if (!isWhole) return failedWith(on, bytes, failureOf(on, 'bad-answer'));
  const value = parseJson(bytes);
  const name = servedName(value, beginningOf(bytes));
  const read = readCompletion(bytes, value, showingOf(on.call));
  if (typeof read === 'string') return failedWith(on, bytes, read);
  if (lacksName(name, on.call.binding)) return failed(on, 'attestation-missing');
  return { ...read, ...saidName(name), durationMs: sinceStart(on) };
}

/** Whatever else is wrong with it, what came of an answer may name another. */
function failedWith(on: Attempt, bytes: Uint8Array, otherwise: InferenceFailure): InferenceAnswer {
  const name = servedName(parseJson(bytes), beginningOf(bytes));
  const { failure, ...said } = failedUnder(name, otherwise, on.call.binding);
  return failed(on, failure, said);
}

/** An answer of another type than was asked for is read for its name alone. */
async function failWithBeginning(
  on: Attempt,
  body: Dispatcher.ResponseData['body'],
  failure: InferenceFailure,
): Promise<InferenceAnswer> {
  const { bytes } = await bytesSoFar(body, MAX_BEGINNING);
  return failedWith(on, bytes, failureOf(on, failure));
}

/** The first event is waited for: what it attests decides whether any of it is let out. */
async function beginStream(on: Attempt, body: Dispatcher.ResponseData['body']): Promise<InferenceAnswer> {
  const { call } = on;
  const chat = readChatStream(boundedPieces(body, on.maxAnswerBytes), {
    showing: showingOf(call),
    binding: call.binding,
  });
  const first = await chat.next();
  if (first.done === true) return failed(on, 'bad-answer');
  const event = first.value;
  if (event.kind === 'failed') {
    body.destroy();
    return failed(on, event.failure, namesOf(event));
  }
  return {
    kind: 'stream',
    ...namesOf(event),
    durationMs: sinceStart(on),
    headers: { 'content-type': 'text/event-stream' },
    events: leavable(passOn(on, event, chat), () => void body.destroy()),
  };
}

function namesOf(event: ChatEvent): Attested {
  return event.kind === 'done' ? {} : saidName(event.attestedModel);
}

async function* boundedPieces(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0;
  for await (const bytes of body) {
    length += bytes.byteLength;
    if (length > maxBytes) throw new RangeError('the answer is longer than is read');
    yield bytes;
  }
}

async function* passOn(
  on: Attempt,
  first: ChatEvent,
  chat: AsyncGenerator<ChatEvent, void, undefined>,
): AsyncGenerator<StreamEvent, void, undefined> {
  const end = (failure?: InferenceFailure): StreamEvent => ({
    kind: 'end',
    durationMs: sinceStart(on),
    ...(failure === undefined ? {} : { failure }),
  });
  try {
    for (let event: ChatEvent | undefined = first; event !== undefined; event = await following(chat)) {
      if (event.kind === 'failed') {
        yield { ...end(event.failure), ...namesOf(event) };
        return;
      }
      if (event.kind === 'piece') {
        yield event;
        continue;
      }
      const { bytes, textDigest } = event;
      yield { kind: 'piece', bytes };
      yield { ...end(), ...(textDigest === undefined ? {} : { textDigest }) };
    }
  } catch {
    yield end(failureOf(on, 'bad-answer'));
  }
}

async function following(chat: AsyncGenerator<ChatEvent, void, undefined>): Promise<ChatEvent | undefined> {
  const { done, value } = await chat.next();
  return done === true ? undefined : value;
}

/** A generator that is left before its first event runs none of its code, and one that waits for bytes does not hear of it. */
function leavable<T>(
  events: AsyncGenerator<T, void, undefined>,
  leave: () => void,
): AsyncIterableIterator<T> {
  const iterator: AsyncIterableIterator<T> = {
    next: () => events.next(),
    return: () => {
      leave();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
