import { ASSESSED_ON } from '../domain/assessment.ts';
import { csvLine } from '../domain/csv-cell.ts';
import type { LogBookLine } from '../domain/log-book.ts';
import type { LogBookView } from '../flows/read-log-book.ts';

const HEADER = [
  'practitioner',
  'number',
  'case',
  'opened',
  'function',
  'model',
  'version',
  'modality',
  'site',
  'disposition',
  'supervisor',
  'signedOffBy',
  'signedOffAt',
  'form',
  'complexity',
  'overall',
  'ratings',
  'feedback',
];

/** Spreadsheets take a table without it for one in the alphabet of their country. */
const BYTE_ORDER_MARK = '\uFEFF';

/** A log-book as a comma-separated table (RFC 4180, UTF-8): a header, then each supervised case in order. Times are UTC. */
export function logBookCsv({ book, names }: LogBookView): string {
  const { id } = book.practitioner;
  const rows = book.lines.map((line) => csvLine([id, ...cellsOf(line, names)]));
  return [BYTE_ORDER_MARK, csvLine(HEADER), ...rows].join('');
}

function cellsOf(line: LogBookLine, names: LogBookView['names']): readonly string[] {
  const { ordinal, caseId, openedUs, model, version, modality, signedOff } = line;
  // Evidence may call somebody by any word, so also by one that every object knows.
  const nameOf = (person = ''): string => (Object.hasOwn(names, person) ? (names[person] ?? '') : person);
  return [
    String(ordinal),
    caseId,
    isoOf(openedUs / 1_000),
    line.function,
    model,
    version,
    modality.join(' '),
    line.site ?? '',
    line.disposition ?? '',
    nameOf(line.supervisor),
    nameOf(signedOff?.by),
    signedOff === undefined ? '' : isoOf(signedOff.at),
    ...assessmentCells(signedOff),
  ];
}

/** Form, complexity and overall rating by themselves, and all ratings as `name=number` with spaces between. */
function assessmentCells({
  assessment,
  feedback = '',
}: NonNullable<LogBookLine['signedOff']> | Record<string, never> = {}): readonly string[] {
  if (assessment === undefined) return ['', '', '', '', feedback];
  const { form, complexity = '', ratings } = assessment;
  const rated = ASSESSED_ON[form].flatMap((one) => {
    const rating = ratings[one];
    return rating === undefined ? [] : [`${one}=${String(rating)}`];
  });
  return [form, complexity, String(ratings.overall ?? ''), rated.join(' '), feedback];
}

function isoOf(ms: number): string {
  return new Date(Math.trunc(ms)).toISOString();
}
