import type { ModelName, StudyUid, VersionString } from '../domain/identifiers.ts';
import type { EndpointBinding } from '../domain/register.ts';
import { listModels, type ListedModel } from './list-models.ts';
import type { LoginEvidence } from './ports.ts';
import type { DescribedTensors, TensorDescriber } from './ports-tensors.ts';

type Deps = Parameters<typeof listModels>[0] & { readonly tensors: TensorDescriber };

/** Rows of the list of models that are called by the Open Inference Protocol, and what their endpoints take and give. */
export interface TensorModels {
  readonly rows: readonly ListedModel[];
  /** Asks the endpoint of a row; undefined where it cannot say. Never rejects. */
  readonly describe: (row: ListedModel) => Promise<DescribedTensors | undefined>;
}

/**
 * One model, or one of its versions, as the list of models has it for whoever asks. Throws what `listModels` throws.
 */
export async function listTensorModels(
  deps: Deps,
  input: {
    readonly evidence: LoginEvidence;
    readonly study: StudyUid | undefined;
    readonly model: ModelName;
    readonly version?: VersionString;
  },
  signal: AbortSignal,
): Promise<TensorModels> {
  const { evidence, study, model, version } = input;
  const listed = await listModels(deps, { evidence, study }, signal);
  const register = deps.register.snapshot();
  const bindingOf = (row: ListedModel): EndpointBinding | undefined =>
    register
      .modelVersion(row.model, row.version)
      ?.endpoints.find(
        ({ protocol, function: served }) => protocol === row.protocol && served === row.function,
      );
  return {
    rows: listed.filter(
      (row) =>
        row.protocol === 'oip-v2' &&
        row.model === model &&
        (version === undefined || row.version === version),
    ),
    describe: async (row) => {
      const binding = bindingOf(row);
      return binding === undefined ? undefined : await deps.tensors.describe(binding, signal);
    },
  };
}
