import type { z } from 'zod';

/** A field of a form that cannot be read, in words. */
export interface FormFault {
  readonly field: string;
  readonly text: string;
}

/** What is wrong with a form, one sentence for each field, named as its label names it. */
export function formFaults(
  error: z.core.$ZodError,
  labels: Readonly<Record<string, string>>,
): readonly FormFault[] {
  const fields = new Map<string, string>();
  for (const issue of error.issues) {
    const field = String(issue.path[0] ?? '');
    const label = Object.hasOwn(labels, field) ? labels[field] : undefined;
    if (label !== undefined && !fields.has(field)) fields.set(field, `${label} ${issue.message}.`);
  }
  return [...fields].map(([field, text]) => ({ field, text }));
}

/** The texts of a form as they were typed, to be shown again. */
export function typedTexts(value: unknown, names: readonly string[]): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  const given: ReadonlyMap<string, unknown> = new Map(Object.entries(value));
  const typed = names.map((name) => [name, given.get(name)] as const);
  return Object.fromEntries(typed.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

/** What was sent for each of these fields, as texts; a field that may be sent several times has several. */
export function typedLists(
  value: unknown,
  names: readonly string[],
): Readonly<Record<string, readonly string[]>> {
  if (typeof value !== 'object' || value === null) return {};
  const given: ReadonlyMap<string, unknown> = new Map(Object.entries(value));
  return Object.fromEntries(
    names.map((name) => [name, [given.get(name)].flat().filter((one) => typeof one === 'string')]),
  );
}
