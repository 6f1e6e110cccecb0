import type { Selectable } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../db/gateway-database.ts';
import { GatewayError } from '../domain/errors.ts';
import {
  parseModelName,
  parsePractitionerId,
  parseVersion,
  type PractitionerId,
} from '../domain/identifiers.ts';
import {
  parseVerdict,
  saidOf,
  type ResultClassification,
  type SaidOfResult,
} from '../domain/result-verdict.ts';
import type { Classifications } from '../flows/ports-classify.ts';
import { guarded } from './guarded.ts';
import { parseObjectRow } from './object-row.ts';

type Row = Selectable<GatewayTables['result_classification']>;

/** Objects of one question: either database takes many more parameters. */
const OBJECTS_AT_ONCE = 500;

/** What people said of stored objects, in the table `result_classification`. */
export function createClassifications(database: GatewayDatabase): Classifications {
  return {
    keep: async (classification) => {
      const insert = database.insertInto('result_classification').values(toRow(classification));
      await guarded(() => insert.onConflict((conflict) => conflict.doNothing()).execute());
    },
    standingOf: async (sopInstanceUids) => {
      const rows: Row[] = [];
      const asked = sopInstanceUids.toSorted();
      for (let from = 0; from < asked.length; from += OBJECTS_AT_ONCE) {
        const query = selectStanding(database, asked.slice(from, from + OBJECTS_AT_ONCE));
        rows.push(...(await guarded(() => query.execute())));
      }
      return rows.map(toDomain);
    },
    historyOf: async (sopInstanceUid, limit) => {
      const query = selectAll(database)
        .where('result_classification.sop_instance_uid', '=', sopInstanceUid)
        .orderBy('result_classification.seq', 'desc')
        .limit(limit);
      return (await guarded(() => query.execute())).map(toDomain);
    },
  };
}

function selectStanding(database: GatewayDatabase, sopInstanceUids: readonly string[]) {
  return (
    selectAll(database)
      .where('result_classification.sop_instance_uid', 'in', sopInstanceUids)
      // Order is the log's: of one object the highest place stands, whichever row was written last.
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('result_classification as later')
              .select('later.seq')
              .whereRef('later.sop_instance_uid', '=', 'result_classification.sop_instance_uid')
              .whereRef('later.seq', '>', 'result_classification.seq'),
          ),
        ),
      )
      .orderBy('result_classification.sop_instance_uid')
  );
}

function selectAll(database: GatewayDatabase) {
  return database
    .selectFrom('result_classification')
    .select([
      'result_classification.entry',
      'result_classification.seq',
      'result_classification.sop_instance_uid',
      'result_classification.study',
      'result_classification.series',
      'result_classification.verdict',
      'result_classification.model',
      'result_classification.version',
      'result_classification.practitioner',
      'result_classification.said_at',
      'result_classification.reason',
    ]);
}

function toRow({ said, sopInstanceUid, saidAt, reason, ...rest }: ResultClassification): Row {
  const { entry, seq, study, series, practitioner } = rest;
  const { model, version } = said.verdict === 'ai-of' ? said : { model: null, version: null };
  return {
    entry,
    seq,
    sop_instance_uid: sopInstanceUid,
    study,
    series,
    verdict: said.verdict,
    model,
    version,
    practitioner,
    said_at: saidAt,
    reason: reason ?? null,
  };
}

function toDomain(row: Row): ResultClassification {
  const { entry, seq, said_at: saidAt, reason } = row;
  return {
    ...parseObjectRow(row),
    entry,
    seq,
    ...parseWord(row),
    saidAt,
    ...(reason === null ? {} : { reason }),
  };
}

/** Only checked words are written. Throws GatewayError('internal') for a row that somebody else wrote. */
function parseWord({ verdict: text, model, version, practitioner: by }: Row): {
  readonly said: SaidOfResult;
  readonly practitioner: PractitionerId;
} {
  const verdict = parseVerdict(text);
  const madeBy = { model: parseModelName(model ?? ''), version: parseVersion(version ?? '') };
  const said = verdict === undefined ? undefined : saidOf(verdict, madeBy);
  const practitioner = parsePractitionerId(by);
  if (said !== undefined && practitioner !== undefined) return { said, practitioner };
  throw new GatewayError('internal', { detail: 'The table of classified results holds a malformed word.' });
}
