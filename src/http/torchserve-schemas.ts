import { z } from 'zod';
import { ENDPOINT_FUNCTIONS } from '../domain/words.ts';
import { modelName, parsed, studyUid, versionString } from './api-schemas.ts';
import { parseNamedVersion } from './named-version.ts';

export const versionParams = z.strictObject({ model: modelName, version: versionString });

/** One name for both, for clients that have no place for a version. */
export const namedParams = z.strictObject({
  model: parsed(
    parseNamedVersion,
    'a model with its exact version, as /torchserve/predictions/{model}/{version} or as name@version: there is no default',
  ).meta({ description: 'A model with its exact version, e.g. lung_ct@2.1.0 (@ may come as %40).' }),
});

/** A body is the model's input and has no place for them. */
export const predictionQuery = z.strictObject({
  study_instance_uid: studyUid.optional().meta({
    description: 'The study the call is about; the header Countersign-Study says the same.',
  }),
  function: z.enum(ENDPOINT_FUNCTIONS).optional().meta({
    description: 'May be left out where one function of the version takes this kind of input.',
  }),
});

export const pingAnswer = z.strictObject({ status: z.literal('Healthy') });

/** The errors of these doors: TorchServe's own three members, and what is the gateway's. */
export const torchserveProblem = z.object({
  code: z.int().meta({ description: 'The HTTP status.' }),
  type: z.string(),
  message: z.string(),
  problem: z.string().meta({ description: 'The code of the problem (docs/problems.md).' }),
  reasons: z.array(z.strictObject({ code: z.string(), text: z.string(), remedy: z.string() })),
  case_id: z.string().optional(),
});
