import type { z } from 'zod';
import {
  caseLogQuery,
  caseParams,
  casesQuery,
  dispositionBody,
  driftQuery,
  modelsQuery,
} from './api-schemas.ts';
import * as answers from './openapi-answers.ts';
import { ANSWER_OPERATIONS } from './openapi-answered.ts';
import { CHAT_OPERATIONS } from './openapi-chat.ts';
import { DUE_OPERATIONS } from './openapi-due.ts';
import { EXPLANATION_OPERATIONS } from './openapi-explanation.ts';
import { INFERENCE_OPERATIONS } from './openapi-inference.ts';
import { MONAI_OPERATIONS } from './openapi-monai.ts';
import { REGISTER_OPERATIONS } from './openapi-register.ts';
import { RESULT_OPERATIONS } from './openapi-results.ts';
import { TORCHSERVE_OPERATIONS } from './openapi-torchserve.ts';
import { TOKEN_OPERATIONS } from './openapi-tokens.ts';
import type { GoodAnswer, Operation } from './openapi-operation.ts';

function json(schema: z.ZodType, description: string, status: 200 | 201 = 200): GoodAnswer {
  return { status, description, type: 'application/json', schema };
}

const OWN_OPERATIONS: readonly Operation[] = [
  {
    id: 'listModels',
    method: 'get',
    path: '/api/models',
    tag: 'AI',
    summary:
      'Every function of every model version, whether it is unlocked for you on this study, and why not.',
    query: modelsQuery,
    answer: json(
      answers.models,
      'One row for each version and function, by the decision that the call itself meets.',
    ),
    problems: [
      'bad-request',
      'not-found',
      'register-unavailable',
      'upstream-unreachable',
      'upstream-timeout',
    ],
  },
  {
    id: 'listCases',
    method: 'get',
    path: '/api/cases',
    tag: 'cases',
    summary: 'Your own cases, of one study where one is named, newest first.',
    query: casesQuery,
    answer: json(answers.cases, 'A page of cases; scores and findings only where you may see them now.'),
    problems: ['bad-request', 'register-unavailable'],
  },
  {
    id: 'readCase',
    method: 'get',
    path: '/api/cases/{id}',
    tag: 'cases',
    summary: 'One of your own cases.',
    params: caseParams,
    answer: json(answers.oneCase, 'The case, with its entries in the case log.'),
    problems: ['bad-request', 'not-found', 'register-unavailable'],
  },
  {
    id: 'recordDisposition',
    method: 'post',
    path: '/api/cases/{id}/disposition',
    tag: 'cases',
    summary: 'Says what you did with an AI result. The newest stands; earlier ones stay in the log.',
    params: caseParams,
    body: dispositionBody,
    answer: json(answers.dispositionRecorded, 'It is on record.', 201),
    problems: [
      'bad-request',
      'payload-too-large',
      'unsupported-media-type',
      'not-permitted',
      'same-origin-required',
      'not-found',
      'conflict',
      'register-unavailable',
      'case-log-unavailable',
    ],
  },
  {
    id: 'listDispositionReasons',
    method: 'get',
    path: '/api/dispositions',
    tag: 'cases',
    summary: 'What can be said of an AI result, and the coded reasons of each.',
    answer: json(answers.dispositionReasons, 'Each disposition with its reasons.'),
    problems: ['bad-request', 'register-unavailable'],
  },
  {
    id: 'readCaseLog',
    method: 'get',
    path: '/api/case-log',
    tag: 'case log',
    summary: 'The case log, newest first, for auditors and programme leads. Reading it is itself an entry.',
    query: caseLogQuery,
    answer: json(answers.caseLog, 'A page of entries, and what the log proves.'),
    problems: ['bad-request', 'not-permitted', 'register-unavailable', 'case-log-unavailable'],
  },
  {
    id: 'exportCaseLog',
    method: 'get',
    path: '/api/case-log/export',
    tag: 'case log',
    summary: 'The whole verified log for download: each line is the exact stored body of one entry.',
    answer: { status: 200, description: 'Newline-delimited JSON.', type: 'application/x-ndjson' },
    problems: ['bad-request', 'not-permitted', 'register-unavailable', 'case-log-unavailable'],
  },
  {
    id: 'readVerification',
    method: 'get',
    path: '/api/case-log/verification',
    tag: 'case log',
    summary: 'What the log proves at this moment, with the newest signed checkpoint to keep.',
    answer: json(answers.verification, 'How far the log is verified.'),
    problems: ['bad-request'],
  },
  {
    id: 'readDrift',
    method: 'get',
    path: '/api/drift',
    tag: 'surveillance',
    summary: 'Counters for each model version, site, slice and day; the range of days is half-open.',
    query: driftQuery,
    answer: json(answers.drift, 'One row for each counter.'),
    problems: ['bad-request', 'not-permitted', 'register-unavailable'],
  },
  {
    id: 'whoAmI',
    method: 'get',
    path: '/auth/whoami',
    tag: 'sign-in',
    summary: 'Who is signed in, how strongly, and since when; or which machine calls.',
    answer: json(answers.whoCalls, 'The login, and the practitioner it names; or the machine.'),
    problems: ['register-unavailable', 'sessions-unavailable'],
  },
  {
    id: 'isAlive',
    method: 'get',
    path: '/health/live',
    tag: 'health',
    summary: 'Whether the process answers.',
    answer: json(answers.alive, 'It does.'),
    problems: [],
    isOpen: true,
  },
  {
    id: 'isReady',
    method: 'get',
    path: '/health/ready',
    tag: 'health',
    summary:
      'Whether images can be served, the state of each part, and whether AI is locked and why. 503 when images cannot be served; the body is the same.',
    answer: json(answers.readiness, 'Images can be served.'),
    problems: [],
    isOpen: true,
  },
];

/** Every operation the document describes. */
export const OPERATIONS: readonly Operation[] = [
  ...OWN_OPERATIONS,
  ...EXPLANATION_OPERATIONS,
  ...ANSWER_OPERATIONS,
  ...DUE_OPERATIONS,
  ...REGISTER_OPERATIONS,
  ...RESULT_OPERATIONS,
  ...TOKEN_OPERATIONS,
  ...INFERENCE_OPERATIONS,
  ...CHAT_OPERATIONS,
  ...MONAI_OPERATIONS,
  ...TORCHSERVE_OPERATIONS,
];
