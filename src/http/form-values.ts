import { z } from 'zod';

const MISSING = 'is missing';
const MAX_LINE = 500;
const DAY_MS = 86_400_000;

/** A form of ours. What was left empty is taken as not sent, because browsers send every field. */
export function formOf<S extends z.ZodType>(schema: S): z.ZodPreprocess<S> {
  return z.preprocess(dropEmpty, schema);
}

function dropEmpty(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const filled = Object.entries(value).filter(([, one]) => typeof one !== 'string' || one.trim() !== '');
  return Object.fromEntries(filled);
}

/** A field with one text, trimmed. Where it cannot be read, `fault` says so in words that go on after the field’s label. */
export function field<T>(schema: z.ZodType<T, string>, fault: string): z.ZodType<T, string> {
  return z.string({ error: MISSING }).transform((text, context): T => {
    const parsed = schema.safeParse(text.trim());
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: fault });
    return z.NEVER;
  });
}

/** Boxes of which several can be ticked: a browser sends none, one text, or several. */
export function ticked<T>(
  item: z.ZodType<T, string>,
  limits: { readonly min: number; readonly max: number; readonly fault: string },
): z.ZodType<readonly T[], string | readonly string[] | undefined> {
  const { min, max, fault } = limits;
  return z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform((given = [], context): readonly T[] => {
      const parsed = [given].flat().map((one) => item.safeParse(one));
      const values = parsed.flatMap((one) => (one.success ? [one.data] : []));
      if (values.length === parsed.length && values.length >= min && values.length <= max) return values;
      context.addIssue({ code: 'custom', message: fault });
      return z.NEVER;
    });
}

/** One line of text, as the register takes it. */
export const lineField = field(
  z
    .string()
    .max(MAX_LINE)
    .regex(/^[^\p{Cc}]+$/u),
  `takes one line of at most ${MAX_LINE} characters`,
);
/** A name of a scheme, family, unit or criterion. */
export const wordField = field(
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  'takes letters, digits, dots, hyphens and underscores only',
);

const DAY_FAULT = 'is not a day, such as 2026-03-27';
/** A day’s first moment, UTC: the register’s days are those of import files. */
export const dayField = field(
  z.iso.date().transform((day) => Date.parse(day)),
  DAY_FAULT,
);
/** The moment after a day’s last: ends are exclusive, and people name the last day. */
export const lastDayField = field(
  z.iso.date().transform((day) => Date.parse(day) + DAY_MS),
  DAY_FAULT,
);

/** A whole number within limits. */
export function wholeField(min: number, max: number): z.ZodType<number, string> {
  const number = z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max));
  return field(number, `is not a whole number from ${min} to ${max}`);
}

/** A number within limits that may have a fraction, after a point. */
export function numberField(min: number, max: number): z.ZodType<number, string> {
  const number = z
    .string()
    .regex(/^\d{1,6}(\.\d{1,3})?$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
  return field(number, `is not a number from ${min} to ${max}`);
}
