import { matchesCommitment, SALT_BYTES } from '../domain/commitment.ts';
import { parseEntryBody, type EntryBody } from '../domain/entry-body.ts';
import type { EntryRow, PersonalRow } from './stored-rows.ts';
import { describeError, type VerificationReport } from './verification-report.ts';

/**
 * Holds an entry's columns against what its body says, and its personal values against their commitments. A personal
 * value without a row has been erased, which is allowed. Returns the body; undefined when it cannot be read.
 */
export function verifyEntry(
  row: EntryRow,
  personal: readonly PersonalRow[],
  origin: string,
  report: VerificationReport,
): EntryBody | undefined {
  const place = `entry ${row.seq}`;
  const body = readBody(row, report);
  if (body === undefined) return undefined;
  const columns: readonly (readonly [name: string, column: unknown, said: unknown])[] = [
    ['seq', row.seq, body.seq],
    ['id', row.id, body.id],
    ['kind', row.kind, body.kind],
    ['case_id', row.case_id, body.caseId ?? null],
    ['wall_us', row.wall_us, body.wallUs],
  ];
  for (const [name, column, said] of columns) {
    if (column !== said) report.add(`${place} column ${name}`, 'It is not what the body of the entry says.');
  }
  if (body.log !== origin) report.add(`${place} column body`, `It was written for another log, ${body.log}.`);
  for (const value of personal) verifyPersonal(value, body, report);
  return body;
}

function readBody(row: EntryRow, report: VerificationReport): EntryBody | undefined {
  try {
    return parseEntryBody(row.body);
  } catch (error: unknown) {
    report.add(`entry ${row.seq} column body`, describeError(error));
    return undefined;
  }
}

function verifyPersonal(row: PersonalRow, body: EntryBody, report: VerificationReport): void {
  const place = placeOf(row);
  const commitment = Object.entries(body.commitments).find(([label]) => label === row.label)?.[1];
  if (commitment === undefined) {
    report.add(`${place} column seq or label`, 'The entry commits to no such value.');
    return;
  }
  if (row.salt.length !== SALT_BYTES) {
    report.add(`${place} column salt`, `It does not have ${SALT_BYTES} bytes.`);
  } else if (!matchesCommitment(commitment, row)) {
    report.add(`${place} column value or salt`, 'The entry commits to another value.');
  }
  if (row.retain_class !== body.retainClass) {
    report.add(`${place} column retain_class`, 'It is not what the body of the entry says.');
  }
}

/** A personal value that belongs to no entry. */
export function reportStray(row: PersonalRow, report: VerificationReport): void {
  report.add(`${placeOf(row)} column seq`, 'There is no such entry.');
}

function placeOf({ seq, label }: PersonalRow): string {
  return `pii ${seq} ${label}`;
}
