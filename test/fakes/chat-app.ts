import { createServer, type ServerResponse } from 'node:http';
import type { Express } from 'express';
import type { EndpointBinding, RegisterSnapshot } from '../../src/domain/register.ts';
import type { EndpointFunction } from '../../src/domain/words.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { createChatClient } from '../../src/upstreams/chat-client.ts';
import { edgeDeps } from './edge-app.ts';
import { fakeFlows } from './fake-flows.ts';
import { createInferenceHouse, SESSION, type InferenceHouse } from './inference-house.ts';
import { flowsOf } from './oip-app.ts';
import { aBinding, aModelVersion, anApproval, aRegister, aStudy, shippedPolicy } from './register-builder.ts';
import { startScriptedEndpoint, type ScriptedEndpoint } from './scripted-endpoint.ts';

export const STUDY = aStudy().studyInstanceUid;
export const COOKIE = `__Host-countersign-session=${SESSION}`;
/** What the register calls the ready-made version, and what its endpoint is served as. */
export const NAMED = 'lung-nodule@2.1.0';
export const SERVED = 'drafter-2.1.0';
const MAX_ANSWER_BYTES = 100_000;

/** An endpoint that speaks chat, for drafts of reports unless said otherwise. */
export function aChatBinding(changes: Partial<EndpointBinding> = {}): EndpointBinding {
  const {
    scoreOutput: _score,
    findingOutput: _finding,
    findings: _findings,
    ...binding
  } = aBinding({
    function: 'report-draft',
    protocol: 'openai-chat',
    endpointModel: SERVED,
    endpointVersion: '2.1.0',
    ...changes,
  });
  return binding;
}

/** The ready-made register, whose one version speaks chat and is approved for these functions. */
function aChatRegister(
  endpoints: readonly EndpointBinding[],
  { approved = endpoints.map((endpoint) => endpoint.function), ...changes }: ChatChanges = {},
): RegisterSnapshot {
  const approvals = approved.length === 0 ? [] : [anApproval({ functions: approved })];
  return aRegister({
    modelVersions: [aModelVersion({ endpoints })],
    approvals,
    policy: { ...shippedPolicy(), callerInputAllowed: true },
    ...changes,
  });
}

type ChatChanges = Parameters<typeof aRegister>[0] & { readonly approved?: readonly EndpointFunction[] };

/** The public app over a house in memory, whose AI calls go to a real server on loopback. */
export interface ChatHouse {
  readonly house: InferenceHouse;
  readonly endpoint: ScriptedEndpoint;
  readonly app: Express;
  /** The register whose version has these bindings, at the scripted endpoint. */
  readonly bind: (bindings: readonly Partial<EndpointBinding>[], changes?: ChatChanges) => RegisterSnapshot;
  readonly close: () => Promise<void>;
}

/** Opens one, with a drafter. */
export async function openChatHouse(): Promise<ChatHouse> {
  const endpoint = await startScriptedEndpoint();
  const house = createInferenceHouse();
  const client = createChatClient({ maxAnswerBytes: MAX_ANSWER_BYTES });
  house.onInfer((call, signal) => client.infer(call, signal));
  const bind: ChatHouse['bind'] = (bindings, changes) => {
    const register = aChatRegister(
      bindings.map((one) => aChatBinding({ baseUrl: endpoint.baseUrl, ...one })),
      changes,
    );
    house.setRegister(register);
    return register;
  };
  bind([{}]);
  const app = buildApp(edgeDeps({ flows: { ...fakeFlows(), ...flowsOf(house) } }));
  const close = async (): Promise<void> => {
    await endpoint.close();
    await client.close();
  };
  return { house, endpoint, app, bind, close };
}

/** Serves an app on loopback. */
export async function listen(
  app: Express,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A sound completion of the ready-made endpoint, with these members in place of its own. */
export function aCompletion(
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    id: 'cmpl-of-the-endpoint',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: SERVED,
    system_fingerprint: null,
    choices: [{ index: 0, message: { role: 'assistant', content: 'No nodule.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
    ...changes,
  };
}

/** One chunk of its stream, with these members in place of its own. */
export function aChunk(
  delta: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    id: 'cmpl-of-the-endpoint',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: SERVED,
    choices: [{ index: 0, delta, finish_reason: null }],
    ...changes,
  };
}

/** A whole stream: role, two pieces of text, the end, and what was used. */
export function soundChunks(): readonly Readonly<Record<string, unknown>>[] {
  return [
    aChunk({ role: 'assistant', content: '' }),
    aChunk({ content: 'No ' }),
    aChunk({ content: 'nodule.' }),
    aChunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    aChunk({}, { choices: [], usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 } }),
  ];
}

/** Begins a stream of events. */
export function beginStream(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  res.flushHeaders();
}

/** One event; a text goes out as it is. */
export function sendEvent(res: ServerResponse, data: unknown): void {
  res.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
}

/** Answers with a whole stream. */
export function stream(res: ServerResponse, chunks: readonly unknown[] = soundChunks()): void {
  beginStream(res);
  for (const chunk of chunks) sendEvent(res, chunk);
  res.end('data: [DONE]\n\n');
}

/** The data of each event of a stream that was passed on. */
export function eventsIn(text: string): readonly unknown[] {
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''))
    .map((data): unknown => (data === '[DONE]' ? data : JSON.parse(data)));
}
