import { z } from 'zod';
import { dayField, field, formOf, lineField, wordField } from './form-values.ts';

const MAX_LINKS = 50;
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
/** As the page that the form stood on had it. */
const etag = z.string().max(200);

export const guidelineIdParams = z.object({ id: word });
export const guidelineVersionParams = guidelineIdParams.extend({ version: word });

const href = z.url({ protocol: /^https?$/ }).max(500);
const link = z
  .string()
  .transform(linkOf)
  .pipe(
    z.strictObject({
      title: z
        .string()
        .min(1)
        .max(500)
        .regex(/^[^\p{Cc}]+$/u),
      href,
    }),
  );

/** A title, a space, and an address, which holds none. */
function linkOf(line: string): { readonly title: string; readonly href: string } {
  const place = line.lastIndexOf(' ');
  return { title: line.slice(0, Math.max(place, 0)).trim(), href: line.slice(place + 1) };
}

const links = field(
  z
    .string()
    .transform((text) =>
      text
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    )
    .pipe(z.array(link).max(MAX_LINKS)),
  'takes one on each line: a title, a space, and an address',
);

const draft = {
  version: wordField,
  title: lineField,
  digest: field(
    z.string().regex(/^sha256:[0-9a-f]{64}$/),
    'is not a digest: sha256: and 64 hex digits in small letters',
  ),
  href: field(href, 'is not an address that begins with https:// or http://').exactOptional(),
  links: links.exactOptional(),
};

/** `new` is the address of this form. */
const newId = field(
  word.refine((text) => text !== 'new'),
  'takes letters, digits, dots, hyphens and underscores only, and is not “new”',
);
export const newGuidelineForm = formOf(z.strictObject({ id: newId, ...draft }));
export const newVersionForm = formOf(z.strictObject(draft));
export const commentForm = formOf(z.strictObject({ etag, text: lineField }));
export const signForm = formOf(z.strictObject({ etag, effectiveFrom: dayField }));
export const reviewForm = formOf(z.strictObject({ etag, outcome: lineField }));
