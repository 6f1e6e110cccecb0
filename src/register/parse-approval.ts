import type { Approval } from '../domain/register.ts';
import { AI_FUNCTIONS, APPROVAL_MODES } from '../domain/words.ts';
import { aDate, aText, parseFields, listOf, oneOf, type FieldCheck } from './field-checks.ts';

const CHECKS: Readonly<Record<keyof Approval, FieldCheck>> = {
  id: aText,
  practitioner: aText,
  model: aText,
  version: aText,
  functions: listOf(oneOf(AI_FUNCTIONS)),
  mode: oneOf(APPROVAL_MODES),
  from: aDate,
  until: aDate,
  grantedBy: aText,
  supervisor: aText,
  plan: aText,
  planStudies: listOf(aText),
  carriedFrom: aText,
  endedBecause: aText,
};
const BY_NAME = new Map(Object.entries(CHECKS));
const NEEDED = ['id', 'practitioner', 'model', 'version', 'functions', 'mode', 'from', 'until', 'grantedBy'];

/** An approval of the register, from the words of an import file; undefined where it is none. */
export function parseApproval(record: unknown): Approval | undefined {
  const fields: unknown = parseFields(record, BY_NAME, NEEDED);
  return fields as Approval | undefined;
}
