import { RegisterUnavailable } from '../domain/errors.ts';
import { GATEWAY } from '../domain/endpoint-lock.ts';
import { parsePractitionerId } from '../domain/identifiers.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
import type { RegisterRecord, RegisterRecords } from '../flows/ports-register.ts';
import { etagOf } from './etag.ts';
import type { LiveRegister } from './live-register.ts';
import type { StoredRecord } from './record-store.ts';
import { readChange } from './register-change.ts';
import type { RegisterParts } from './register-parts.ts';

type Parts = Pick<RegisterParts, 'store' | 'loaded'>;

/** The register's records, word for word. Which state stands is known from memory; the table only says it in full. */
export function createRecordReader(parts: Parts): RegisterRecords {
  return {
    find: async (kind, id) => (await standing(parts, kind, [id]))[0],
    findAll: (kind, ids) => standing(parts, kind, ids),
    historyOf: async (kind, id) => {
      const { live } = parts.loaded();
      return await withPeople(parts, await parts.store.records.statesOf({ kind, id }, live.sequence()));
    },
    page: (asked) => page(parts, asked),
  };
}

async function page(
  parts: Parts,
  { kind, after = '', limit, person }: Parameters<RegisterRecords['page']>[0],
): Promise<readonly RegisterRecord[]> {
  const { live } = parts.loaded();
  if (person === undefined) {
    return await withPeople(
      parts,
      await asLoaded(live, (sequence) => parts.store.records.standing({ kind, after, limit, sequence })),
    );
  }
  const ids = idsAbout(live, kind, person)
    .filter((id) => id > after)
    .toSorted();
  return await standing(parts, kind, ids.slice(0, limit));
}

async function standing(
  parts: Parts,
  kind: RegisterKind,
  ids: readonly string[],
): Promise<readonly RegisterRecord[]> {
  const { live } = parts.loaded();
  const rows = await asLoaded(live, async (sequence) => {
    const known = ids.filter((id) => live.find(kind, id) !== undefined);
    const named = known.map((id) => ({ kind, id }));
    const found = await parts.store.records.statesAt(named, sequence);
    if (found.length < known.length) throw changedBehindUs();
    return found;
  });
  // Ids are ASCII, so that this is the order of the database too.
  return await withPeople(
    parts,
    rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  );
}

/** Records that are about a person: themselves, their evidence, their approvals. */
function idsAbout(live: LiveRegister, kind: RegisterKind, person: string): readonly string[] {
  const id = parsePractitionerId(person);
  if (id === undefined) return [];
  if (kind === 'practitioner') return live.find(kind, id) === undefined ? [] : [id];
  if (kind === 'evidence')
    return live
      .snapshot()
      .evidenceOf(id)
      .map((piece) => piece.id);
  return kind === 'approval'
    ? live
        .snapshot()
        .approvalsOf(id)
        .map((approval) => approval.id)
    : [];
}

/** Looks again where the register has gone on meanwhile: what was read then is no longer what stands. */
const MAX_LOOKS = 5;

/** Rows as they stand at a sequence, which the reader is told. Each is the newest of its record that was loaded. */
async function asLoaded(
  live: LiveRegister,
  read: (sequence: number) => Promise<readonly StoredRecord[]>,
): Promise<readonly StoredRecord[]> {
  for (let look = 1; ; look += 1) {
    const sequence = live.sequence();
    const rows = await read(sequence);
    const isUndisturbed = live.sequence() === sequence;
    if (!isUndisturbed && look < MAX_LOOKS) continue;
    if (rows.every((row) => isLoaded(row, live))) return rows;
    throw changedBehindUs();
  }
}

function isLoaded(row: StoredRecord, live: LiveRegister): boolean {
  const change = readChange(row.body);
  if (change?.kind !== row.kind || change.id !== row.id) return false;
  return live.lastTouched(change.kind, row.id) === row.sequence;
}

function changedBehindUs(): RegisterUnavailable {
  return new RegisterUnavailable(
    'The register’s tables do not say what was read from them. Tell IT; a restart says what is wrong.',
  );
}

async function withPeople(
  { store }: Parts,
  rows: readonly StoredRecord[],
): Promise<readonly RegisterRecord[]> {
  const people = await store.proposals.peopleBehind([...new Set(rows.map(({ proposal }) => proposal))]);
  return rows.map((row) => toRecord(row, people.get(row.proposal) ?? [GATEWAY]));
}

function toRecord(row: StoredRecord, by: readonly string[]): RegisterRecord {
  const change = readChange(row.body);
  if (change === undefined) throw changedBehindUs();
  const { kind, id } = change;
  const { sequence, recordedAt } = row;
  const state = { kind, id, sequence, recordedAt, etag: etagOf(row), by };
  return 'removed' in change
    ? { ...state, removedBecause: change.reason }
    : { ...state, record: parseJson(change.record) };
}

function parseJson(record: unknown): Readonly<Record<string, unknown>> {
  return record as Readonly<Record<string, unknown>>;
}
