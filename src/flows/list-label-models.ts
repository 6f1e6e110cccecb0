import type { StudyUid } from '../domain/identifiers.ts';
import { listModels, type ListedModel } from './list-models.ts';
import type { LoginEvidence } from './ports.ts';
import type { DescribedModel, ModelDescriber } from './ports-monai.ts';

type Deps = Parameters<typeof listModels>[0] & { readonly describer: ModelDescriber };

/** A version that can be asked for by its name alone, with what its server says of it. */
export interface LabelModel extends ListedModel {
  readonly described: DescribedModel | undefined;
}

/**
 * The rows of the list of models that can be called in MONAI Label's dialect: read from the study, and the only such function of their
 * version, because no viewer can name a function there. Throws what `listModels` throws.
 */
export async function listLabelModels(
  deps: Deps,
  input: { readonly evidence: LoginEvidence; readonly study: StudyUid | undefined },
  signal: AbortSignal,
): Promise<readonly LabelModel[]> {
  const listed = await listModels(deps, input, signal);
  const callable = listed.filter(
    ({ protocol, input: source }) => protocol === 'monai-label' && source === 'study',
  );
  const rows = callable.filter((row) =>
    callable.every((other) => other === row || !isSameVersion(row, other)),
  );
  const register = deps.register.snapshot();
  return await Promise.all(
    rows.map(async (row): Promise<LabelModel> => {
      const binding = register
        .modelVersion(row.model, row.version)
        ?.endpoints.find(
          (endpoint) => endpoint.protocol === row.protocol && endpoint.function === row.function,
        );
      const described = binding === undefined ? undefined : await deps.describer.describe(binding, signal);
      return { ...row, described };
    }),
  );
}

function isSameVersion(one: ListedModel, other: ListedModel): boolean {
  return one.model === other.model && one.version === other.version;
}
