import type { EndpointBinding } from '../domain/register.ts';

/** What a MONAI Label server says of one of its models; viewers sort models by it, and colour by its labels. */
export interface DescribedModel {
  /** One of MONAI Label's own kinds. */
  readonly type?: string;
  /** Names in the order of their numbers from 1; by number where those have gaps, because renumbering would name other organs. */
  readonly labels: readonly string[] | Readonly<Record<string, number>>;
  readonly dimension?: number;
  readonly description?: string;
}

export interface ModelDescriber {
  /** Cached, bounded; within a few seconds. Undefined where the endpoint cannot say. Never rejects. */
  readonly describe: (binding: EndpointBinding, signal: AbortSignal) => Promise<DescribedModel | undefined>;
}
