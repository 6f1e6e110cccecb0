import { z } from 'zod';
import { ENDPOINT_FUNCTIONS } from '../domain/words.ts';
import { studyUid } from './api-schemas.ts';
import { chatBody, chatModelParams } from './chat-schemas.ts';
import { CALL_PROBLEMS } from './openapi-call-problems.ts';
import type { Operation } from './openapi-operation.ts';
import { reason } from './openapi-answers.ts';

const studyHeader = {
  'Countersign-Study': studyUid.optional().meta({ description: 'The study the call is about.' }),
} as const;

const model = z
  .strictObject({
    id: z.string().meta({ description: 'name@version' }),
    object: z.literal('model'),
    created: z.int().meta({ description: 'Always 0: the register knows no such day.' }),
    owned_by: z.string(),
    countersign: z.strictObject({ title: z.string(), functions: z.array(z.enum(ENDPOINT_FUNCTIONS)) }),
  })
  .meta({ id: 'ChatModel' });

const completion = z
  .strictObject({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.strictObject({
        index: z.literal(0),
        message: z.strictObject({
          role: z.literal('assistant'),
          content: z
            .string()
            .nullable()
            .meta({ description: 'A report draft begins with a line that says so.' }),
          refusal: z.string().nullable(),
        }),
        logprobs: z.null(),
        finish_reason: z.string(),
      }),
    ),
    usage: z
      .strictObject({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
      .optional(),
    countersign: z.strictObject({ case_id: z.string(), draft: z.boolean(), log_index: z.int() }),
  })
  .meta({ id: 'ChatCompletion' });

const chatProblem = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string(),
    reasons: z.array(reason),
    case_id: z.string().optional(),
  }),
});

const problemShape = { name: 'ChatProblem', type: 'application/json', schema: chatProblem } as const;
const LIST_PROBLEMS: Operation['problems'] = [
  'bad-request',
  'register-unavailable',
  'upstream-unreachable',
  'upstream-timeout',
];

/** The chat door: the OpenAI API under the register's names, refusals in that API's own shape. */
export const CHAT_OPERATIONS: readonly Operation[] = [
  {
    id: 'listChatModels',
    method: 'get',
    tag: 'AI',
    problemShape,
    path: '/v1/models',
    summary: 'The versions that are unlocked for you by chat, on the study where one is named.',
    headers: z.strictObject(studyHeader),
    answer: {
      status: 200,
      description: 'None that is locked.',
      type: 'application/json',
      schema: z.strictObject({ object: z.literal('list'), data: z.array(model) }),
    },
    problems: LIST_PROBLEMS,
  },
  {
    id: 'readChatModel',
    method: 'get',
    tag: 'AI',
    problemShape,
    path: '/v1/models/{id}',
    summary: 'One of them, or why it is locked.',
    params: chatModelParams,
    headers: z.strictObject(studyHeader),
    answer: { status: 200, description: 'It is unlocked.', type: 'application/json', schema: model },
    problems: [...LIST_PROBLEMS, 'not-permitted', 'not-found'],
  },
  {
    id: 'chat',
    method: 'post',
    tag: 'AI',
    problemShape,
    path: '/v1/chat/completions',
    summary: 'Runs one exact version on one study, in words. Every answer and every refusal carries Case-Id.',
    headers: z.strictObject({
      ...studyHeader,
      'Countersign-Patients': z
        .string()
        .optional()
        .meta({ description: 'JSON list of patient ids, as metadata.patients says.' }),
    }),
    body: chatBody.meta({ id: 'ChatRequest' }),
    answer: {
      status: 200,
      description:
        'The released answer. With `stream` it comes as server-sent events, the last of them [DONE].',
      type: 'application/json',
      schema: completion,
    },
    problems: CALL_PROBLEMS,
  },
];
