import { z } from 'zod';
import { studyUid } from './api-schemas.ts';
import { inferenceServer, modelMetadata, modelReady, serverLive, serverReady } from './openapi-answers.ts';
import type { Operation } from './openapi-operation.ts';
import { inferAnswer, inferBody, modelParams, oipProblem, versionParams } from './oip-schemas.ts';

const problemShape = { type: 'application/json', schema: oipProblem } as const;
const studyHeader = z.strictObject({
  'Countersign-Study': studyUid.optional().meta({ description: 'The study the call is about.' }),
});
const MODEL = '/v2/models/{model}';
const VERSION = `${MODEL}/versions/{version}`;

type Shared = 'method' | 'tag' | 'problemShape';

function good(schema: z.ZodType, description: string): Operation['answer'] {
  return { status: 200, description, type: 'application/json', schema };
}

function operation(given: Omit<Operation, Shared> & Partial<Pick<Operation, 'method'>>): Operation {
  return { method: 'get', tag: 'AI', problemShape, ...given };
}

const needsVersion = 'Refused: there is no default version. Name the exact one.';

/** The AI door: the Open Inference Protocol v2 under the register's names, refusals in the protocol's own shape. */
export const INFERENCE_OPERATIONS: readonly Operation[] = [
  operation({
    id: 'inferenceServer',
    path: '/v2',
    summary: 'What answers here.',
    answer: good(inferenceServer, 'Name and version.'),
    problems: [],
    isOpen: true,
  }),
  operation({
    id: 'inferenceLive',
    path: '/v2/health/live',
    summary: 'Whether the door answers.',
    answer: good(serverLive, 'It does.'),
    problems: [],
    isOpen: true,
  }),
  operation({
    id: 'inferenceReady',
    path: '/v2/health/ready',
    summary: 'Whether AI can be unlocked for anybody at the moment.',
    answer: good(serverReady, 'It can.'),
    problems: ['ai-locked'],
    isOpen: true,
  }),
  operation({
    id: 'modelMetadata',
    path: MODEL,
    summary: 'The exact versions of a model that the register knows.',
    params: modelParams,
    answer: good(modelMetadata, 'Its versions.'),
    problems: ['bad-request', 'not-found', 'register-unavailable'],
  }),
  operation({
    id: 'modelReadyWithoutVersion',
    path: `${MODEL}/ready`,
    summary: needsVersion,
    params: modelParams,
    answer: good(modelReady, 'Never given.'),
    problems: ['bad-request'],
  }),
  operation({
    id: 'inferWithoutVersion',
    method: 'post',
    path: `${MODEL}/infer`,
    summary: needsVersion,
    params: modelParams,
    answer: good(inferAnswer, 'Never given.'),
    problems: ['bad-request', 'same-origin-required'],
  }),
  operation({
    id: 'versionMetadata',
    path: VERSION,
    summary: 'One exact version, if the register knows it.',
    params: versionParams,
    answer: good(modelMetadata, 'The version.'),
    problems: ['bad-request', 'not-found', 'register-unavailable'],
  }),
  operation({
    id: 'versionReady',
    path: `${VERSION}/ready`,
    summary: 'Whether this exact version is ready for you, on the study where one is named.',
    params: versionParams,
    headers: studyHeader,
    answer: good(modelReady, 'It is.'),
    problems: [
      'bad-request',
      'not-permitted',
      'not-found',
      'register-unavailable',
      'upstream-unreachable',
      'upstream-timeout',
    ],
  }),
  operation({
    id: 'infer',
    method: 'post',
    path: `${VERSION}/infer`,
    summary: 'Runs one exact version on one study. Every answer and every refusal carries Case-Id.',
    params: versionParams,
    headers: studyHeader,
    body: inferBody,
    answer: good(inferAnswer, 'The released result, as the endpoint gave it.'),
    problems: [
      'bad-request',
      'payload-too-large',
      'unsupported-media-type',
      'not-permitted',
      'same-origin-required',
      'not-found',
      'register-unavailable',
      'case-log-unavailable',
      'upstream-unreachable',
      'upstream-timeout',
      'upstream-bad-answer',
      'model-failed',
      'attestation-mismatch',
      'case-closed',
    ],
  }),
];
