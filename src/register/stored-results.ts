import type { Selectable } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../db/gateway-database.ts';
import { GatewayError } from '../domain/errors.ts';
import { parseCaseId } from '../domain/identifiers.ts';
import type { StoredResult, StoredResults } from '../flows/ports-store.ts';
import { guarded } from './guarded.ts';
import { parseObjectRow } from './object-row.ts';

type Row = Selectable<GatewayTables['stored_result']>;

/** Parameters of one statement; either database takes more. A study of more objects than this is rare. */
const UIDS_AT_ONCE = 10_000;

/** The index of results in the table `stored_result`. */
export function createStoredResults(database: GatewayDatabase): StoredResults {
  const find: StoredResults['find'] = async (uid) => {
    const query = selectAll(database).where('stored_result.sop_instance_uid', '=', uid);
    const row = await guarded(() => query.executeTakeFirst());
    return row === undefined ? undefined : toDomain(row);
  };
  return {
    find,
    keep: async (result) => {
      const insert = database.insertInto('stored_result').values(toRow(result));
      await guarded(() => insert.onConflict((conflict) => conflict.doNothing()).execute());
      const kept = await find(result.sopInstanceUid);
      if (kept !== undefined && isSame(kept, result)) return;
      const detail = 'Another result, or another machine, has this SOP Instance UID.';
      throw new GatewayError('conflict', { detail });
    },
    noteCase: async (uids, caseId) => {
      const noted = database.updateTable('stored_result').set({ case_id: caseId ?? null });
      // What has none already is not written again: most objects come once.
      const update = caseId === undefined ? noted.where('stored_result.case_id', 'is not', null) : noted;
      for (let from = 0; from < uids.length; from += UIDS_AT_ONCE) {
        const some = uids.slice(from, from + UIDS_AT_ONCE);
        await guarded(() => update.where('stored_result.sop_instance_uid', 'in', some).execute());
      }
    },
    noteDigests: (passed) => guarded(() => noteDigests(database, passed)),
    ofStudies: async (studies, sopInstanceUids = []) => {
      const wanted: readonly Wanted[] = [
        ...studies.map((study) => ({ study })),
        ...sopInstanceUids.map((object) => ({ object })),
      ];
      const found = new Map<string, StoredResult>();
      for (let from = 0; from < wanted.length; from += UIDS_AT_ONCE) {
        const query = selectWanted(database, wanted.slice(from, from + UIDS_AT_ONCE));
        const rows = await guarded(() => query.execute());
        for (const result of rows.map(toDomain)) found.set(result.sopInstanceUid, result);
      }
      return [...found.values()];
    },
  };
}

interface Wanted {
  readonly study?: string;
  readonly object?: string;
}

function selectWanted(database: GatewayDatabase, wanted: readonly Wanted[]) {
  const studies = wanted.flatMap(({ study }) => (study === undefined ? [] : [study]));
  const objects = wanted.flatMap(({ object }) => (object === undefined ? [] : [object]));
  return selectAll(database)
    .where((eb) =>
      eb.or([
        ...(studies.length === 0 ? [] : [eb('stored_result.study', 'in', studies)]),
        ...(objects.length === 0 ? [] : [eb('stored_result.sop_instance_uid', 'in', objects)]),
      ]),
    )
    .orderBy('stored_result.kept_at')
    .orderBy('stored_result.sop_instance_uid');
}

async function noteDigests(
  database: GatewayDatabase,
  passed: Parameters<StoredResults['noteDigests']>[0],
): Promise<void> {
  await database.transaction().execute(async (tables) => {
    for (const { sopInstanceUid, digest } of passed) {
      const update = tables.updateTable('stored_result').set({ digest });
      await update.where('stored_result.sop_instance_uid', '=', sopInstanceUid).execute();
    }
  });
}

function selectAll(database: GatewayDatabase) {
  return database
    .selectFrom('stored_result')
    .select([
      'stored_result.sop_instance_uid',
      'stored_result.sop_class_uid',
      'stored_result.study',
      'stored_result.series',
      'stored_result.machine',
      'stored_result.model',
      'stored_result.version',
      'stored_result.kept_at',
      'stored_result.digest',
      'stored_result.case_id',
    ]);
}

function isSame(kept: StoredResult, result: Omit<StoredResult, 'digest' | 'caseId'>): boolean {
  const isInPlace = kept.study === result.study && kept.series === result.series;
  return kept.machine === result.machine && isInPlace && hasSameMaker(kept.madeBy, result.madeBy);
}

/** Nobody is unlocked for what no known version made, whatever it names now. */
function hasSameMaker(kept: StoredResult['madeBy'], now: StoredResult['madeBy']): boolean {
  return kept === undefined || (kept.model === now?.model && kept.version === now.version);
}

function toRow({
  sopInstanceUid,
  sopClassUid,
  study,
  series,
  ...rest
}: Omit<StoredResult, 'digest' | 'caseId'>): Row {
  return {
    sop_instance_uid: sopInstanceUid,
    sop_class_uid: sopClassUid,
    study,
    series,
    machine: rest.machine,
    model: rest.madeBy?.model ?? null,
    version: rest.madeBy?.version ?? null,
    kept_at: rest.keptAt,
    digest: null,
    case_id: null,
  };
}

function toDomain(row: Row): StoredResult {
  const { model, version, digest } = row;
  const caseId = parseCaseId(row.case_id ?? '');
  return {
    ...parseObjectRow(row),
    sopClassUid: row.sop_class_uid,
    machine: row.machine,
    keptAt: row.kept_at,
    ...(model === null || version === null ? {} : { madeBy: { model, version } }),
    ...(digest === null ? {} : { digest }),
    ...(caseId === undefined ? {} : { caseId }),
  };
}
