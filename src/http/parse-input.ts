import type { z } from 'zod';
import { BadRequest } from '../domain/errors.ts';

/**
 * Checks what came over the wire against its schema and gives it its type. Throws BadRequest that names every fault by
 * its field; values are not repeated.
 */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BadRequest(parsed.error.issues.map(describeIssue).join(' '));
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const field = issue.path.map(String).join('.');
  const fault = issue.message.replace(/\.$/, '');
  return field === '' ? `${fault}.` : `${field}: ${fault}.`;
}
