import { z } from 'zod';
import { digestOfText } from '../domain/byte-digest.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import { parseSeriesUid } from '../domain/identifiers.ts';
import { isDeeperThan } from '../domain/json-depth.ts';
import { parsed } from './api-schemas.ts';
import { parseNamedVersion } from './named-version.ts';
import { parseInput } from './parse-input.ts';

/** A list of points is two levels deep. */
const MAX_DEPTH = 8;
const MAX_PARAMS_BYTES = 262_144;
const MAX_POINTS = 1_000;
/** The longest name of a model, and the longest version. */
const MAX_KEY = 200;

export const inferParams = z.strictObject({
  model: z
    .string()
    .max(MAX_KEY)
    .transform((text, context) => {
      const named = parseNamedVersion(text);
      if (named !== undefined) return named;
      context.addIssue({
        code: 'custom',
        message: 'must be a model of the list with its exact version, e.g. lung_ct@2.1.0',
      });
      return z.NEVER;
    })
    .meta({
      description: 'A model of the list with its exact version, e.g. lung_ct@2.1.0 (@ may come as %40).',
    }),
});

/** MONAI Label's own words; an image is the series, and nothing that could be a path. */
export const inferQuery = z.strictObject({
  image: parsed(parseSeriesUid, 'the Series Instance UID of what is shown'),
  output: z.enum(['image', 'json', 'all', 'dicom_seg']).optional().meta({
    description:
      'Both where it is left out. A DICOM answer (dicom_seg) has no room for a score, a finding or doses: of a model that gives any it is refused.',
  }),
  session_id: z.literal('', 'must be left out: images are read from the PACS').optional(),
});

const number = z.number().min(-1e9).max(1e9);
const point = z.array(number).min(2).max(4);
const points = z.array(point).max(MAX_POINTS);
/** Servers that read scribbles take `label` for a file of theirs: a name of anatomy has neither dot nor slash. */
const LABEL = /^[\p{L}\p{N}][\p{L}\p{N} _()+,&'-]{0,127}$/u;
const labelName = z.string().regex(LABEL, 'must be the name of a label');

/** How the result is to be written. */
const WRITING = {
  result_extension: z.enum(['.nrrd', '.seg.nrrd', '.nii', '.nii.gz']).optional(),
  result_dtype: z.enum(['uint8', 'uint16', 'uint32', 'int16', 'int32', 'float32']).optional(),
  result_compress: z.boolean().optional(),
  restore_label_idx: z.boolean().optional(),
  largest_cc: z.boolean().optional(),
  label_info: z
    .array(
      z.strictObject({
        name: labelName,
        model_name: labelName.optional(),
        color: z.array(number).max(4).optional(),
      }),
    )
    .max(MAX_POINTS)
    .optional(),
} as const;

/** What somebody marked in the image, for models that are guided by it (deepgrow, deepedit, vista3d). */
const GUIDANCE = {
  foreground: points.optional(),
  background: points.optional(),
  label: labelName.optional(),
  label_prompt: z.array(z.int().nonnegative()).max(MAX_POINTS).optional(),
  points: points.optional(),
  point_labels: z.array(z.int().min(-1).max(1_000)).max(MAX_POINTS).optional(),
  roi: z.array(number).max(6).optional(),
  sidx: z.int().min(-1).max(100_000).optional(),
} as const;

/** Points may stand under the name of any label (deepedit). */
export const callParams = z
  .object({
    ...WRITING,
    ...GUIDANCE,
    client_id: z
      .string()
      .max(256)
      .optional()
      .meta({ description: 'Names the computer; it is not passed on.' }),
  })
  .catchall(points);

/** What a server merges over the decision, or does beside the answer (endpoints/infer.py); only the gateway sets any. */
const RESERVED =
  /^(model|image|image_.*|session(_.*)?|file|file_.*|device|save_.*|label_tag|logits|result_write_.*|output|user|path|cache_.*|dicom.*)$/i;

export interface MonaiParams {
  /** Of the allow-list, ready to be passed on. */
  readonly params: Readonly<Record<string, unknown>>;
  /** `sha256:<hex>` over what was marked in the image, where anything was (RFC 8785). */
  readonly guidanceDigest: string | undefined;
}

/**
 * Checks the form field `params`, which a server would take over everything the address says. Throws BadRequest for what is not JSON or not
 * known, GatewayError('not-permitted') for what only the gateway may set, GatewayError('payload-too-large').
 */
export function parseCallParams(bytes: Uint8Array | undefined): MonaiParams {
  const value = readJson(bytes);
  const reserved = Object.keys(value).find((name) => RESERVED.test(name));
  if (reserved !== undefined) {
    throw new GatewayError('not-permitted', {
      detail: `The parameter ${reserved} would change what was decided about, so only the gateway sets it. Leave it out.`,
    });
  }
  const misnamed = Object.keys(value).find((name) => !LABEL.test(name));
  if (misnamed !== undefined)
    throw new BadRequest('The field params has a member that is no parameter and no label.');
  const { client_id: _client, ...params } = parseInput(callParams, value);
  const guidance = Object.entries(params).filter(([name]) => !Object.hasOwn(WRITING, name));
  return {
    params,
    guidanceDigest:
      guidance.length === 0 ? undefined : digestOfText(canonicalJson(Object.fromEntries(guidance))),
  };
}

function readJson(bytes: Uint8Array | undefined): object {
  if (bytes === undefined || bytes.length === 0) return {};
  if (bytes.length > MAX_PARAMS_BYTES) {
    throw new GatewayError('payload-too-large', {
      detail: 'The field params is larger than any viewer sends.',
    });
  }
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRequest('The field params must be a JSON object.');
  }
  if (isDeeperThan(value, MAX_DEPTH)) throw new BadRequest('The field params nests too deep.');
  return value;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause: unknown) {
    throw new BadRequest('The field params is not JSON.', cause);
  }
}

/** The errors of these doors. */
export const monaiProblem = z.object({
  detail: z.string(),
  code: z.string(),
  reasons: z.array(z.strictObject({ code: z.string(), text: z.string(), remedy: z.string() })),
  case_id: z.string().optional(),
});

/** `GET /info/` as clients read it; what is empty is there because they look into it. */
export const monaiInfo = z.strictObject({
  name: z.string(),
  description: z.string(),
  version: z.string(),
  labels: z.array(z.string()),
  models: z.record(
    z.string().meta({ description: 'name@version' }),
    z.strictObject({
      type: z.string(),
      labels: z.union([z.array(z.string()), z.record(z.string(), z.int())]),
      dimension: z.int(),
      description: z.string(),
      config: z.strictObject({}),
    }),
  ),
  trainers: z.strictObject({}),
  strategies: z.strictObject({}),
  scoring: z.strictObject({}),
  train_stats: z.strictObject({}),
  datastore: z.strictObject({}),
});

export const monaiAuth = z.strictObject({
  enabled: z.literal(true),
  client_id: z.string(),
  realm: z.string(),
});
export const monaiTokenValid = z.strictObject({ username: z.string() });
