import { z } from 'zod';
import { parsePractitionerId } from '../domain/identifiers.ts';
import { DUE_KINDS } from '../domain/due-item.ts';
import { cursor, limit, parsed } from './api-schemas.ts';

/** Ten years: whatever is further off than that is not falling due. */
const MAX_DAYS = 3_653;
const MAX_PAGE = 10_000;
const A_YEAR_DAYS = 366;

const days = z.coerce.number().int().min(0).max(MAX_DAYS).meta({ description: 'How far ahead, in days.' });
const practitioner = parsed(parsePractitionerId, 'the identifier of a person in the register');

export const myDueQuery = z.strictObject({ within: days.default(A_YEAR_DAYS) });
export const dueQuery = z.strictObject({ within: days.default(90), limit, cursor: cursor.optional() });
export const duePageQuery = z.strictObject({
  within: days.default(90),
  page: z.coerce.number().int().min(1).max(MAX_PAGE).default(1),
});
export const feedParams = z.strictObject({ token: z.string().max(128) });
export const personParams = z.strictObject({ id: practitioner });
export const logBookQuery = z.strictObject({
  page: z.coerce.number().int().min(1).max(MAX_PAGE).default(1),
});

/** Shapes of what is answered. */
const item = z.strictObject({
  id: z.string().meta({ description: 'Names what is owed; it stays the same when the date moves.' }),
  kind: z.enum(DUE_KINDS),
  practitioner: z.string(),
  name: z.string(),
  title: z.string(),
  dueAt: z
    .string()
    .meta({ format: 'date-time', description: 'The first instant at which it is missing, UTC.' }),
  notice: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Shortest notice period that it lies within, days; 0 once it is overdue.' }),
  href: z.string().meta({ description: 'The page on which it is put right.' }),
});
export const dueAnswer = z.strictObject({
  items: z.array(item),
  total: z.int().min(0),
  next: z.string().optional().meta({ description: 'Cursor of the next page; absent on the last.' }),
});
