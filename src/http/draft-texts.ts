import { z } from 'zod';
import type { ReleasedResult } from '../flows/release-result.ts';

/** The part of an Open Inference Protocol answer that holds text (tensors of type BYTES). */
const answer = z.object({
  outputs: z.array(z.object({ datatype: z.string(), data: z.array(z.unknown()) })),
});

/** The texts of a report draft, in order, as either dialect gives them; empty when the answer holds none. */
export function draftTexts({ body, files = [] }: Pick<ReleasedResult, 'body' | 'files'>): readonly string[] {
  return [
    ...textsOfBody(body),
    ...files.filter(isPlain).map(({ bytes }) => Buffer.from(bytes).toString('utf8')),
  ];
}

function isPlain({ contentType }: { readonly contentType: string }): boolean {
  return contentType.startsWith('text/plain');
}

function textsOfBody(body: ReleasedResult['body']): readonly string[] {
  const parsed = answer.safeParse(body);
  if (!parsed.success) return [];
  return parsed.data.outputs
    .filter((output) => output.datatype === 'BYTES')
    .flatMap((output) => output.data.flat(Infinity))
    .filter((text): text is string => typeof text === 'string' && text.trim() !== '');
}
