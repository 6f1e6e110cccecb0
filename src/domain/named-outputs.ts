import type { EndpointBinding } from './endpoint-binding.ts';

type Names = Pick<EndpointBinding, 'scoreOutput' | 'findingOutput' | 'doseOutputs'>;

/** Whether the register names a score, a finding or doses of an endpoint: the case needs them, so they must be read from its answer. */
export function namesOutputs({ scoreOutput, findingOutput, doseOutputs }: Names): boolean {
  return (scoreOutput ?? findingOutput ?? doseOutputs) !== undefined;
}
