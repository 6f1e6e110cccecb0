import { z } from 'zod';
import { studyUid } from './api-schemas.ts';
import { CALL_PROBLEMS } from './openapi-call-problems.ts';
import type { Operation } from './openapi-operation.ts';
import {
  namedParams,
  pingAnswer,
  predictionQuery,
  torchserveProblem,
  versionParams,
} from './torchserve-schemas.ts';

const problemShape = {
  name: 'TorchserveProblem',
  type: 'application/json',
  schema: torchserveProblem,
} as const;
const PREDICTIONS = '/torchserve/predictions/{model}';

type Door = Pick<Operation, 'id' | 'method' | 'path' | 'summary' | 'params'>;

function prediction(door: Door): Operation {
  return {
    ...door,
    tag: 'AI',
    problemShape,
    query: predictionQuery,
    headers: z.strictObject({
      'Countersign-Study': studyUid.optional().meta({ description: 'The study the call is about.' }),
    }),
    body: z
      .string()
      .optional()
      .meta({ description: 'Input of your own, of any type; without it the endpoint reads the study.' }),
    bodyType: '*/*',
    answer: {
      status: 200,
      description: 'The released reply as the model gave it; the case stands in Case-Id.',
      type: '*/*',
    },
    problems: CALL_PROBLEMS,
  };
}

const RUNS = 'Runs one exact version on one study.';
const UPLOADS = 'The same, for clients that upload.';

/** TorchServe for clients that have one: predictions, and whether AI can be unlocked. */
export const TORCHSERVE_OPERATIONS: readonly Operation[] = [
  {
    id: 'torchservePing',
    method: 'get',
    path: '/torchserve/ping',
    tag: 'AI',
    summary: 'Whether AI can be unlocked for anybody at the moment.',
    problemShape,
    answer: { status: 200, description: 'It can.', type: 'application/json', schema: pingAnswer },
    problems: ['ai-locked'],
    isOpen: true,
  },
  prediction({
    id: 'predict',
    method: 'post',
    path: `${PREDICTIONS}/{version}`,
    summary: RUNS,
    params: versionParams,
  }),
  prediction({
    id: 'predictUpload',
    method: 'put',
    path: `${PREDICTIONS}/{version}`,
    summary: UPLOADS,
    params: versionParams,
  }),
  prediction({ id: 'predictNamed', method: 'post', path: PREDICTIONS, summary: RUNS, params: namedParams }),
  prediction({
    id: 'predictNamedUpload',
    method: 'put',
    path: PREDICTIONS,
    summary: UPLOADS,
    params: namedParams,
  }),
];
