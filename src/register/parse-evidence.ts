import { EVIDENCE_TYPES } from '../domain/evidence-types.ts';
import type { Evidence } from '../domain/register.ts';
import { DECLARATION_STATEMENTS, RESULTS } from '../domain/words.ts';
import {
  aCount,
  aDate,
  aNumber,
  aText,
  parseFields,
  listOf,
  oneOf,
  type FieldCheck,
} from './field-checks.ts';

const CHECKS: Readonly<Record<Exclude<keyof Evidence, 'recordedAt'>, FieldCheck>> = {
  id: aText,
  practitioner: aText,
  type: oneOf(EVIDENCE_TYPES),
  happenedAt: aDate,
  validUntil: aDate,
  attestedBy: aText,
  recordedBy: aText,
  scheme: aText,
  score: aNumber,
  credits: aNumber,
  modelFamily: aText,
  guideline: aText,
  result: oneOf(RESULTS),
  station: aCount,
  unit: aText,
  count: aCount,
  ordinal: aCount,
  caseId: aText,
  ratings: aText,
  criterion: aText,
  statements: listOf(oneOf(DECLARATION_STATEMENTS)),
  document: aText,
  note: aText,
};
const BY_NAME = new Map(Object.entries(CHECKS));
const NEEDED = ['id', 'practitioner', 'type', 'happenedAt', 'attestedBy'];

/** A piece of evidence of the register, from the words of an import file; undefined where it is none. */
export function parseEvidence(record: unknown): Evidence | undefined {
  const fields: unknown = parseFields(record, BY_NAME, NEEDED);
  return fields as Evidence | undefined;
}
