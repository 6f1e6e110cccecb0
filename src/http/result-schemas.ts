import { z } from 'zod';
import { parseSeriesUid, parseSopInstanceUid } from '../domain/identifiers.ts';
import { RESULT_VERDICTS, saidOf, type SaidOfResult } from '../domain/result-verdict.ts';
import type { WaitingCursor } from '../flows/ports-classify.ts';
import { limit, modelName, parsed, reason, studyUid, versionString } from './api-schemas.ts';
import { field, formOf } from './form-values.ts';

const MAX_REASON = 500;
const CHOOSE = 'is not one of the list';
const seriesUid = parsed(parseSeriesUid, 'a DICOM Series Instance UID');
const sopInstanceUid = parsed(parseSopInstanceUid, 'a DICOM SOP Instance UID');

/** One object, by where it stands. */
export const resultParams = z.object({ study: studyUid, series: seriesUid, sop: sopInstanceUid });

const cursor = z
  .string()
  .max(96)
  .transform((text, context): WaitingCursor => {
    const [, seenAt, uid = ''] = /^(\d{1,15}):([0-9.]+)$/.exec(text) ?? [];
    const known = parseSopInstanceUid(uid);
    if (seenAt !== undefined && known !== undefined) return { seenAt: Number(seenAt), sopInstanceUid: known };
    context.addIssue({ code: 'custom', message: 'must be the "next" of a page before' });
    return z.NEVER;
  })
  .meta({ description: 'The "next" of the page before.' });
export const probableQuery = z.strictObject({ limit, cursor: cursor.optional() });
/** A page shows as many as fit on one. */
export const probablePageQuery = z.strictObject({ cursor: cursor.optional() });

/** A cursor as it stands in an address. */
export function cursorText({ seenAt, sopInstanceUid: uid }: WaitingCursor): string {
  return `${String(seenAt)}:${uid}`;
}

const verdict = z.enum(RESULT_VERDICTS).meta({
  description:
    'not-ai: made by a person or a scanner; ai-of: by the model version named; ai-unknown: by AI, and nobody knows which version.',
});

/** A classification as it is sent. */
export const classificationBody = z
  .strictObject({
    verdict,
    model: modelName.optional(),
    version: versionString.optional(),
    reason: reason.optional(),
  })
  .refine((body) => saidOf(body.verdict, body) !== undefined, {
    message: 'ai-of goes with a model and its exact version, and nothing else does',
  });

/** What a body says. Throws nothing: it was checked. */
export function saidIn(body: z.output<typeof classificationBody>): SaidOfResult {
  return saidOf(body.verdict, body) ?? { verdict: 'ai-unknown' };
}

const OF = 'ai-of:';
/** One choice of the form: a verdict, with the version after it where it is of one. */
const choice = z.string().transform((text, context): SaidOfResult => {
  if (text === 'not-ai' || text === 'ai-unknown') return { verdict: text };
  const [model = '', version = ''] = text.startsWith(OF) ? text.slice(OF.length).split('@') : [];
  const named = z.object({ model: modelName, version: versionString }).safeParse({ model, version });
  if (named.success) return { verdict: 'ai-of', ...named.data };
  context.addIssue({ code: 'custom', message: CHOOSE });
  return z.NEVER;
});

/** Value of the choice that says so; the form and its reader know it by this alone. */
export function choiceValue(said: SaidOfResult): string {
  return said.verdict === 'ai-of' ? `${OF}${said.model}@${said.version}` : said.verdict;
}

export const classificationForm = formOf(
  z.strictObject({
    /** As the page that the form stood on had it; left out where nobody had said anything. */
    etag: z.string().max(200).exactOptional(),
    said: field(choice, CHOOSE),
    reason: field(
      z
        .string()
        .min(1)
        .max(MAX_REASON)
        .regex(/^[^\p{Cc}]+$/u)
        .refine((text) => text.isWellFormed()),
      `takes one line of at most ${String(MAX_REASON)} characters`,
    ).exactOptional(),
  }),
);
