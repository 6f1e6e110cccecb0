/** An output of an answer by the Open Inference Protocol, as far as its form is looked at. */
export interface AnswerOutput {
  readonly datatype: unknown;
  readonly shape: readonly unknown[];
  readonly data: readonly unknown[];
}

/** The outputs of an answer; what does not look like one is left out. */
export function outputsIn(body: Readonly<Record<string, unknown>>): readonly AnswerOutput[] {
  const outputs: readonly unknown[] = Array.isArray(body['outputs']) ? body['outputs'] : [];
  return outputs.filter(isOutput);
}

function isOutput(value: unknown): value is AnswerOutput {
  if (typeof value !== 'object' || value === null || !('shape' in value) || !('data' in value)) return false;
  return 'datatype' in value && Array.isArray(value.shape) && Array.isArray(value.data);
}
