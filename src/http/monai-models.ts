import type { StudyUid } from '../domain/identifiers.ts';
import type { LabelModel } from '../flows/list-label-models.ts';
import type { DescribedModel } from '../flows/ports-monai.ts';
import { readinessOf } from './oip-models.ts';

/** `GET /info/`: what is unlocked for this person, each version by its name; nothing of training, and nothing of whose images there are. */
export function labelInfo(
  rows: readonly LabelModel[],
  study: StudyUid | undefined,
): Readonly<Record<string, unknown>> {
  const open = rows.filter((row) => readinessOf([row], study).ready);
  const models = open.map((row) => [`${row.model}@${row.version}`, describe(row)] as const);
  return {
    name: 'Countersign',
    description: 'AI that is unlocked for you, each version by its name.',
    version: '0.1.0',
    // OHIF stops where this is no list.
    labels: [...new Set(models.flatMap(([, { labels }]) => namesOf(labels)))],
    models: Object.fromEntries(models),
    trainers: {},
    strategies: {},
    scoring: {},
    train_stats: {},
    datastore: {},
  };
}

function describe({ title, function: fn, described }: LabelModel) {
  const unsaid = { type: fn, labels: [], dimension: 3, description: title };
  const { type, labels, dimension, description }: Required<DescribedModel> = { ...unsaid, ...described };
  return { type, labels, dimension, description, config: {} };
}

function namesOf(labels: DescribedModel['labels']): readonly string[] {
  return isList(labels) ? labels : Object.keys(labels);
}

function isList(labels: DescribedModel['labels']): labels is readonly string[] {
  return Array.isArray(labels);
}
