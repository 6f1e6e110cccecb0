import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { formBoundary, readFormParts, type FormPart } from '../domain/form-parts.ts';
import type { InferenceRequest } from '../flows/inference-case.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import type { AppDeps } from './app-deps.ts';
import { sendDialectJson } from './dialect-answer.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { labelInfo } from './monai-models.ts';
import { handleMonaiErrors } from './monai-problem.ts';
import { inferParams, inferQuery, parseCallParams } from './monai-schemas.ts';
import { sendMonaiResult } from './monai-send.ts';
import { studyOfHeader } from './named-study.ts';
import { parseInput } from './parse-input.ts';
import { readSignInForm } from './read-body.ts';
import { requestIdOf } from './request-context.ts';
import { requirePerson } from './require-person.ts';
import { wholeAnswer } from './whole-answer.ts';

interface Deps {
  readonly flows: Pick<AppDeps['flows'], 'runInference' | 'listLabelModels' | 'findSeriesStudy' | 'whoAmI'>;
  readonly doors: Pick<AppDeps['doors'], 'tokens'>;
  readonly limits: AppDeps['limits'];
}

type Handler = (req: Request, res: Response) => Promise<void>;

/** `params`, and what is refused by name rather than by number. */
const MAX_FIELDS = 8;
const FORM = 'multipart/form-data';

/**
 * `/monai/**`: MONAI Label for viewers that have a client for it, under the register's names and exact versions. What its servers offer
 * beyond the list, inference and signing in (training, weights, logs, data, the PACS by their own credential) is refused here.
 */
export function createMonaiRoutes(deps: Deps): Router {
  const router = strictRouter();
  const person = requirePerson(deps);
  const issue = deps.doors.tokens?.issue ?? noTokens();
  // Clients differ in whether they send the slash at the end.
  for (const slash of ['', '/']) {
    addRoute(router, `/monai/info${slash}`, { get: [sendInfo(deps)] });
    addRoute(router, `/monai/infer/:model${slash}`, { post: [person, ...readForm(deps), postInfer(deps)] });
    addRoute(router, `/monai/auth${slash}`, { get: [sendAuth()] });
    addRoute(router, `/monai/auth/token${slash}`, {
      post: [...readSignInForm(deps.limits.maxBodyBytes), issue],
    });
    addRoute(router, `/monai/auth/token/valid${slash}`, { get: [sendValid(deps)] });
  }
  router.use('/monai', refuseTheRest(), handleMonaiErrors());
  return router;
}

function noTokens(): RequestHandler {
  return (_req, _res, next) => {
    next(new GatewayError('not-found', { detail: 'Tokens for programs are not set up here.' }));
  };
}

function sendInfo({ flows }: Deps): Handler {
  return async (req, res) => {
    const study = studyOfHeader(req);
    const evidence = liftLoginEvidence(req);
    const rows = await flows.listLabelModels({ evidence, study }, abortSignalOf(req, res));
    sendDialectJson(res, 200, labelInfo(rows, study));
  };
}

/** 3D Slicer asks before every call, and then for a name and a password: the one-time code of the person's own page. */
function sendAuth(): RequestHandler {
  return (_req, res) => {
    sendDialectJson(res, 200, { enabled: true, client_id: 'countersign', realm: 'countersign' });
  };
}

function sendValid({ flows }: Deps): Handler {
  return async (req, res) => {
    const { principal } = await flows.whoAmI({ evidence: liftLoginEvidence(req) }, abortSignalOf(req, res));
    sendDialectJson(res, 200, { username: principal.subject });
  };
}

/** A body that was passed over would be a call without what was marked in the image. */
function readForm({ limits }: Deps): readonly RequestHandler[] {
  return [
    (req, _res, next) => {
      const type = req.headers['content-type'];
      if (type === undefined ? !hasBody(req) : formBoundary(type) !== undefined) next();
      else
        next(
          new GatewayError('unsupported-media-type', {
            detail: `Send the body as ${FORM}, with its boundary.`,
          }),
        );
    },
    express.raw({ limit: limits.maxBodyBytes, inflate: false, type: FORM }),
  ];
}

/** RFC 9112 §6: a body is there where one of these says so. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function postInfer({ flows }: Deps): Handler {
  return async (req, res) => {
    const signal = abortSignalOf(req, res);
    const call = await parseCall(req);
    const { evidence, image } = call;
    const study = await flows.findSeriesStudy({ evidence, series: image }, signal);
    const request = requestOf(call, { study, requestId: requestIdOf(res) });
    sendMonaiResult(res, await wholeAnswer(await flows.runInference(request, signal)), call.output);
  };
}

type Call = Awaited<ReturnType<typeof parseCall>>;

async function parseCall(req: Request) {
  refuseSession(req);
  const { model: named } = parseInput(inferParams, req.params);
  const { image, output = 'all' } = parseInput(inferQuery, req.query);
  const fields = await fieldsOf(req);
  const other = fields.find(({ name }) => name !== 'params');
  if (other !== undefined) throw ownImages(other.name);
  const given = parseCallParams(fields.find(({ name }) => name === 'params')?.bytes);
  return { evidence: liftLoginEvidence(req), ...idempotencyKeyOf(req), ...named, image, output, ...given };
}

function requestOf(call: Call, known: Pick<InferenceRequest, 'study' | 'requestId'>): InferenceRequest {
  const { image: seriesInstanceUid, output, params, guidanceDigest, ...named } = call;
  return {
    ...named,
    ...known,
    series: seriesInstanceUid,
    protocol: 'monai-label',
    function: undefined,
    input: 'study',
    inputDigest: guidanceDigest,
    payload: { kind: 'monai-infer', seriesInstanceUid, output, params },
  };
}

async function fieldsOf(req: Request): Promise<readonly FormPart[]> {
  const body: unknown = req.body;
  const boundary = formBoundary(req.headers['content-type']);
  if (!Buffer.isBuffer(body) || boundary === undefined) return [];
  return await readFormParts(body, { boundary, maxParts: MAX_FIELDS });
}

/** Images of an upload belong to no study that the PACS knows, so nothing could be decided about them. */
function ownImages(name: string): GatewayError {
  const detail = `The field ${name.replaceAll(/[^\w.-]/g, '?')} is not taken here: the model reads the series from the PACS. Open the series there, and run the model on it.`;
  return new GatewayError('not-permitted', { detail });
}

function refuseSession(req: Request): void {
  const { session_id: session } = req.query;
  if (session !== undefined && session !== '') throw ownImages('session_id');
}

function refuseTheRest(): RequestHandler {
  return (req, _res, next) => {
    const isUpload = /^\/session(\/|$)/.test(req.path);
    const detail = isUpload
      ? 'Images are not uploaded here: the model reads the series from the PACS. Open the series there, and run the model on it.'
      : 'The gateway offers the list of models, inference of exact versions and signing in only. This address could change the model, or reveal what its server holds.';
    next(new GatewayError('not-permitted', { detail }));
  };
}
