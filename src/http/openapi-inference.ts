import { z } from 'zod';
import { studyUid } from './api-schemas.ts';
import { inferenceServer, modelMetadata, modelReady, serverLive, serverReady } from './openapi-answers.ts';
import { CALL_PROBLEMS } from './openapi-call-problems.ts';
import type { Operation } from './openapi-operation.ts';
import {
  generateAnswer,
  generateBody,
  inferAnswer,
  inferBody,
  modelParams,
  oipProblem,
  versionParams,
} from './oip-schemas.ts';

const problemShape = { name: 'InferenceProblem', type: 'application/json', schema: oipProblem } as const;
const generateRequest = generateBody.meta({ id: 'GenerateRequest' });
const inferResult = inferAnswer.meta({ id: 'InferenceResult' });
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

const WITHOUT_VERSION = {
  infer: 'inferWithoutVersion',
  generate: 'generateWithoutVersion',
  generate_stream: 'generateStreamWithoutVersion',
} as const;

const METADATA_PROBLEMS: Operation['problems'] = [
  'bad-request',
  'not-permitted',
  'not-found',
  'register-unavailable',
  'upstream-unreachable',
  'upstream-timeout',
];

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
    summary: 'The exact versions of a model that are unlocked for you, and what one takes and gives.',
    params: modelParams,
    headers: studyHeader,
    answer: good(modelMetadata, 'Its versions.'),
    problems: METADATA_PROBLEMS,
  }),
  operation({
    id: 'modelReadyWithoutVersion',
    path: `${MODEL}/ready`,
    summary: needsVersion,
    params: modelParams,
    answer: good(modelReady, 'Never given.'),
    problems: ['bad-request'],
  }),
  ...(['infer', 'generate', 'generate_stream'] as const).map((action) =>
    operation({
      id: WITHOUT_VERSION[action],
      method: 'post',
      path: `${MODEL}/${action}`,
      summary: needsVersion,
      params: modelParams,
      answer: good(inferResult, 'Never given.'),
      problems: ['bad-request', 'same-origin-required'],
    }),
  ),
  operation({
    id: 'versionMetadata',
    path: VERSION,
    summary: 'One exact version, if it is unlocked for you, and what it takes and gives.',
    params: versionParams,
    headers: studyHeader,
    answer: good(modelMetadata, 'The version.'),
    problems: METADATA_PROBLEMS,
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
    body: inferBody.meta({ id: 'InferenceRequest' }),
    answer: good(inferResult, 'The released result, as the endpoint gave it.'),
    otherAnswers: [
      {
        status: 200,
        description:
          'The same with raw tensors behind the JSON (binary tensor data extension), where they were asked for. A request may have them too.',
        type: 'application/octet-stream',
        schema: z.string().meta({ format: 'binary' }),
      },
    ],
    problems: CALL_PROBLEMS,
  }),
  operation({
    id: 'generate',
    method: 'post',
    path: `${VERSION}/generate`,
    summary: 'Lets one exact version write a text about one study (generate extension).',
    params: versionParams,
    headers: studyHeader,
    body: generateRequest,
    answer: good(generateAnswer, 'The released text; a draft of a report begins with its mark.'),
    problems: CALL_PROBLEMS,
  }),
  operation({
    id: 'generateStream',
    method: 'post',
    path: `${VERSION}/generate_stream`,
    summary:
      'The same, as it comes. What goes wrong after the first event is an event with `error`, the last.',
    params: versionParams,
    headers: studyHeader,
    body: generateRequest,
    answer: {
      status: 200,
      description: 'Server-sent events, each the JSON of a piece of the text.',
      type: 'text/event-stream',
      schema: z.string(),
    },
    problems: CALL_PROBLEMS,
  }),
];
