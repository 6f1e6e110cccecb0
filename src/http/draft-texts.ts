import { z } from 'zod';

/** The part of an Open Inference Protocol answer that holds text (tensors of type BYTES). */
const answer = z.object({
  outputs: z.array(z.object({ datatype: z.string(), data: z.array(z.unknown()) })),
});

/** The texts of a report draft, in order; empty when the answer holds none. */
export function draftTexts(body: Readonly<Record<string, unknown>>): readonly string[] {
  const parsed = answer.safeParse(body);
  if (!parsed.success) return [];
  return parsed.data.outputs
    .filter((output) => output.datatype === 'BYTES')
    .flatMap((output) => output.data.flat(Infinity))
    .filter((text): text is string => typeof text === 'string' && text.trim() !== '');
}
