import { z } from 'zod';
import type { ModelFile } from '../domain/model-file.ts';
import type { EndpointBinding } from '../domain/register.ts';
import { isUid, parsePractitionerId } from '../domain/identifiers.ts';
import { ENDPOINT_FUNCTIONS, RESULTS } from '../domain/words.ts';
import { modelName, parsed, versionString } from './api-schemas.ts';
import { field, formOf, lineField, wholeField, wordField } from './form-values.ts';

const MAX_STUDIES = 200;
const MAX_TESTS = 200;
const MAX_RULES = 20;
const MAX_SITES = 50;
const MIN_WAIT_MS = 100;
const MAX_WAIT_MS = 600_000;
const CHOOSE = 'is not one of the list';

const recordId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@+~-]{0,191}$/);
/** As the page that the form stood on had it. */
const etag = z.string().max(200);

export const modelParams = z.object({ model: modelName, version: versionString });
export const testParams = modelParams.extend({ plan: recordId, item: recordId });
export const stopParams = z.object({ stop: recordId });

export const retireForm = formOf(z.strictObject({ reason: lineField, etag }));
export const liftForm = formOf(z.strictObject({ reason: lineField, etag }));

export const nameOnlyForm = formOf(
  z.strictObject({ function: field(z.enum(ENDPOINT_FUNCTIONS), CHOOSE), etag }),
);

const TARGETS = ['version', 'model', 'family', 'site'] as const;
/** Everything everywhere is not for one button. */
export const stopForm = formOf(
  z
    .strictObject({
      reason: lineField,
      target: field(z.enum(TARGETS), CHOOSE),
      site: wordField.exactOptional(),
    })
    .refine(({ target, site }) => target !== 'site' || site !== undefined, {
      path: ['site'],
      message: 'is missing: choose the site',
    }),
);
export type StopForm = z.output<typeof stopForm>;

/** Lines of a text, each trimmed, without empty ones. */
function linesOf(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function isDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

const studies = field(
  z
    .string()
    .transform(linesOf)
    .pipe(z.array(z.string().refine(isUid)).min(1).max(MAX_STUDIES).refine(isDistinct)),
  'takes one Study Instance UID on each line, each of them once',
);
const test = z
  .string()
  .max(500)
  .regex(/^[^\p{Cc}]+$/u);
const script = field(
  z
    .string()
    .transform(linesOf)
    .pipe(z.array(test).min(1).max(MAX_TESTS))
    .transform((titles) => titles.map((title, place) => ({ id: `T${place + 1}`, title }))),
  'takes one test on each line',
);

export const planForm = formOf(
  z.strictObject({
    etag,
    title: lineField,
    operator: field(parsed(parsePractitionerId, 'an identifier in the register'), CHOOSE),
    studies,
    script,
    document: lineField.exactOptional(),
  }),
);

export const testForm = formOf(
  z.strictObject({
    result: field(z.enum(RESULTS), CHOOSE),
    note: lineField.exactOptional(),
    document: lineField.exactOptional(),
  }),
);

const site = z.union([z.literal('*'), z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)]);
export const releaseForm = formOf(
  z.strictObject({
    etag,
    plan: field(recordId, CHOOSE),
    sites: field(
      z
        .string()
        .transform((text) => text.split(/[,\s]+/).filter((one) => one !== ''))
        .pipe(z.array(site).min(1).max(MAX_SITES)),
      'takes names of sites with commas between them, or *',
    ),
  }),
);

/** `<id>@<version>`: neither can hold the sign between them. */
export const guidelineNamed = field(
  z
    .string()
    .transform((text) => text.split('@'))
    .pipe(z.tuple([z.string().regex(/^[A-Za-z0-9._-]+$/), z.string().regex(/^[A-Za-z0-9._-]+$/)]))
    .transform(([id, version]) => ({ id, version })),
  CHOOSE,
);

export const addressField = field(
  z
    .url({ protocol: /^https?$/ })
    .max(500)
    .refine((url) => !/[/?#]$/.test(url) && !/[?#@]/.test(url)),
  'is not an address like https://ai.example:8000, without a slash at its end',
);
export const waitField = wholeField(MIN_WAIT_MS, MAX_WAIT_MS);

const rule = z
  .string()
  .transform((line) => Object.fromEntries(line.split(';').map(partOf)))
  .pipe(
    z.strictObject({
      station: z.string().min(1).max(500).exactOptional(),
      maker: z.string().min(1).max(500).exactOptional(),
      description: z.string().min(1).max(500).exactOptional(),
    }),
  );

function partOf(part: string): readonly [string, string] {
  const [name = '', ...rest] = part.split('=');
  return [name.trim(), rest.join('=').trim()];
}

const recognition = field(
  z.string().transform(linesOf).pipe(z.array(rule).min(1).max(MAX_RULES)),
  'takes one rule on each line, of station=…, maker=… and description=… with semicolons between them',
);

const changed = z.looseObject({
  etag,
  title: lineField,
  vendor: lineField,
  guideline: guidelineNamed.exactOptional(),
  recognition: recognition.exactOptional(),
});
type ChangeForm = Pick<
  z.output<typeof changed>,
  'etag' | 'title' | 'vendor' | 'guideline' | 'recognition'
> & {
  readonly endpoints: readonly EndpointBinding[];
};

/** The form that changes a version, with an address and a wait for each of its endpoints. */
export function changeModelForm({ modelVersion }: ModelFile): z.ZodType<ChangeForm> {
  return formOf(
    changed.transform((form, context): ChangeForm => {
      const endpoints = modelVersion.endpoints.flatMap((endpoint) => {
        const names = { address: `address-${endpoint.function}`, wait: `wait-${endpoint.function}` };
        const baseUrl = addressField.safeParse(form[names.address]);
        const timeoutMs = waitField.safeParse(form[names.wait]);
        if (!baseUrl.success) context.addIssue(faultOf(names.address, baseUrl.error));
        if (!timeoutMs.success) context.addIssue(faultOf(names.wait, timeoutMs.error));
        return baseUrl.success && timeoutMs.success
          ? [{ ...endpoint, baseUrl: baseUrl.data, timeoutMs: timeoutMs.data }]
          : [];
      });
      const { etag: tag, title, vendor, guideline, recognition: rules } = form;
      return {
        etag: tag,
        title,
        vendor,
        ...(guideline === undefined ? {} : { guideline }),
        ...(rules === undefined ? {} : { recognition: rules }),
        endpoints,
      };
    }),
  );
}

function faultOf(name: string, { issues }: z.ZodError): { code: 'custom'; path: string[]; message: string } {
  return { code: 'custom', path: [name], message: issues.map(({ message }) => message).join(', ') };
}
