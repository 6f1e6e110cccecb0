import type { Request, RequestHandler, Response, Router } from 'express';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { ModelName, StudyUid } from '../domain/identifiers.ts';
import type { InputSource } from '../domain/words.ts';
import type { InferenceRequest } from '../flows/inference-case.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import { studyUid } from './api-schemas.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { listModelRows, readinessOf, type ModelRow } from './oip-models.ts';
import { handleOipErrors, sendOipJson, sendOipProblem } from './oip-problem.ts';
import { inputDigestOf, modelParams, parseInferBody, versionParams } from './oip-schemas.ts';
import { parseInput } from './parse-input.ts';
import { readJson } from './read-body.ts';
import { requestIdOf } from './request-context.ts';

interface Deps {
  readonly flows: Pick<AppDeps['flows'], 'runInference' | 'listModels' | 'whoAmI' | 'checkReadiness'>;
  readonly limits: AppDeps['limits'];
}

type Handler = (req: Request, res: Response) => Promise<void>;

const SERVER = { name: 'countersign', version: '0.1.0', extensions: [] } as const;
const STUDY_HEADER = 'Countersign-Study';

/**
 * `/v2/**`: the Open Inference Protocol v2, JSON only, under the register's names and exact versions. What the protocol
 * or its servers offer beyond metadata, health and inference (repositories, tracing, shared memory) is refused here.
 */
export function createOipRoutes(deps: Deps): Router {
  const router = strictRouter();
  const person = requirePerson(deps);
  const noVersion = refuseWithoutVersion();
  addRoute(router, '/v2', { get: [sendServer()] });
  addRoute(router, '/v2/health/live', { get: [sendLive()] });
  addRoute(router, '/v2/health/ready', { get: [sendReady(deps)] });
  addRoute(router, '/v2/models/:model', { get: [person, sendModel(deps)] });
  addRoute(router, '/v2/models/:model/ready', { get: [person, noVersion] });
  addRoute(router, '/v2/models/:model/infer', { post: [person, noVersion] });
  const version = '/v2/models/:model/versions/:version';
  addRoute(router, version, { get: [person, sendVersion(deps)] });
  addRoute(router, `${version}/ready`, { get: [person, sendVersionReady(deps)] });
  // Nobody unknown gets a body read.
  const body = readJson(deps.limits.maxBodyBytes);
  addRoute(router, `${version}/infer`, { post: [person, refuseBinary(), ...body, postInfer(deps)] });
  router.use('/v2', refuseTheRest(), handleOipErrors());
  return router;
}

function requirePerson({ flows }: Deps): RequestHandler {
  return async (req, res, next) => {
    await flows.whoAmI({ evidence: liftLoginEvidence(req) }, abortSignalOf(req, res));
    next();
  };
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

function sendModel(deps: Deps): Handler {
  return async (req, res) => {
    const { model } = parseInput(modelParams, req.params);
    sendMetadata(res, model, await rowsOf(deps, req, res));
  };
}

function sendVersion(deps: Deps): Handler {
  return async (req, res) => {
    const { model, version } = parseInput(versionParams, req.params);
    const rows = await rowsOf(deps, req, res);
    sendMetadata(
      res,
      model,
      rows.filter((row) => row.version === version),
    );
  };
}

/** Shapes of tensors are the endpoint's business and not in the register, so none are promised. */
function sendMetadata(res: Response, model: ModelName, rows: readonly ModelRow[]): void {
  const versions = [...new Set(rows.filter((row) => row.model === model).map((row) => row.version))];
  if (versions.length === 0) throw unknownModel();
  sendOipJson(res, 200, { name: model, versions, platform: 'countersign', inputs: [], outputs: [] });
}

/** Ready for you: released here, and permitted for you on the study, where one is named. */
function sendVersionReady(deps: Deps): Handler {
  return async (req, res) => {
    const { model, version } = parseInput(versionParams, req.params);
    const study = studyOfHeader(req);
    const rows = await listModelRows(deps, { req, study }, abortSignalOf(req, res));
    const these = rows.filter((row) => row.model === model && row.version === version);
    if (these.length === 0) throw unknownModel();
    const { ready, reasons } = readinessOf(these, study);
    if (ready) sendOipJson(res, 200, { name: model, ready });
    else sendOipProblem(res, new GatewayError('not-permitted', { reasons }), { name: model, ready });
  };
}

function rowsOf(deps: Deps, req: Request, res: Response): Promise<readonly ModelRow[]> {
  return listModelRows(deps, { req, study: undefined }, abortSignalOf(req, res));
}

function postInfer({ flows }: Deps): Handler {
  return async (req, res) => {
    const { request, id } = parseInferRequest(req, res);
    const {
      caseId,
      receipt,
      function: fn,
      body,
    } = await flows.runInference(request, abortSignalOf(req, res));
    res.setHeader('Case-Id', caseId);
    sendOipJson(res, 200, {
      model_name: request.model,
      model_version: request.version,
      ...(id === undefined ? {} : { id }),
      parameters: { case_id: caseId, log_index: receipt.seq, function: fn },
      outputs: body['outputs'],
    });
  };
}

function parseInferRequest(
  req: Request,
  res: Response,
): { readonly request: InferenceRequest; readonly id: string | undefined } {
  const { model, version } = parseInput(versionParams, req.params);
  const { id, parameters, inputs, outputs } = parseInferBody(req.body);
  const input: InputSource = inputs.length > 0 ? 'caller' : 'study';
  const request = {
    evidence: liftLoginEvidence(req),
    requestId: requestIdOf(res),
    model,
    version,
    function: parameters?.function,
    study: oneStudy(parameters?.study_instance_uid, studyOfHeader(req)),
    input,
    inputDigest: input === 'caller' ? inputDigestOf(inputs) : undefined,
    body: { inputs, ...(outputs === undefined ? {} : { outputs }) },
  };
  return { request, id };
}

function studyOfHeader(req: Request): StudyUid | undefined {
  const [value, ...others] = req.headersDistinct[STUDY_HEADER.toLowerCase()] ?? [];
  if (others.length > 0) throw new BadRequest(`Send the header ${STUDY_HEADER} once.`);
  return value === undefined ? undefined : parseInput(studyUid, value);
}

function oneStudy(named: StudyUid | undefined, header: StudyUid | undefined): StudyUid {
  const study = named ?? header;
  if (study === undefined) {
    throw new BadRequest(
      `Name the study, in parameters.study_instance_uid or in the header ${STUDY_HEADER}.`,
    );
  }
  if (header !== undefined && header !== study) {
    throw new BadRequest(
      `parameters.study_instance_uid and the header ${STUDY_HEADER} name different studies.`,
    );
  }
  return study;
}

/** Servers that are not told the version run the newest; nobody holds an approval for that. */
function refuseWithoutVersion(): RequestHandler {
  return (_req, _res, next) => {
    next(
      new BadRequest('Name the exact version: /v2/models/{model}/versions/{version}. There is no default.'),
    );
  };
}

/** The binary tensor extension puts bytes behind the JSON; what is not read here must not be passed over. */
function refuseBinary(): RequestHandler {
  return (req, _res, next) => {
    if (req.headers['inference-header-content-length'] === undefined) next();
    else
      next(
        new GatewayError('unsupported-media-type', {
          detail: 'Send the tensors as JSON, not in binary form.',
        }),
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

function unknownModel(): GatewayError {
  return new GatewayError('not-found', { detail: 'The register holds no such model or version.' });
}
