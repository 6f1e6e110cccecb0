import { z } from 'zod';
import { ENTRY_KINDS } from '../domain/log-entry.ts';
import { DISPOSITIONS, ENDPOINT_FUNCTIONS } from '../domain/words.ts';
import { MODALITIES } from '../ui/studies-page.ts';
import { caseId, cursor, modelName, studyUid, versionString } from './api-schemas.ts';

const MAX_PAGE = 10_000;
/** A form sends an empty field where nothing was chosen. */
const EMPTY = z.literal('').transform(() => undefined);
const flag = z.literal('1').optional();

/**
 * A value to match in the PACS. No wildcard (`*`, `?`) and no list (`\`, PS3.4 §C.2.2.2): who looks for one patient is
 * not shown others.
 */
const exactText = z
  .string()
  .trim()
  .max(64, 'must be at most 64 characters')
  .regex(/^[^*?\\\p{Cc}]+$/u, 'must be without * ? or \\');

export const signInQuery = z.object({
  return: z.string().optional(),
  'signed-out': flag,
  'session-ended': flag,
});
export const studiesQuery = z.strictObject({ page: z.coerce.number().int().min(1).max(MAX_PAGE).default(1) });
export const studyParams = z.strictObject({ uid: studyUid });
export const assetParams = z.strictObject({ digest: z.string().max(64), name: z.string().max(64) });

/** What a search for studies may ask for; empty means any. */
export const studySearch = z.strictObject({
  patientId: EMPTY.or(exactText).optional(),
  accession: EMPTY.or(exactText).optional(),
  modality: EMPTY.or(z.enum(MODALITIES)).optional(),
  date: EMPTY.or(z.iso.date('must be a day')).optional(),
});
export const studySearchForm = studySearch.extend({ clear: z.literal('yes').optional() });

export const runForm = z.strictObject({
  model: modelName,
  version: versionString,
  function: z.enum(ENDPOINT_FUNCTIONS),
});

const MAX_REASON_CHARACTERS = 500;
export const dispositionForm = z.strictObject({
  disposition: z.enum(DISPOSITIONS),
  reason: z
    .string()
    .trim()
    .max(MAX_REASON_CHARACTERS)
    .transform((text) => (text === '' ? undefined : text))
    .optional(),
});

export const myCasesQuery = z.strictObject({ cursor: cursor.optional() });
/** What the auditor's page may ask for; empty means any. */
export const caseLogPageQuery = z.strictObject({
  kind: EMPTY.or(z.enum(ENTRY_KINDS)).optional(),
  model: EMPTY.or(modelName).optional(),
  case: EMPTY.or(caseId).optional(),
  cursor: cursor.optional(),
});
