import { z } from 'zod';
import { RESULT_VERDICTS } from '../domain/result-verdict.ts';
import { reason } from './openapi-answers.ts';
import type { Operation } from './openapi-operation.ts';
import { classificationBody, probableQuery, resultParams } from './result-schemas.ts';

const instant = z.string().meta({ format: 'date-time', description: 'ISO 8601, UTC.' });
const object = { study: z.string(), series: z.string(), sopInstanceUid: z.string() };

const classification = z
  .strictObject({
    ...object,
    verdict: z.enum(RESULT_VERDICTS),
    model: z.string().optional(),
    version: z.string().optional(),
    reason: z.string().optional(),
    practitioner: z.string().meta({ description: 'Who said so.' }),
    saidAt: instant,
    etag: z.string().meta({ description: 'What ETag and If-Match say in quotes.' }),
    logIndex: z.int().meta({ description: 'Place of its entry in the case log.' }),
  })
  .meta({ id: 'Classification' });
const read = classification.extend({
  history: z.array(classification).meta({ description: 'The newest first, at most 100.' }),
  mayClassify: z.boolean(),
  reasons: z.array(reason).meta({ description: 'Why you may not say anything now.' }),
});
const probable = z.strictObject({
  results: z.array(z.strictObject({ ...object, seenAt: instant })),
  next: z.string().optional().meta({ description: 'Cursor of the next page; absent on the last.' }),
});

const READING = ['bad-request', 'not-permitted', 'scope-missing', 'register-unavailable'] as const;
const PATH = '/api/results/{study}/{series}/{sop}/classification';

/** What people say of stored objects that are only probably AI's. */
export const RESULT_OPERATIONS: readonly Operation[] = [
  {
    id: 'listProbableResults',
    method: 'get',
    path: '/api/results/probable',
    tag: 'AI',
    summary:
      'Stored objects that are probably AI’s and name no version of the register, and that nobody has classified: those that this gateway came across, the oldest first.',
    query: probableQuery,
    answer: { status: 200, description: 'A page of them.', type: 'application/json', schema: probable },
    problems: READING,
  },
  {
    id: 'readClassification',
    method: 'get',
    path: PATH,
    tag: 'AI',
    summary: 'What was said of a stored object: what stands, and what was said before.',
    params: resultParams,
    headers: z.strictObject({
      'If-None-Match': z.string().optional().meta({ description: 'ETags that the caller has already.' }),
    }),
    answer: { status: 200, description: 'It, with its ETag.', type: 'application/json', schema: read },
    otherAnswers: [{ status: 304, description: 'The caller has it already; the answer is empty.' }],
    problems: [...READING, 'not-found'],
  },
  {
    id: 'classifyResult',
    method: 'put',
    path: PATH,
    tag: 'AI',
    summary:
      'Says what made a stored object that is only probably AI’s: no AI, an exact version, or AI of a version that nobody knows. On record before it counts; the newest stands.',
    params: resultParams,
    headers: z.strictObject({
      'If-Match': z
        .string()
        .optional()
        .meta({ description: 'The ETag of what stands; needed where something was said before.' }),
      'If-None-Match': z
        .string()
        .optional()
        .meta({ description: '* where nobody must have said anything yet.' }),
    }),
    body: classificationBody,
    answer: {
      status: 200,
      description: 'It is on record and in force.',
      type: 'application/json',
      schema: classification,
    },
    problems: [
      ...READING,
      'not-found',
      'not-classifiable',
      'precondition-required',
      'precondition-failed',
      'payload-too-large',
      'unsupported-media-type',
      'same-origin-required',
      'sessions-unavailable',
      'case-log-unavailable',
      'upstream-unreachable',
      'upstream-timeout',
      'upstream-bad-answer',
    ],
  },
];
