import { z } from 'zod';
import type { DescribedModel, ModelDescriber } from '../flows/ports-monai.ts';
import { createCachedLookup, type CacheLimits } from './cached-lookup.ts';
import type { JsonGetter } from './get-json.ts';

type Models = ReadonlyMap<string, DescribedModel>;

const TIMEOUT_MS = 3_000;
const MAX_LABELS = 1_000;
const MAX_MODELS = 500;

const name = z.string().min(1).max(128);
const labels = z.union([z.array(name).max(MAX_LABELS), z.record(name, z.int().nonnegative())]);
const model = z.object({
  type: z
    .string()
    .regex(/^[a-z0-9_]{1,32}$/)
    .optional()
    .catch(undefined),
  labels: labels.optional().catch(undefined),
  dimension: z.int().min(2).max(4).optional().catch(undefined),
  description: z.string().max(1_000).optional().catch(undefined),
});
const info = z.object({ models: z.record(z.string(), z.unknown()) });

/** Reads what MONAI Label servers say of their models (`GET /info/`), each server's word kept for a while. */
export function createMonaiDescriber(limits: CacheLimits, getter: Pick<JsonGetter, 'get'>): ModelDescriber {
  const lookup = createCachedLookup<Models>(limits, async (baseUrl, signal) => {
    const url = `${baseUrl}/info/`;
    if (!URL.canParse(url)) return new Map();
    const got = await getter.get({ url, timeoutMs: TIMEOUT_MS }, signal);
    return got.kind === 'json' && got.status === 200 ? readModels(got.value) : new Map();
  });
  return {
    describe: async ({ baseUrl, endpointModel }, signal) => {
      try {
        return (await lookup.get(baseUrl, signal)).get(endpointModel);
      } catch {
        // Whoever asked has left: nobody wants to know.
        return undefined;
      }
    },
  };
}

function readModels(value: unknown): Models {
  const { data } = info.safeParse(value);
  const entries = Object.entries(data?.models ?? {}).slice(0, MAX_MODELS);
  return new Map(
    entries.flatMap(([key, said]) => {
      const known = model.safeParse(said).data;
      return known === undefined ? [] : [[key, described(known)] as const];
    }),
  );
}

function described({ type, labels: said, dimension, description }: z.output<typeof model>): DescribedModel {
  return {
    labels: inOrder(said ?? []),
    ...(type === undefined ? {} : { type }),
    ...(dimension === undefined ? {} : { dimension }),
    ...(description === undefined ? {} : { description }),
  };
}

/** 0 is the background. Numbers without gaps are told as a list, which every client reads. */
function inOrder(said: z.output<typeof labels>): DescribedModel['labels'] {
  if (Array.isArray(said)) return said;
  const numbered = Object.entries(said)
    .filter(([, number]) => number > 0)
    .slice(0, MAX_LABELS)
    .toSorted(([, a], [, b]) => a - b);
  const hasGaps = numbered.some(([, number], at) => number !== at + 1);
  return hasGaps ? Object.fromEntries(numbered) : numbered.map(([label]) => label);
}
