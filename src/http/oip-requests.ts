import type { Request, Response } from 'express';
import { digestOfText } from '../domain/byte-digest.ts';
import { BadRequest } from '../domain/errors.ts';
import { inputDigestOf } from '../domain/oip-input-digest.ts';
import type { InferenceRequest } from '../flows/inference-case.ts';
import type { RawTensors } from '../flows/ports-inference.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { oneStudy, studyOfHeader } from './named-study.ts';
import { parseGenerateBody, parseInferBody, versionParams, type InferBody } from './oip-schemas.ts';
import type { TensorRequest } from './oip-tensor-body.ts';
import { parseInput } from './parse-input.ts';
import { requestIdOf } from './request-context.ts';

/** A call as the edge parsed it, and the caller's own id of it. */
export interface OipRequest {
  readonly request: InferenceRequest;
  readonly id: string | undefined;
}

/** A call whose tensors, if any, stand in its JSON. Throws BadRequest, and what `parseInferBody` throws. */
export function parseInfer(req: Request, res: Response): OipRequest {
  const body = parseInferBody(req.body);
  const inputDigest = body.inputs.length > 0 ? inputDigestOf(body.inputs) : undefined;
  return inferRequest(req, res, { body, inputDigest });
}

/** A call with tensors behind its JSON; their digest is known when they have passed. Throws BadRequest. */
export function tensorInfer(req: Request, res: Response, { body, tensors }: TensorRequest): OipRequest {
  if (body.inputs.length === 0)
    throw new BadRequest('Name the tensors that stand behind the JSON, in inputs.');
  return inferRequest(req, res, { body, tensors, inputDigest: undefined });
}

interface Inferred {
  readonly body: InferBody;
  readonly tensors?: RawTensors;
  readonly inputDigest: string | undefined;
}

function inferRequest(req: Request, res: Response, { body, tensors, inputDigest }: Inferred): OipRequest {
  const { id, parameters, inputs, outputs } = body;
  const request: InferenceRequest = {
    ...commonRequest(req, res, parameters),
    input: inputs.length > 0 ? 'caller' : 'study',
    inputDigest,
    payload: {
      kind: 'oip-infer',
      inputs,
      ...(outputs === undefined ? {} : { outputs }),
      ...(tensors === undefined ? {} : { tensors }),
      ...(parameters?.binary_data_output === true ? { binaryOutput: true } : {}),
    },
  };
  return { request, id };
}

/** A call for text. Throws BadRequest, and what `parseInferBody` throws. */
export function parseGenerate(req: Request, res: Response, streams: boolean): OipRequest {
  const { id, text_input: textInput, parameters = {} } = parseGenerateBody(req.body);
  const { study_instance_uid: study, function: wanted, stream, ...writing } = parameters;
  if (stream !== undefined && stream !== streams) {
    throw new BadRequest(
      'parameters.stream says otherwise than the address: use generate or generate_stream.',
    );
  }
  const given = Object.entries(writing).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  const request: InferenceRequest = {
    ...commonRequest(req, res, { study_instance_uid: study, function: wanted }),
    // The text is always the caller's; whether the endpoint reads the study besides is for its binding to say.
    input: textInput === '' ? 'study' : undefined,
    inputDigest: textInput === '' ? undefined : digestOfText(textInput),
    payload: { kind: 'oip-generate', textInput, parameters: Object.fromEntries(given), streams },
  };
  return { request, id };
}

type Common = Omit<InferenceRequest, 'input' | 'inputDigest' | 'payload'>;

function commonRequest(
  req: Request,
  res: Response,
  parameters: Pick<NonNullable<InferBody['parameters']>, 'study_instance_uid' | 'function'> | undefined,
): Common {
  const { model, version } = parseInput(versionParams, req.params);
  return {
    evidence: liftLoginEvidence(req),
    requestId: requestIdOf(res),
    protocol: 'oip-v2',
    model,
    version,
    function: parameters?.function,
    ...idempotencyKeyOf(req),
    study: oneStudy('parameters.study_instance_uid', parameters?.study_instance_uid, studyOfHeader(req)),
  };
}
