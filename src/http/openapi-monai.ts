import { z } from 'zod';
import { studyUid } from './api-schemas.ts';
import {
  callParams,
  inferParams,
  inferQuery,
  monaiAuth,
  monaiInfo,
  monaiProblem,
  monaiTokenValid,
} from './monai-schemas.ts';
import { doseFlag } from './openapi-answers.ts';
import { CALL_PROBLEMS } from './openapi-call-problems.ts';
import type { Operation } from './openapi-operation.ts';
import { token, tokenForm } from './openapi-tokens.ts';

const problemShape = { name: 'LabelProblem', type: 'application/json', schema: monaiProblem } as const;

function good(schema: z.ZodType, description: string): Operation['answer'] {
  return { status: 200, description, type: 'application/json', schema };
}

type Shared = 'method' | 'tag' | 'problemShape';

function operation(given: Omit<Operation, Shared> & Partial<Pick<Operation, 'method'>>): Operation {
  return { method: 'get', tag: 'AI', problemShape, ...given };
}

/** The model's JSON, whatever its members are called. */
const labelResult = z
  .looseObject({
    countersign: z
      .strictObject({
        dose: z.array(doseFlag),
        dose_exceeds: z.boolean().meta({ description: 'Whether any is above its level.' }),
        dose_without_level: z.boolean().meta({ description: 'Whether any has no level.' }),
      })
      .optional()
      .meta({
        description:
          'What the gateway says of doses that the model recommends; absent where it recommends none.',
      }),
  })
  .meta({ id: 'LabelResult' });

const resultHeaders = z.strictObject({
  'Case-Id': z.string().meta({ description: 'The case that the result stands in.' }),
  'Case-Log-Index': z.int().nonnegative().meta({ description: 'Where its outcome stands in the case log.' }),
  'Countersign-Draft': z
    .boolean()
    .optional()
    .meta({ description: 'That it is a draft of a report; absent of anything else.' }),
  'Countersign-Dose-Exceeds': z.boolean().optional().meta({
    description:
      'Whether a recommended dose is above its local reference level; absent where none is recommended.',
  }),
  'Countersign-Dose-Without-Level': z.boolean().optional().meta({
    description: 'Whether there is no such level for a recommended dose; absent where none is recommended.',
  }),
});

const file = z.string().meta({ format: 'binary' });

function result(type: string, schema: z.ZodType, description: string): Operation['answer'] {
  return { status: 200, description, type, schema };
}

/** MONAI Label for viewers that have a client for it. Each address is answered with and without the slash at its end. */
export const MONAI_OPERATIONS: readonly Operation[] = [
  operation({
    id: 'labelInfo',
    path: '/monai/info/',
    summary: 'What is unlocked for you, each version as name@version.',
    headers: z.strictObject({
      'Countersign-Study': studyUid.optional().meta({ description: 'The study it is to be unlocked on.' }),
    }),
    answer: good(
      monaiInfo.meta({ id: 'LabelInfo' }),
      'What may be run. Nothing of training, and nothing of whose images there are.',
    ),
    problems: [
      'bad-request',
      'not-found',
      'register-unavailable',
      'upstream-unreachable',
      'upstream-timeout',
    ],
  }),
  operation({
    id: 'labelInfer',
    method: 'post',
    path: '/monai/infer/{model}',
    summary:
      'Runs one exact version on the study of one series. Every answer and every refusal of a decision carries Case-Id.',
    params: inferParams,
    query: inferQuery,
    body: z.strictObject({
      params: callParams.optional().meta({
        description:
          'As JSON text. Model, image, session and file are set by the decision, and refused here.',
      }),
    }),
    bodyType: 'multipart/form-data',
    answer: {
      ...result(
        'multipart/form-data',
        z.strictObject({ params: labelResult, image: file }),
        'The released result: a form of JSON and file, or what of it was asked for by output:',
      ),
      headers: resultHeaders,
    },
    otherAnswers: [
      result('application/json', labelResult, 'the JSON alone,'),
      result('application/octet-stream', file, 'the file alone,'),
      result('application/dicom', file, 'or a DICOM object.'),
    ],
    problems: CALL_PROBLEMS,
  }),
  operation({
    id: 'labelAuth',
    path: '/monai/auth/',
    summary: 'That one has to sign in, for clients that ask.',
    answer: good(monaiAuth, 'One has to.'),
    problems: [],
    isOpen: true,
  }),
  operation({
    id: 'labelToken',
    method: 'post',
    path: '/monai/auth/token',
    summary: 'A token for a viewer, in exchange for the one-time code of your page.',
    body: tokenForm,
    bodyType: 'application/x-www-form-urlencoded',
    answer: good(token, 'The token, shown once.'),
    problems: [
      'bad-request',
      'not-found',
      'payload-too-large',
      'unsupported-media-type',
      'too-many-attempts',
      'sessions-unavailable',
    ],
    isOpen: true,
  }),
  operation({
    id: 'labelTokenValid',
    path: '/monai/auth/token/valid',
    summary: 'Whether a token still holds.',
    answer: good(monaiTokenValid, 'It does.'),
    problems: [],
  }),
];
