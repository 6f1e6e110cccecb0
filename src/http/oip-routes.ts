import type { Request, RequestHandler, Response, Router } from 'express';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import type { AppDeps } from './app-deps.ts';
import { leaveBody } from './leave-body.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { sendModel, sendVersion, sendVersionReady } from './oip-metadata.ts';
import { handleOipErrors, sendOipJson, sendOipProblem } from './oip-problem.ts';
import { parseGenerate, parseInfer, tensorInfer, type OipRequest } from './oip-requests.ts';
import { sendOipEvents, sendOipResult, sendOipTensors } from './oip-send.ts';
import { hasTensorBody, readTensorRequest } from './oip-tensor-body.ts';
import { createReadAheadRoom, readAhead } from './read-ahead.ts';
import { readJson } from './read-body.ts';
import { requirePerson } from './require-person.ts';
import { createStreamLimit } from './stream-limit.ts';
import { wholeAnswer } from './whole-answer.ts';

interface Deps {
  readonly flows: Pick<AppDeps['flows'], 'runInference' | 'listTensorModels' | 'whoAmI' | 'checkReadiness'>;
  readonly limits: AppDeps['limits'];
}

type Handler = (req: Request, res: Response) => Promise<void>;

interface Exchange {
  readonly req: Request;
  readonly res: Response;
}

const SERVER = {
  name: 'countersign',
  version: '0.1.0',
  extensions: ['binary_tensor_data', 'generate'],
} as const;
/** Each may hold a few MiB while an endpoint is slow to take them. */
const MAX_UPLOADS_OF_A_LOGIN = 8;
const MAX_TENSOR_BYTES = 1_073_741_824;

/**
 * `/v2/**`: the Open Inference Protocol v2 with binary tensors and text generation, under the register's names and exact versions. What the
 * protocol or its servers offer beyond metadata, health and inference (repositories, tracing, shared memory) is refused here.
 */
export function createOipRoutes(deps: Deps): Router {
  const router = strictRouter();
  const person = requirePerson(deps);
  const noVersion = refuseWithoutVersion();
  const model = '/v2/models/:model';
  const version = `${model}/versions/:version`;
  addRoute(router, '/v2', { get: [sendServer()] });
  addRoute(router, '/v2/health/live', { get: [sendLive()] });
  addRoute(router, '/v2/health/ready', { get: [sendReady(deps)] });
  addRoute(router, model, { get: [person, sendModel(deps)] });
  addRoute(router, `${model}/ready`, { get: [person, noVersion] });
  for (const action of ['infer', 'generate', 'generate_stream'])
    addRoute(router, `${model}/${action}`, { post: [person, noVersion] });
  addRoute(router, version, { get: [person, sendVersion(deps)] });
  addRoute(router, `${version}/ready`, { get: [person, sendVersionReady(deps)] });
  // Nobody unknown gets a body read.
  const body = readPlainJson(deps);
  addRoute(router, `${version}/infer`, { post: [person, ...postInfer(deps)] });
  addRoute(router, `${version}/generate`, { post: [person, ...body, postGenerate(deps)] });
  addRoute(router, `${version}/generate_stream`, { post: [person, ...body, postGenerateStream(deps)] });
  router.use('/v2', refuseTheRest(), handleOipErrors());
  return router;
}

function sendServer(): RequestHandler {
  return (_req, res) => {
    sendOipJson(res, 200, SERVER);
  };
}

function sendLive(): RequestHandler {
  return (_req, res) => {
    sendOipJson(res, 200, { live: true });
  };
}

/** Ready means that AI can be unlocked at all; some clients read the status, some the body. */
function sendReady({ flows }: Deps): Handler {
  return async (req, res) => {
    const { aiLockedBecause } = await flows.checkReadiness(abortSignalOf(req, res));
    const ready = aiLockedBecause.length === 0;
    if (ready) sendOipJson(res, 200, { live: true, ready });
    else
      sendOipProblem(res, new GatewayError('ai-locked', { detail: aiLockedBecause.join(' ') }), {
        live: true,
        ready,
      });
  };
}

/** Clients of the protocol name a type only where raw tensors stand behind the JSON. */
function readPlainJson({ limits }: Deps): readonly RequestHandler[] {
  return readJson(limits.maxBodyBytes, (req) => !hasTensorBody(req));
}

/** What this door does with a body: tensors behind the JSON stream, everything else is read whole. */
function postInfer(deps: Deps): RequestHandler[] {
  const whole = readPlainJson(deps);
  const json: RequestHandler = async (req, res) => {
    await infer(deps, parseInfer(req, res), { req, res });
  };
  return [postTensors(deps), ...whole, json];
}

/** Tensors pass through as the endpoint takes them. Whoever hangs up is noticed while it takes nothing. */
function postTensors(deps: Deps): RequestHandler {
  const limit = createStreamLimit(MAX_UPLOADS_OF_A_LOGIN);
  const room = createReadAheadRoom();
  return async (req, res, next) => {
    if (!hasTensorBody(req)) {
      next();
      return;
    }
    const giveBack = limit.take(liftLoginEvidence(req));
    if (giveBack === undefined) {
      const detail = 'This login is sending as many tensors at once as one may. Wait until some are done.';
      throw new GatewayError('overloaded', { detail });
    }
    const pieces = readAhead(req.iterator({ destroyOnReturn: false }), room);
    try {
      const read = await readTensorRequest(req, pieces, deps.limits.maxTensorBytes ?? MAX_TENSOR_BYTES);
      await infer(deps, tensorInfer(req, res, read), { req, res });
    } finally {
      giveBack();
      leaveBody(req, res, pieces);
    }
  };
}

async function infer({ flows }: Deps, asked: OipRequest, { req, res }: Exchange): Promise<void> {
  const signal = abortSignalOf(req, res);
  const released = await flows.runInference(asked.request, signal);
  if (released.kind === 'result') sendOipResult(res, asked, released);
  else await sendOipTensors(res, { asked, released }, signal);
}

function postGenerate({ flows }: Deps): Handler {
  return async (req, res) => {
    const asked = parseGenerate(req, res, false);
    const released = await flows.runInference(asked.request, abortSignalOf(req, res));
    sendOipResult(res, asked, await wholeAnswer(released));
  };
}

function postGenerateStream({ flows }: Deps): Handler {
  return async (req, res) => {
    const asked = parseGenerate(req, res, true);
    const signal = abortSignalOf(req, res);
    const released = await flows.runInference(asked.request, signal);
    // The answer of a repeated call is at hand.
    if (released.kind === 'result') sendOipResult(res, asked, released);
    else await sendOipEvents(res, { asked, released }, signal);
  };
}

/** Servers that are not told the version run the newest; nobody holds an approval for that. */
function refuseWithoutVersion(): RequestHandler {
  return (_req, _res, next) => {
    next(
      new BadRequest('Name the exact version: /v2/models/{model}/versions/{version}. There is no default.'),
    );
  };
}

function refuseTheRest(): RequestHandler {
  return (_req, _res, next) => {
    const detail =
      'The gateway offers metadata, health and inference of exact versions only. This address could change or reveal the inference server.';
    next(new GatewayError('not-permitted', { detail }));
  };
}
