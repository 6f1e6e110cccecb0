import type { Selectable } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../db/gateway-database.ts';
import { GatewayError } from '../domain/errors.ts';
import { parseSeriesUid, parseSopInstanceUid, parseStudyUid } from '../domain/identifiers.ts';
import type { StoredResult, StoredResults } from '../flows/ports-store.ts';
import { guarded } from './guarded.ts';

type Row = Selectable<GatewayTables['stored_result']>;

/** Parameters of one statement; either database takes many more. */
const STUDIES_AT_ONCE = 500;

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
    noteDigests: (passed) => guarded(() => noteDigests(database, passed)),
    ofStudies: async (studies) => {
      const found: StoredResult[] = [];
      for (let from = 0; from < studies.length; from += STUDIES_AT_ONCE) {
        const some = studies.slice(from, from + STUDIES_AT_ONCE);
        const query = selectAll(database)
          .where('stored_result.study', 'in', some)
          .orderBy('stored_result.kept_at')
          .orderBy('stored_result.sop_instance_uid');
        found.push(...(await guarded(() => query.execute())).map(toDomain));
      }
      return found;
    },
  };
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
    ]);
}

function isSame(kept: StoredResult, result: Omit<StoredResult, 'digest'>): boolean {
  return kept.machine === result.machine && kept.study === result.study && kept.series === result.series;
}

function toRow({ sopInstanceUid, sopClassUid, study, series, ...rest }: Omit<StoredResult, 'digest'>): Row {
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
  };
}

function toDomain(row: Row): StoredResult {
  const { model, version, digest } = row;
  return {
    ...parseUids(row),
    sopClassUid: row.sop_class_uid,
    machine: row.machine,
    keptAt: row.kept_at,
    ...(model === null || version === null ? {} : { madeBy: { model, version } }),
    ...(digest === null ? {} : { digest }),
  };
}

/** Only checked UIDs are written. Throws GatewayError('internal') for a row that somebody else wrote. */
function parseUids(row: Row): Pick<StoredResult, 'sopInstanceUid' | 'study' | 'series'> {
  const sopInstanceUid = parseSopInstanceUid(row.sop_instance_uid);
  const study = parseStudyUid(row.study);
  const series = parseSeriesUid(row.series);
  if (sopInstanceUid !== undefined && study !== undefined && series !== undefined)
    return { sopInstanceUid, study, series };
  throw new GatewayError('internal', { detail: 'The index of AI results holds a malformed UID.' });
}
