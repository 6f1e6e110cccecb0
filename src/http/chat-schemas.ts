import { z } from 'zod';
import { isAboutPatients, PATIENTS_RULE } from '../domain/about-patients.ts';
import { digestOfText } from '../domain/byte-digest.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import { isDeeperThan } from '../domain/json-depth.ts';
import { ENDPOINT_FUNCTIONS } from '../domain/words.ts';
import { studyUid } from './api-schemas.ts';
import { parseNamedVersion } from './named-version.ts';
import { parseInput } from './parse-input.ts';

/** A schema of `response_format` is the deepest part of a request. */
const MAX_DEPTH = 32;
const MAX_MESSAGES = 256;
const MAX_PARTS = 64;
const MAX_TOKENS = 1_000_000;

/** A name and a version at their longest. */
const MAX_NAME = 200;
const VERSION_RULE =
  'a model of the list with its exact version, e.g. drafter@2.1.0; there is no default version';

const namedVersion = z
  .string()
  .max(MAX_NAME)
  .transform((text, context) => {
    const named = parseNamedVersion(text);
    if (named !== undefined) return named;
    context.addIssue({ code: 'custom', message: `must be ${VERSION_RULE}` });
    return z.NEVER;
  })
  .meta({ description: VERSION_RULE });

export const chatModelParams = z.strictObject({ id: namedVersion });

/** Members that steer the server, give the model tools, or reach beyond the study: each with why it is refused. */
const REFUSED: Readonly<Record<string, string>> = {
  ...ofEach(
    ['tools', 'tool_choice', 'functions', 'function_call', 'parallel_tool_calls', 'web_search_options'],
    'would let the model act, and no approval covers that',
  ),
  ...ofEach(['logit_bias', 'prediction'], 'would put words into the model’s mouth'),
  ...ofEach(
    [
      'chat_template',
      'chat_template_kwargs',
      'add_generation_prompt',
      'continue_final_message',
      'documents',
      'guided_json',
      'guided_regex',
      'guided_choice',
      'guided_grammar',
      'structured_outputs',
      'mm_processor_kwargs',
      'kv_transfer_params',
      'vllm_xargs',
      'cache_salt',
      'priority',
      'request_id',
      'service_tier',
      'prompt_cache_key',
      'safety_identifier',
    ],
    'steers the inference server, so only the gateway sets it',
  ),
  ...ofEach(['modalities', 'audio'], 'asks for an answer that is no text'),
};

const words = z.string().refine((text) => text.isWellFormed(), 'must be well-formed Unicode');
const textPart = z.strictObject({
  type: z.literal('text', 'must be "text": images come from the study, never from the caller'),
  text: words,
});
const content = z.union([words, z.array(textPart).min(1).max(MAX_PARTS)]);

const message = z.union(
  [
    z.strictObject({ role: z.enum(['system', 'developer', 'user']), content }),
    // As an answer is given back when a conversation goes on.
    z.strictObject({ role: z.literal('assistant'), content, refusal: z.null().optional() }),
  ],
  'must be of role system, developer, user or assistant, with a text or text parts as its content',
);

const patientList = z
  .array(z.string())
  .refine(isAboutPatients, `must be ${PATIENTS_RULE}`)
  .meta({ description: 'Whose records are asked about, by patient id; record-query must say so.' });

/** Values of `metadata` are texts for the API's own clients, so a list may also be given as its JSON. */
const patients = z
  .union([z.string().max(2_000).transform(listIn).pipe(patientList), patientList])
  .meta({ description: `${PATIENTS_RULE}, as a list or as its JSON.` });

const metadata = z.strictObject({
  study_instance_uid: studyUid.optional().meta({
    description: 'The study the call is about; the header Countersign-Study says the same.',
  }),
  function: z.enum(ENDPOINT_FUNCTIONS).optional().meta({
    description: 'May be left out where the version has one function in this dialect.',
  }),
  patients: patients.optional(),
});

const limit = z.int().min(1).max(MAX_TOKENS).nullish();
const penalty = z.number().min(-2).max(2).nullish();
const one = z.literal(1, 'must be 1: each answer is one case');
const no = z.literal(false, 'must be left out or false');
const jsonSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  description: z.string().max(1_000).optional(),
  schema: z
    .record(z.string(), z.unknown())
    .refine(isExact, 'must hold well-formed Unicode and finite numbers only')
    .optional(),
  strict: z.boolean().nullish(),
});
const responseFormat = z.union([
  z.strictObject({ type: z.enum(['text', 'json_object']) }),
  z.strictObject({ type: z.literal('json_schema'), json_schema: jsonSchema }),
]);

/** What is passed on as the caller gave it. */
const SETTINGS = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  max_tokens: limit,
  max_completion_tokens: limit,
  presence_penalty: penalty,
  frequency_penalty: penalty,
  seed: z.int().nullish(),
  stop: z.union([words.max(256), z.array(words.max(256)).max(16)]).nullish(),
  response_format: responseFormat.optional(),
} as const;

/** A request for a chat completion: text in, text out. */
export const chatBody = z.strictObject({
  model: namedVersion,
  messages: z.array(message).min(1).max(MAX_MESSAGES),
  ...SETTINGS,
  n: one.nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().optional() }).nullish(),
  logprobs: no.nullish(),
  store: no.nullish().meta({ description: 'Nothing is kept but the case.' }),
  user: z
    .string()
    .max(256)
    .optional()
    .meta({ description: 'Not passed on: endpoints are not told who asks.' }),
  metadata: metadata.nullish(),
});
export type ChatBody = z.output<typeof chatBody>;

/**
 * Checks the body of a chat request. Throws BadRequest that names every fault, and GatewayError('not-permitted') for members that the
 * gateway does not let through.
 */
export function parseChatBody(body: unknown): ChatBody {
  if (isDeeperThan(body, MAX_DEPTH)) {
    throw new BadRequest(`The body nests deeper than ${String(MAX_DEPTH)} levels.`);
  }
  refuseSteering(body);
  const read = parseInput(chatBody, body);
  refuseUnmarkable(read);
  return read;
}

/** `sha256:<hex>` over the canonical form (RFC 8785) of the messages. */
export function messagesDigest(messages: ChatBody['messages']): string {
  return digestOfText(canonicalJson(messages));
}

/** Patients from the header `Countersign-Patients`: the list as JSON. Throws BadRequest. */
export function patientsOfHeader(values: readonly string[] = []): readonly string[] | undefined {
  const [value, ...others] = values;
  if (others.length > 0) throw new BadRequest('Send the header Countersign-Patients once.');
  // The bytes of other letters say nothing of their encoding (RFC 9110 §5.5), and a wrong guess names other patients.
  if (value !== undefined && !/^[\x20-\x7e]*$/.test(value)) {
    throw new BadRequest('Write letters beyond ASCII in the header Countersign-Patients as \\u escapes.');
  }
  return value === undefined ? undefined : parseInput(patients, value);
}

function refuseSteering(body: unknown): void {
  const names = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  const refused = names.find((name) => Object.hasOwn(REFUSED, name));
  if (refused === undefined) return;
  throw new GatewayError('not-permitted', {
    detail: `The member ${refused} ${REFUSED[refused] ?? ''}. Leave it out.`,
  });
}

/** The mark of a draft goes into its text, where JSON has no place for it. */
function refuseUnmarkable({ response_format: format, metadata: given }: ChatBody): void {
  if (format === undefined || format.type === 'text') return;
  const wanted = given?.function;
  if (wanted !== undefined && wanted !== 'report-draft') return;
  throw new BadRequest(
    'A report draft is text that begins with a mark. For JSON, name another function in metadata.function.',
  );
}

/** Whether it is passed on as it came: JSON has no other numbers and texts, and what a call asks for is known by its digest. */
function isExact(value: unknown): boolean {
  try {
    canonicalJson(value);
    return true;
  } catch {
    return false;
  }
}

/** An empty list, which is refused, for what is no JSON list of texts. */
function listIn(text: string): string[] {
  try {
    return z.array(z.string()).catch([]).parse(JSON.parse(text));
  } catch {
    return [];
  }
}

function ofEach(names: readonly string[], why: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, why]));
}
