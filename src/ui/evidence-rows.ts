import type { Evidence } from '../domain/register.ts';
import { dayText, lastDayText } from './day-words.ts';
import { detailText, evidenceDetails, type EvidenceDetail } from './evidence-fields.ts';
import { evidenceText } from './evidence-words.ts';
import { resultText, statementText } from './register-choices.ts';

interface Fact {
  readonly key: string;
  readonly value: string;
}

/** One line of a list of evidence. */
export interface EvidenceRow {
  readonly id: string;
  readonly title: string;
  readonly day: string;
  /** What it says, in a few words. */
  readonly says: string;
  readonly attestedBy: string;
  /** One that was failed counts for nothing. */
  readonly isFailed: boolean;
  readonly href?: string;
}

interface Shown {
  readonly names: Readonly<Record<string, string>>;
  readonly timeZone: string;
}

/** A piece of evidence as one line. */
export function evidenceRow(piece: Evidence, { names, timeZone }: Shown, href?: string): EvidenceRow {
  return {
    id: piece.id,
    title: evidenceText(piece.type),
    day: dayText(piece.happenedAt, timeZone),
    says: detailFacts(piece, timeZone)
      .map(({ key, value }) => `${key}: ${value}`)
      .join('; '),
    attestedBy: names[piece.attestedBy] ?? piece.attestedBy,
    isFailed: piece.result === 'fail',
    ...(href === undefined ? {} : { href }),
  };
}

/** Everything that a piece of evidence says, one fact to a line. */
export function detailRows(
  { piece, names }: { readonly piece: Evidence } & Pick<Shown, 'names'>,
  timeZone: string,
): readonly Fact[] {
  const named = (id: string): string => names[id] ?? id;
  return [
    { key: 'Date', value: dayText(piece.happenedAt, timeZone) },
    ...detailFacts(piece, timeZone),
    { key: 'Attested by', value: named(piece.attestedBy) },
    ...optional('Entered by', piece.recordedBy === undefined ? undefined : named(piece.recordedBy)),
    ...optional('Document', piece.document),
    ...optional('Note', piece.note),
  ];
}

function optional(key: string, value: string | undefined): readonly Fact[] {
  return value === undefined ? [] : [{ key, value }];
}

function detailFacts(piece: Evidence, timeZone: string): readonly Fact[] {
  const facts = evidenceDetails(piece.type).flatMap(({ detail }) =>
    optional(detailText(piece.type, detail), valueOf(piece, detail, timeZone)),
  );
  const statements = (piece.statements ?? []).map(statementText).join(' ');
  return statements === '' ? facts : [...facts, { key: 'Declared', value: statements }];
}

function valueOf(piece: Evidence, detail: EvidenceDetail, timeZone: string): string | undefined {
  if (detail === 'result') return piece.result === undefined ? undefined : resultText(piece.result);
  const value = piece[detail];
  if (value === undefined) return undefined;
  return detail === 'validUntil' ? lastDayText(Number(value), timeZone) : String(value);
}
