import type { Evidence } from '../domain/register.ts';

/**
 * How a field of a piece of evidence stands in bytes: `word` as the number of a word that many pieces share, `text` letter for letter,
 * `number` as a double, `count` in as few bytes as it takes, `statements` as a set of bits.
 */
export type EvidenceForm = 'word' | 'text' | 'number' | 'count' | 'statements';

const FORMS: Readonly<Record<keyof Evidence, EvidenceForm>> = {
  id: 'text',
  practitioner: 'word',
  recordedBy: 'word',
  type: 'word',
  happenedAt: 'number',
  validUntil: 'number',
  attestedBy: 'word',
  recordedAt: 'number',
  scheme: 'word',
  score: 'number',
  credits: 'number',
  modelFamily: 'word',
  guideline: 'word',
  result: 'word',
  station: 'count',
  unit: 'word',
  count: 'count',
  ordinal: 'count',
  caseId: 'text',
  criterion: 'word',
  statements: 'statements',
  document: 'text',
  note: 'text',
  ratings: 'word',
};

export interface EvidenceField {
  readonly name: keyof Evidence;
  readonly form: EvidenceForm;
  /** Its number, which stands before its value. */
  readonly place: number;
}

/** Every field, those by which a piece is found first. */
export const EVIDENCE_FIELDS: readonly EvidenceField[] = Object.entries(FORMS).map(([name, form], place) => ({
  name: parseName(name),
  form,
  place,
}));
export const ID_PLACE = 0;
export const PRACTITIONER_PLACE = 1;
export const RECORDED_BY_PLACE = 2;

function parseName(name: string): keyof Evidence {
  return name as keyof Evidence;
}
