import { z } from 'zod';
import { parseCaseId, parseModelName, parseStudyUid, parseVersion } from '../domain/identifiers.ts';
import { ENTRY_KINDS } from '../domain/log-entry.ts';
import { DISPOSITIONS } from '../domain/words.ts';

/** Rows on one page when the caller names no number, and the most there can be. */
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
/** Long enough for a reason, too short for a report. */
const MAX_REASON_CHARACTERS = 500;
/** Longer than any report. */
const MAX_TEXT_CHARACTERS = 100_000;

/** A text that one of the domain's parse functions takes; what it makes of it is the branded value. */
export function parsed<T>(parse: (text: string) => T | undefined, description: string): z.ZodType<T, string> {
  return z
    .string()
    .max(128)
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: `must be ${description}` });
      return z.NEVER;
    })
    .meta({ description });
}

export const studyUid = parsed(
  parseStudyUid,
  'a DICOM Study Instance UID (digits and dots, at most 64 characters)',
);
export const caseId = parsed(parseCaseId, 'a case identifier (c- and a UUID)');
export const modelName = parsed(parseModelName, 'the name of a model in the register');
export const versionString = parsed(parseVersion, 'an exact version, never "latest"');

export const limit = z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT);
/** An exclusive upper bound of the log's sequence numbers, as `next` of the page before gave it. */
export const cursor = z
  .string()
  .regex(/^\d{1,15}$/, 'must be the "next" of a page before')
  .transform(Number)
  .meta({ description: 'The "next" of the page before.' });
const day = z.iso.date().meta({ description: 'A day, e.g. 2026-03-03.' });

export const modelsQuery = z.strictObject({ study: studyUid.optional() });
export const casesQuery = z.strictObject({ study: studyUid.optional(), limit, cursor: cursor.optional() });
export const caseParams = z.strictObject({ id: caseId });
export const caseLogQuery = z.strictObject({
  kind: z.enum(ENTRY_KINDS).optional(),
  model: modelName.optional(),
  case: caseId.optional(),
  limit,
  cursor: cursor.optional(),
});
export const driftQuery = z.strictObject({
  model: modelName.optional(),
  version: versionString.optional(),
  from: day.optional(),
  to: day.optional(),
});
export const noQuery = z.strictObject({});

/** What a person says in their own words; empty, too. Lines and tabs, and nothing that a terminal would act on. */
export const ownWords = z
  .string()
  .trim()
  .max(MAX_REASON_CHARACTERS)
  // PostgreSQL's text has no NUL, and UTF-8 no half of a surrogate pair.
  .regex(/^(?:\P{Cc}|[\t\n\r])*$/u, 'must be text, without control characters')
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode');
export const reason = ownWords
  .min(1)
  .meta({ description: 'In your own words, without patient details: it stays in the case log.' });

/** A draft, or the report that became of it. */
export const reportText = z
  .string()
  .max(MAX_TEXT_CHARACTERS)
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode');
export const reasonCode = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be the code of a reason');

export const dispositionBody = z.strictObject({
  disposition: z.enum(DISPOSITIONS),
  reasonCode: reasonCode.optional().meta({
    description:
      'One of the list of this disposition, or of those that the policy adds. “other” wants a reason in words.',
  }),
  reason: reason.optional(),
  texts: z
    .strictObject({
      draft: reportText.meta({ description: 'The draft, exactly as the case gave it.' }),
      final: reportText.meta({ description: 'The text that is used.' }),
    })
    .optional()
    .meta({
      description:
        'Says how much of a draft was changed. Both are compared and forgotten: the case keeps a digest of the final text, and the share.',
    }),
  disclosed: z
    .boolean()
    .optional()
    .meta({ description: 'Whether the part AI played was documented to the patient.' }),
});
