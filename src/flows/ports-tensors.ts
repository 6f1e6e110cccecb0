import type { EndpointBinding } from '../domain/register.ts';

/** A tensor as a model takes or gives it; a side of -1 can be of any length. */
export interface DescribedTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** What a model takes and gives, in its endpoint's word. */
export interface DescribedTensors {
  readonly inputs: readonly DescribedTensor[];
  readonly outputs: readonly DescribedTensor[];
}

export interface TensorDescriber {
  /** Cached, bounded; within a few seconds. Undefined where the endpoint cannot say, or speaks another dialect. Never rejects. */
  readonly describe: (binding: EndpointBinding, signal: AbortSignal) => Promise<DescribedTensors | undefined>;
}
