import type { Request, RequestHandler, Response, Router } from 'express';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { InferenceRequest } from '../flows/inference-case.ts';
import type { ReleasedStream } from '../flows/release-stream.ts';
import type { ReleasedResult } from '../flows/release-result.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import type { AppDeps } from './app-deps.ts';
import { sendChatModel, sendChatModels } from './chat-models.ts';
import { chatFaultEvent, handleChatErrors } from './chat-problem.ts';
import { messagesDigest, parseChatBody, patientsOfHeader, type ChatBody } from './chat-schemas.ts';
import { sendDialectJson, setCaseHead } from './dialect-answer.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { oneStudy, studyOfHeader } from './named-study.ts';
import { readJson } from './read-body.ts';
import { requestIdOf } from './request-context.ts';
import { requirePerson } from './require-person.ts';
import { sendReleasedStream } from './send-released-stream.ts';

interface Deps {
  readonly flows: Pick<AppDeps['flows'], 'runInference' | 'listModels' | 'whoAmI'>;
  readonly limits: AppDeps['limits'];
}

/**
 * `/v1/**`: chat completions of the OpenAI API under the register's names, each with its exact version. What that API offers besides
 * (files, embeddings, other completions) and what its servers add (loading and unloading of models) is refused here.
 */
export function createChatRoutes(deps: Deps): Router {
  const router = strictRouter();
  const person = requirePerson(deps);
  addRoute(router, '/v1/models', { get: [person, sendChatModels(deps)] });
  addRoute(router, '/v1/models/:id', { get: [person, sendChatModel(deps)] });
  // Nobody unknown gets a body read.
  const body = readJson(deps.limits.maxBodyBytes);
  addRoute(router, '/v1/chat/completions', { post: [person, ...body, postChat(deps)] });
  router.use('/v1', refuseTheRest(), handleChatErrors());
  return router;
}

function postChat({ flows }: Deps): RequestHandler {
  return async (req, res) => {
    const signal = abortSignalOf(req, res);
    const released = await flows.runInference(chatRequest(req, res), signal);
    if (released.kind === 'result') {
      sendResult(res, released);
      return;
    }
    const setHead = (): void => {
      setStreamHead(res, released);
    };
    await sendReleasedStream(res, released, { signal, setHead, faultEvent: chatFaultEvent });
  };
}

function chatRequest(req: Request, res: Response): InferenceRequest {
  const body = parseChatBody(req.body);
  const { model, version } = body.model;
  const { study_instance_uid: study, function: wanted, patients } = body.metadata ?? {};
  const named = onePatientList(patients, patientsOfHeader(req.headersDistinct['countersign-patients']));
  return {
    evidence: liftLoginEvidence(req),
    requestId: requestIdOf(res),
    protocol: 'openai-chat',
    model,
    version,
    function: wanted,
    study: oneStudy('metadata.study_instance_uid', study, studyOfHeader(req)),
    // Messages are always the caller's; whether the endpoint reads the study besides is for its binding to say.
    input: undefined,
    inputDigest: messagesDigest(body.messages),
    ...(named === undefined ? {} : { about: named }),
    ...idempotencyKeyOf(req),
    payload: { ...payloadOf(body), ...(named === undefined ? {} : { patients: named }) },
  };
}

function payloadOf(body: ChatBody): Extract<InferenceRequest['payload'], { readonly kind: 'chat' }> {
  const { model, version } = body.model;
  return {
    kind: 'chat',
    body: passedOn(body),
    streams: body.stream ?? false,
    shownAs: `${model}@${version}`,
    showsUsage: body.stream_options?.include_usage ?? false,
  };
}

function onePatientList(
  named: readonly string[] | undefined,
  header: readonly string[] | undefined,
): readonly string[] | undefined {
  if (named !== undefined && header !== undefined && JSON.stringify(named) !== JSON.stringify(header)) {
    throw new BadRequest('metadata.patients and the header Countersign-Patients name different patients.');
  }
  return named ?? header;
}

/** The caller's words and settings, and nothing that is the gateway's to say. */
function passedOn(body: ChatBody): Readonly<Record<string, unknown>> {
  const {
    model: _model,
    n: _one,
    stream: _stream,
    stream_options: _options,
    logprobs: _none,
    store: _store,
    user: _user,
    metadata: _metadata,
    messages,
    ...settings
  } = body;
  const given = Object.entries(settings).filter(([, value]) => value !== null && value !== undefined);
  return { messages: messages.map(({ role, content }) => ({ role, content })), ...Object.fromEntries(given) };
}

function sendResult(res: Response, released: ReleasedResult): void {
  const { body, receipt } = released;
  setCaseHead(res, released);
  const own = body['countersign'];
  const members = typeof own === 'object' && own !== null ? own : {};
  sendDialectJson(res, 200, { ...body, countersign: { ...members, log_index: receipt.seq } });
}

function setStreamHead(res: Response, released: ReleasedStream): void {
  setCaseHead(res, released);
  for (const [name, value] of Object.entries(released.headers)) res.setHeader(name, value);
  res.statusCode = 200;
  res.setHeader('Cache-Control', 'no-store');
  // A reverse proxy that gathers answers would keep the words back.
  res.setHeader('X-Accel-Buffering', 'no');
}

function refuseTheRest(): RequestHandler {
  return (_req, _res, next) => {
    const detail =
      'The gateway offers the list of models and chat completions of exact versions only. This address could change or reveal the inference server.';
    next(new GatewayError('not-permitted', { detail }));
  };
}
