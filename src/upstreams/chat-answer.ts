import { createHash } from 'node:crypto';
import { z } from 'zod';
import { digestOfText } from '../domain/byte-digest.ts';
import { DRAFT_MARK } from '../domain/draft-marking.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { InferenceResult } from '../flows/ports-inference.ts';

/** How an answer is to be shown. */
export interface Showing {
  readonly caseId: CaseId;
  /** In place of the name that the endpoint gives itself. */
  readonly shownAs: string;
  readonly isDraft: boolean;
  /** Whether the caller of a stream asked what it used. */
  readonly showsUsage: boolean;
}

/** Servers write null for what they do not say, or leave it out. */
function orNothing<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}

const count = z.int().nonnegative();

/** What an answer and a chunk of one have in common, beside the name that they were served under. */
export const SHARED = {
  created: z.int().nonnegative().catch(0),
  usage: orNothing(z.object({ prompt_tokens: count, completion_tokens: count, total_tokens: count })).catch(
    undefined,
  ),
} as const;

export const said = z.object({ content: orNothing(z.string()), refusal: orNothing(z.string()) });
export const finishReason = orNothing(z.string().regex(/^[a-z_]{1,32}$/));

const completion = z.object({
  ...SHARED,
  choices: z.array(z.object({ message: said, finish_reason: finishReason })).length(1),
});
type Completion = z.output<typeof completion>;

/** The gateway's own member of an answer, beside those of the dialect. */
export function ownMember({ caseId, isDraft }: Showing): Readonly<Record<string, unknown>> {
  return { case_id: caseId, draft: isDraft };
}

/** The id of an answer names its case: an endpoint's own could say anything. */
export function answerId({ caseId }: Showing): string {
  return `chatcmpl-${caseId}`;
}

/** Reads a chat completion in one piece. Only the members that are asked for are kept; a draft's text begins with its mark. */
export function readCompletion(
  bytes: Uint8Array,
  value: unknown,
  showing: Showing,
): Omit<InferenceResult, 'durationMs'> | 'bad-answer' {
  const { data } = completion.safeParse(value);
  const [choice] = data?.choices ?? [];
  if (data === undefined || choice === undefined) return 'bad-answer';
  const text = shownText(choice.message.content, showing);
  return {
    kind: 'result',
    body: shownBody(data, shownChoice(choice, text), showing),
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    length: bytes.byteLength,
    ...(showing.isDraft ? { textDigest: digestOfText(text ?? '') } : {}),
  };
}

function shownText(content: string | undefined, { isDraft }: Showing): string | undefined {
  return content !== undefined && isDraft ? `${DRAFT_MARK}${content}` : content;
}

function shownChoice(
  { message: { refusal }, finish_reason: finish }: Completion['choices'][number],
  text: string | undefined,
): Readonly<Record<string, unknown>> {
  return {
    index: 0,
    message: { role: 'assistant', content: text ?? null, refusal: refusal ?? null },
    logprobs: null,
    finish_reason: finish ?? 'stop',
  };
}

function shownBody(
  { created, usage }: Completion,
  choice: Readonly<Record<string, unknown>>,
  showing: Showing,
): Readonly<Record<string, unknown>> {
  return {
    id: answerId(showing),
    object: 'chat.completion',
    created,
    model: showing.shownAs,
    choices: [choice],
    ...(usage === undefined ? {} : { usage }),
    countersign: ownMember(showing),
  };
}
