import type { Request, RequestHandler, Response } from 'express';
import { GatewayError, NotPermitted } from '../domain/errors.ts';
import type { ModelName, VersionString } from '../domain/identifiers.ts';
import { abortSignalOf } from './abort-signal.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { studyOfHeader } from './named-study.ts';
import { readinessOf } from './oip-models.ts';
import { sendOipJson, sendOipProblem } from './oip-problem.ts';
import { modelParams, versionParams } from './oip-schemas.ts';
import { parseInput } from './parse-input.ts';

interface Deps {
  readonly flows: Pick<AppDeps['flows'], 'listTensorModels'>;
}

type TensorModels = Awaited<ReturnType<AppDeps['flows']['listTensorModels']>>;
type Handler = (req: Request, res: Response) => Promise<void>;

interface Asked {
  readonly model: ModelName;
  readonly version?: VersionString;
}

/** GET /v2/models/{model}: the versions that whoever asks may use; and what one takes and gives, where it is the only one. */
export function sendModel(deps: Deps): Handler {
  return async (req, res) => {
    await sendMetadata(deps, parseInput(modelParams, req.params), { req, res });
  };
}

/** GET /v2/models/{model}/versions/{version}: the same of one version. */
export function sendVersion(deps: Deps): Handler {
  return async (req, res) => {
    await sendMetadata(deps, parseInput(versionParams, req.params), { req, res });
  };
}

/** GET …/ready: released here, and permitted for you on the study, where one is named. */
export function sendVersionReady(deps: Deps): RequestHandler {
  return async (req, res) => {
    const asked = parseInput(versionParams, req.params);
    const { rows } = await known(deps, asked, { req, res });
    const { ready, reasons } = readinessOf(rows, studyOfHeader(req));
    if (ready) sendOipJson(res, 200, { name: asked.model, ready });
    else sendOipProblem(res, new GatewayError('not-permitted', { reasons }), { name: asked.model, ready });
  };
}

interface Exchange {
  readonly req: Request;
  readonly res: Response;
}

/** What is locked for whoever asks is not described: why it is locked is. */
async function sendMetadata(deps: Deps, asked: Asked, { req, res }: Exchange): Promise<void> {
  const { rows, describe } = await known(deps, asked, { req, res });
  const study = studyOfHeader(req);
  const usable = rows.filter((row) => readinessOf([row], study).ready);
  const [first] = usable;
  if (first === undefined) throw new NotPermitted(readinessOf(rows, study).reasons);
  const versions = [...new Set(usable.map(({ version }) => version))];
  // Of several each has its own tensors; they are told at the address of the version.
  const described = versions.length === 1 ? await describe(first) : undefined;
  const { inputs = [], outputs = [] } = described ?? {};
  sendOipJson(res, 200, { name: asked.model, versions, platform: 'countersign', inputs, outputs });
}

async function known({ flows }: Deps, asked: Asked, { req, res }: Exchange): Promise<TensorModels> {
  const input = { evidence: liftLoginEvidence(req), study: studyOfHeader(req), ...asked };
  const models = await flows.listTensorModels(input, abortSignalOf(req, res));
  if (models.rows.length > 0) return models;
  throw new GatewayError('not-found', { detail: 'The register holds no such model or version.' });
}
