import { z } from 'zod';
import { ENTRY_KINDS } from '../domain/log-entry.ts';
import { DISPOSITIONS, ENDPOINT_FUNCTIONS, TOKEN_SCOPES } from '../domain/words.ts';
import { MODALITIES } from '../ui/studies-page.ts';
import { RUN_PROTOCOLS } from '../ui/study-page.ts';
import {
  caseId,
  cursor,
  modelName,
  ownWords,
  reasonCode,
  reportText,
  studyUid,
  versionString,
} from './api-schemas.ts';

const MAX_PAGE = 10_000;
/** A field of a form that may be left empty (a form sends it all the same), with what to say when it cannot be read. */
function optionalField<T>(
  schema: z.ZodType<T, string>,
  fault: string,
): z.ZodOptional<z.ZodType<T | undefined, string>> {
  const field = z.string().transform((text, context): T | undefined => {
    const parsed = text === '' ? undefined : schema.safeParse(text);
    if (parsed?.success === false) context.addIssue({ code: 'custom', message: fault });
    return parsed?.data;
  });
  return field.optional();
}
const flag = z.literal('1').optional();

/**
 * A value to match in the PACS. No wildcard (`*`, `?`) and no list (`\`, PS3.4 §C.2.2.2): who looks for one patient is
 * not shown others.
 */
const exactText = z
  .string()
  .trim()
  .max(64)
  .regex(/^[^*?\\\p{Cc}]+$/u);
const EXACT_FAULT = 'takes at most 64 characters, without * ? or \\';

export const signInQuery = z.object({
  return: z.string().optional(),
  'signed-out': z.enum(['1', 'partial']).optional(),
  locked: flag,
  'session-ended': flag,
});
export const studiesQuery = z.strictObject({ page: z.coerce.number().int().min(1).max(MAX_PAGE).default(1) });
export const studyParams = z.strictObject({ uid: studyUid });
export const assetParams = z.strictObject({ digest: z.string().max(64), name: z.string().max(64) });
export const panelParams = z.strictObject({ name: z.string().max(64) });

/** What a search for studies may ask for; empty means any. */
export const studySearch = z.strictObject({
  patientId: optionalField(exactText, EXACT_FAULT),
  accession: optionalField(exactText, EXACT_FAULT),
  modality: optionalField(z.enum(MODALITIES), 'is not one of the list'),
  date: optionalField(z.iso.date(), 'is not a day, such as 2026-03-27'),
});
export const studySearchForm = studySearch.extend({ clear: z.literal('yes').optional() });

/** What a code for another program is to be good for: one field for each. */
export const codeForm = z.strictObject({
  scope: z
    .union([z.enum(TOKEN_SCOPES), z.array(z.enum(TOKEN_SCOPES)).max(TOKEN_SCOPES.length)])
    .transform((chosen) => (typeof chosen === 'string' ? [chosen] : chosen)),
});

export const breakGlassQuery = z.object({ return: z.string().optional() });

export const runForm = z.strictObject({
  model: modelName,
  version: versionString,
  function: z.enum(ENDPOINT_FUNCTIONS),
  protocol: z.enum(RUN_PROTOCOLS).default('oip-v2'),
});

const maybeWords = ownWords.transform((text) => (text === '' ? undefined : text)).optional();

export const dispositionForm = z.strictObject({
  disposition: z.enum(DISPOSITIONS),
  reasonCode: optionalField(reasonCode, 'is none of the list'),
  reason: maybeWords,
  disclosed: z.literal('yes').optional(),
});
export const sayParams = z.strictObject({
  id: caseId,
  disposition: z.enum(DISPOSITIONS),
  code: reasonCode.optional(),
});
/** A text of many lines, which a form ends with CRLF; undefined where it is blank. */
const maybeText = z
  .string()
  .transform((text) => text.replaceAll('\r\n', '\n'))
  .pipe(reportText)
  .transform((text) => (text.trim() === '' ? undefined : text))
  .optional();
export const sayForm = z.strictObject({
  once: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  draft: maybeText,
  final: maybeText,
  reason: maybeWords,
});

export const myCasesQuery = z.strictObject({ cursor: cursor.optional() });
/** What the auditor's page may ask for; empty means any. */
export const caseLogPageQuery = z.strictObject({
  kind: optionalField(z.enum(ENTRY_KINDS), 'is not one of the list'),
  model: optionalField(modelName, 'is not the name of a model'),
  case: optionalField(caseId, 'is c- and a UUID, as a case page shows it'),
  cursor: cursor.optional(),
});
