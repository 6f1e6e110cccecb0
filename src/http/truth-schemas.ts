import { z } from 'zod';
import { TRUTH_SOURCES, TRUTH_VERDICTS } from '../domain/truth-words.ts';
import { studyUid } from './api-schemas.ts';

/** Rows of one JSON list; a table can have more. */
const MAX_JSON_ROWS = 1_000;

const one = {
  source: z.enum(TRUTH_SOURCES),
  verdict: z.enum(TRUTH_VERDICTS),
  date: z.iso.date().optional().meta({ description: 'Day on which it was found.' }),
  // A code, not words: those could name somebody.
  code: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/, 'must be a code, without spaces')
    .optional()
    .meta({
      description:
        'The finding it is about, e.g. a RadLex or ICD code; all of the case where it is left out.',
    }),
};
const accession = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\\\p{Cc}]+$/u, 'must be an accession number');

/** A row names a study or an accession number, one of the two. */
export const truthRow = z.union([
  z.strictObject({ accession, ...one }),
  z.strictObject({ study: studyUid, ...one }),
]);

export const truthBody = z.strictObject({ rows: z.array(truthRow).min(1).max(MAX_JSON_ROWS) });

const outcome = z.enum(['recorded', 'known', 'overtaken', 'unmatched', 'faulty']);

export const truthAnswer = z.strictObject({
  counts: z.record(outcome, z.int().min(0)),
  rows: z.array(
    z.strictObject({
      row: z
        .int()
        .min(1)
        .meta({ description: 'Place in the list, or row of the table, from 1; a header is row 1.' }),
      outcome,
      message: z.string().optional(),
    }),
  ),
});
