import type { Selectable } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../db/gateway-database.ts';
import { GatewayError, RegisterUnavailable } from '../domain/errors.ts';
import {
  parseCaseId,
  parseModelName,
  parsePractitionerId,
  parseStudyUid,
  parseVersion,
} from '../domain/identifiers.ts';
import { ENDPOINT_FUNCTIONS } from '../domain/words.ts';
import type { SealedCover, SealedResult, SealedResults } from '../flows/ports-sealed.ts';
import { guarded } from './guarded.ts';

type Row = Selectable<GatewayTables['sealed_result']>;
type CoverRow = Omit<Row, 'body' | 'is_answered'>;

/** How much there may be of all of them together. */
interface Room {
  readonly maxResults: number;
  readonly maxBodyCharacters: number;
}

const ROOM: Room = { maxResults: 2_000, maxBodyCharacters: 1_000_000 };

const COVER = [
  'sealed_result.case_id',
  'sealed_result.intent_id',
  'sealed_result.asker',
  'sealed_result.function',
  'sealed_result.model',
  'sealed_result.version',
  'sealed_result.study',
  'sealed_result.digest',
  'sealed_result.sealed_at',
  'sealed_result.expires_at',
] as const;

/** The sealed results of the table `sealed_result`. */
export function createSealedResults(database: GatewayDatabase, room = ROOM): SealedResults {
  return {
    keep: async (result) => {
      await checkRoom(database, room, result);
      const insert = database.insertInto('sealed_result').values(toRow(result));
      await guarded(() => insert.onConflict((same) => same.doNothing()).execute());
    },
    find: async (caseId) => {
      const query = database
        .selectFrom('sealed_result')
        .select([...COVER, 'sealed_result.body'])
        .where('sealed_result.case_id', '=', caseId);
      const row = await guarded(() => query.executeTakeFirst());
      return row === undefined ? undefined : { ...parseCoverRow(row), body: parseBody(row.body) };
    },
    ...lists(database),
    noteAnswered: async (caseId) => {
      const update = database.updateTable('sealed_result').set({ is_answered: 1 });
      await guarded(() => update.where('sealed_result.case_id', '=', caseId).execute());
    },
    remove: async (caseId) => {
      const removal = database.deleteFrom('sealed_result').where('sealed_result.case_id', '=', caseId);
      await guarded(() => removal.execute());
    },
  };
}

/** Without what the AI said: nothing of that is read to say that it waits. */
function lists(database: GatewayDatabase): Pick<SealedResults, 'waiting' | 'expired'> {
  return {
    waiting: async ({ nowMs, limit }) => {
      const query = covers(database)
        .where('sealed_result.is_answered', '=', 0)
        .where('sealed_result.expires_at', '>', nowMs)
        .orderBy('sealed_result.sealed_at')
        .orderBy('sealed_result.case_id')
        .limit(limit);
      return (await guarded(() => query.execute())).map(parseCoverRow);
    },
    expired: async ({ nowMs, limit }) => {
      const query = covers(database)
        .where('sealed_result.expires_at', '<=', nowMs)
        .orderBy('sealed_result.expires_at')
        .orderBy('sealed_result.case_id')
        .limit(limit);
      return (await guarded(() => query.execute())).map(parseCoverRow);
    },
  };
}

function covers(database: GatewayDatabase) {
  return database.selectFrom('sealed_result').select(COVER);
}

/** Several nodes may go over it by as many as they are: it is there so that a table does not grow without an end. */
async function checkRoom(database: GatewayDatabase, room: Room, result: SealedResult): Promise<void> {
  const { caseId } = result;
  const tooMuch = (detail: string): never => {
    throw new GatewayError('overloaded', { detail, caseId });
  };
  if (JSON.stringify(result.body).length > room.maxBodyCharacters) {
    tooMuch('The answer is too long to be kept until somebody has co-signed it.');
  }
  const count = database
    .selectFrom('sealed_result')
    .select((is) => is.fn.countAll<number | string>().as('kept'));
  const { kept } = await guarded(() => count.executeTakeFirstOrThrow());
  if (Number(kept) >= room.maxResults) {
    tooMuch('Too many results wait to be co-signed. Ask the co-signers to look at them.');
  }
}

function toRow(result: SealedResult): Row {
  return {
    case_id: result.caseId,
    intent_id: result.intentId,
    asker: result.asker,
    function: result.function,
    model: result.model,
    version: result.version,
    study: result.study,
    digest: result.digest,
    body: JSON.stringify(result.body),
    is_answered: 0,
    sealed_at: result.sealedAt,
    expires_at: result.expiresAt,
  };
}

function parseCoverRow(row: CoverRow): SealedCover {
  return {
    caseId: written(parseCaseId(row.case_id)),
    intentId: row.intent_id,
    asker: written(parsePractitionerId(row.asker)),
    function: written(ENDPOINT_FUNCTIONS.find((name) => name === row.function)),
    model: written(parseModelName(row.model)),
    version: written(parseVersion(row.version)),
    study: written(parseStudyUid(row.study)),
    digest: row.digest,
    sealedAt: row.sealed_at,
    expiresAt: row.expires_at,
  };
}

function parseBody(text: string): SealedResult['body'] {
  return JSON.parse(text) as SealedResult['body'];
}

/** Every value of a row was checked when it was written: one that is not what it was is nobody's to guess. */
function written<T>(value: T | undefined): T {
  if (value === undefined) throw new RegisterUnavailable('A sealed result in the database cannot be read.');
  return value;
}
