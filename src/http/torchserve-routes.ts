import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { createByteDigest } from '../domain/byte-digest.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { InferenceRequest } from '../flows/inference-case.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import type { AppDeps } from './app-deps.ts';
import { sendDialectJson } from './dialect-answer.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import type { NamedVersion } from './named-version.ts';
import { oneStudy, studyOfHeader } from './named-study.ts';
import { parseInput } from './parse-input.ts';
import { requestIdOf } from './request-context.ts';
import { requirePerson } from './require-person.ts';
import { handleTorchserveErrors, sendTorchserveProblem } from './torchserve-problem.ts';
import { namedParams, predictionQuery, versionParams } from './torchserve-schemas.ts';
import { sendPrediction } from './torchserve-send.ts';

interface Deps {
  readonly flows: Pick<AppDeps['flows'], 'runInference' | 'whoAmI' | 'checkReadiness'>;
  readonly limits: AppDeps['limits'];
}

type Handler = (req: Request, res: Response) => Promise<void>;

/** A media type with its parameters, as it may stand in a header of ours. */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}(?:[ \t]*;[\x20-\x7e]{1,200})?$/;
const BYTES = 'application/octet-stream';

/** What is refused by name, because clients know it from the server itself. */
const REFUSED: readonly { readonly path: RegExp; readonly detail: string }[] = [
  {
    path: /^\/explanations(\/|$)/,
    detail: 'Explanations are not offered here: nobody holds an approval for them. Ask for a prediction.',
  },
  {
    path: /^\/(models|workflows|token|metrics)(\/|$)/,
    detail: 'The server is not managed through this gateway. What is unlocked for you stands at /api/models.',
  },
  {
    path: /^\/v[12](\/|$)/,
    detail:
      'KServe’s forms are not offered here: their names say no exact version. Use /torchserve/predictions/{model}/{version}.',
  },
];

/**
 * `/torchserve/**`: predictions of TorchServe under the register's names and exact versions. What its servers offer besides (explanations,
 * management, KServe's forms) is refused here.
 */
export function createTorchserveRoutes(deps: Deps): Router {
  const router = strictRouter();
  // Nobody unknown gets a body read. `curl -T`, as TorchServe's own guide has it, is a PUT.
  const before = [requirePerson(deps), readBytes(deps.limits.maxBodyBytes)];
  const byAddress = [...before, predict(deps, ({ params }) => parseInput(versionParams, params))];
  const byName = [...before, predict(deps, ({ params }) => parseInput(namedParams, params).model)];
  const predictions = '/torchserve/predictions/:model';
  addRoute(router, '/torchserve/ping', { get: [sendPing(deps)] });
  addRoute(router, predictions, { post: byName, put: byName });
  addRoute(router, `${predictions}/:version`, { post: byAddress, put: byAddress });
  router.use('/torchserve', refuseTheRest(), handleTorchserveErrors());
  return router;
}

/** Healthy means that AI can be unlocked at all. */
function sendPing({ flows }: Deps): Handler {
  return async (req, res) => {
    const { aiLockedBecause } = await flows.checkReadiness(abortSignalOf(req, res));
    if (aiLockedBecause.length === 0) {
      sendDialectJson(res, 200, { status: 'Healthy' });
      return;
    }
    const error = new GatewayError('ai-locked', { detail: aiLockedBecause.join(' ') });
    sendTorchserveProblem(res, error, { status: 'Unhealthy' });
  };
}

/** Whatever its type: what it means is between the client and the model. */
function readBytes(maxBytes: number): RequestHandler {
  return express.raw({ limit: maxBytes, inflate: false, type: () => true });
}

function predict({ flows }: Deps, named: (req: Request) => NamedVersion): Handler {
  return async (req, res) => {
    const signal = abortSignalOf(req, res);
    const released = await flows.runInference(requestOf(req, res, named(req)), signal);
    await sendPrediction(res, released, signal);
  };
}

function requestOf(req: Request, res: Response, { model, version }: NamedVersion): InferenceRequest {
  const { study_instance_uid: study, function: wanted } = parseInput(predictionQuery, req.query);
  return {
    evidence: liftLoginEvidence(req),
    requestId: requestIdOf(res),
    protocol: 'torchserve',
    model,
    version,
    function: wanted,
    ...idempotencyKeyOf(req),
    study: oneStudy('the query parameter study_instance_uid', study, studyOfHeader(req)),
    ...inputOf(req),
  };
}

/** A body is the caller's own input. Without one the endpoint reads the study. */
function inputOf(req: Request): Pick<InferenceRequest, 'input' | 'inputDigest' | 'payload'> {
  const body: unknown = req.body;
  if (!Buffer.isBuffer(body) || body.length === 0) {
    return { input: 'study', inputDigest: undefined, payload: { kind: 'study' } };
  }
  const contentType = req.headers['content-type'] ?? BYTES;
  if (!MEDIA_TYPE.test(contentType)) throw new BadRequest('The header Content-Type is no media type.');
  const digest = createByteDigest();
  digest.update(body);
  return {
    input: 'caller',
    inputDigest: digest.value(),
    payload: { kind: 'torchserve', bytes: body, contentType },
  };
}

function refuseTheRest(): RequestHandler {
  return ({ path }, _res, next) => {
    const known = REFUSED.find((refused) => refused.path.test(path));
    const detail =
      known?.detail ??
      'The gateway offers predictions of exact versions only. This address could change or reveal the inference server.';
    next(new GatewayError('not-permitted', { detail }));
  };
}
