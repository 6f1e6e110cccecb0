import { closeSync, openSync } from 'node:fs';
import { Kysely, SqliteDialect, type Generated } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { openSqlite, SqliteRefused } from './open-sqlite.ts';
import { createGatewayTables } from './migrations/0001-create-gateway-tables.ts';
import { createLoginTables } from './migrations/0002-create-login-tables.ts';
import { createLoginLockTable } from './migrations/0003-create-login-lock-table.ts';
import { widenRegisterTables } from './migrations/0004-widen-register-tables.ts';
import { createDueTables } from './migrations/0005-create-due-tables.ts';
import { shareRegister } from './migrations/0006-share-register.ts';
import { createStoredResultsTable } from './migrations/0007-create-stored-results.ts';
import { createResultClassifications } from './migrations/0008-create-result-classifications.ts';
import { createWorkitemsTable } from './migrations/0009-create-workitems.ts';
import { createSealedResults } from './migrations/0010-create-sealed-results.ts';
import { addCaseOfStoredResult } from './migrations/0011-add-case-of-stored-result.ts';
import { addStudyOfWorkitem } from './migrations/0012-add-study-of-workitem.ts';

/** Row shapes of the gateway's own database. Times are milliseconds since the epoch, UTC. */
export interface GatewayTables {
  administrator: { name: string; public_key: string; named_at: number };
  /** `started_at`: from then on its changes go into the case log, and nothing else may be applied before it is. */
  register_proposal: {
    digest: string;
    body: string;
    proposed_at: number;
    started_at: number | null;
    applied_at: number | null;
    act: Generated<string>;
    people: Generated<number>;
    withdrawn_at: number | null;
    /** Of the records of one that is begun: where they stand or will stand. Null before, and for those of an earlier release. */
    first_sequence: Generated<number | null>;
  };
  register_consent: {
    proposal: string;
    practitioner: string;
    method: string;
    assurance: number;
    authenticated_at: number;
    given_at: number;
    /** From 1, in the order in which they were given. */
    place: number;
  };
  /** Texts of policies that were in force, so that decisions made under them can be replayed. */
  policy_text: { digest: string; id: string; version: string; body: string; taken_at: number };
  /** `place`: from 1, without gaps. One may be taken again after another. */
  policy_taken: { place: number; digest: string; taken_at: number; log_seq: number };
  register_signature: { proposal: string; administrator: string; signature: string; signed_at: number };
  register_record: {
    sequence: Generated<number>;
    kind: string;
    id: string;
    body: string;
    digest: string;
    proposal: string;
    log_seq: number;
    recorded_at: number;
    /** Sequence of the record that this one takes the place of; null for the first of its id. */
    replaces: number | null;
  };
  login_transaction: { kind: string; provider: string; id: string; body: string; expires_at: number };
  login_session: {
    token_hash: string;
    provider: string;
    subject: string;
    session_index: string | null;
    parent_hash: string | null;
    body: string;
    last_seen_at: number;
    locked_at: number | null;
    expires_at: number;
  };
  login_once: { provider: string; id: string; expires_at: number };
  login_lock: { provider: string; subject: string; locked_at: number; expires_at: number };
  /** Of the secret in the address of a calendar only a hash. One for each person. */
  feed_token: { practitioner: string; token_hash: string; made_at: number };
  /** `notice`: days before the date; 0 once it is overdue. */
  notice_sent: { item: string; due_at: number; notice: number; sent_at: number };
  /** Public halves of the keys that nodes sign credential cards with; one with `withdrawn_at` is shown no more. */
  card_key: {
    kid: string;
    x: string;
    node: string;
    published_at: number;
    signs_from: number;
    withdrawn_at: number | null;
  };
  /** Objects that AI machines stored through the gateway. `digest` is null until all of its bytes have passed. */
  stored_result: {
    sop_instance_uid: string;
    sop_class_uid: string;
    study: string;
    series: string;
    machine: string;
    model: string | null;
    version: string | null;
    kept_at: number;
    digest: string | null;
    /** Null for what an earlier release took in. */
    case_id: string | null;
  };
  /** What people said of objects that are probably AI's: a row for each entry of the case log that says so, by its id. */
  result_classification: {
    entry: string;
    seq: number;
    sop_instance_uid: string;
    study: string;
    series: string;
    verdict: string;
    model: string | null;
    version: string | null;
    practitioner: string;
    said_at: number;
    reason: string | null;
  };
  /** Objects that are probably AI's and name no version of the register, as they were recognised. Bounded. */
  probable_result: { sop_instance_uid: string; study: string; series: string; seen_at: number };
  /** Work for AI that people asked for. `dataset` and `asked` are JSON; `case_ended` is 0 or 1. */
  workitem: {
    uid: string;
    state: string;
    transaction_uid: string | null;
    dataset: string;
    model: string;
    version: string;
    function: string;
    creator: string;
    asked: string;
    case_id: string;
    intent_id: string;
    case_ended: number;
    performer: string | null;
    cancel_asked: string | null;
    created_at: number;
    final_at: number | null;
    revision: number;
    /** Null where an earlier release wrote the row meanwhile. */
    study: string | null;
  };
  /** Whom an AE title belongs to that is told of changes to workitems; `is_global`: of all that `filter` matches. `reach` is JSON. */
  workitem_subscriber: {
    aet: string;
    owner: string;
    reach: string;
    is_global: number;
    filter: string | null;
    has_lock: number;
    suspended_at: number | null;
  };
  /** What was said of one workitem: to be told of it, or (`is_off`) not although one is told of all. */
  workitem_subscription: { aet: string; uid: string; has_lock: number; is_off: number };
  /** Results that wait for a second signature, or have it. `body` is JSON; `is_answered` is 0 or 1. */
  sealed_result: {
    case_id: string;
    intent_id: string;
    asker: string;
    function: string;
    model: string;
    version: string;
    study: string;
    digest: string;
    body: string;
    is_answered: number;
    sealed_at: number;
    expires_at: number;
  };
  /** One row: the first entry not yet counted, the leaf of the last one that is, and the rules they were counted by. */
  drift_cursor: { id: number; next_seq: number; last_leaf: string; rules: string };
  drift_counter: {
    model: string;
    version: string;
    site: string;
    day: string;
    maker: string;
    sex: string;
    age_band: string;
    counter: string;
    bin: string;
    value: number;
  };
}

export type GatewayDatabase = Kysely<GatewayTables>;

/** Forward only; never edited after release. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-create-gateway-tables': { up: createGatewayTables },
  '0002-create-login-tables': { up: createLoginTables },
  '0003-create-login-lock-table': { up: createLoginLockTable },
  '0004-widen-register-tables': { up: widenRegisterTables },
  '0005-create-due-tables': { up: createDueTables },
  '0006-share-register': { up: shareRegister },
  '0007-create-stored-results': { up: createStoredResultsTable },
  '0008-create-result-classifications': { up: createResultClassifications },
  '0009-create-workitems': { up: createWorkitemsTable },
  '0010-create-sealed-results': { up: createSealedResults },
  '0011-add-case-of-stored-result': { up: addCaseOfStoredResult },
  '0012-add-study-of-workitem': { up: addStudyOfWorkitem },
};

interface OpenGatewayOptions {
  /** Create the file when it is missing (`countersign init` only). */
  readonly create?: boolean;
}

/**
 * Opens the gateway's database and brings it to the schema of this release.
 * Throws SqliteRefused when the file is missing (unless `create`), or was written by a newer release.
 */
export async function openGatewayDatabase(
  path: string,
  options: OpenGatewayOptions = {},
): Promise<GatewayDatabase> {
  // SQLite gives the files it makes beside this one the same mode: only the gateway's own user reads sessions and register.
  if (options.create === true) closeSync(openSync(path, 'a', 0o600));
  const database = new Kysely<GatewayTables>({
    dialect: new SqliteDialect({ database: openSqlite(path, { mustExist: options.create !== true }) }),
  });
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await database.destroy();
    throw new SqliteRefused(`the schema of ${path} is not one this release can bring up to date`, {
      cause: error,
    });
  }
  return database;
}

/**
 * Opens the gateway's database for reading, whether or not a gateway has it open, and leaves its schema as it is: tables of a later
 * release than the one that wrote it are not there. Throws SqliteRefused when the file is missing.
 */
export function openGatewayDatabaseReadOnly(path: string): GatewayDatabase {
  return new Kysely<GatewayTables>({
    dialect: new SqliteDialect({ database: openSqlite(path, { readonly: true }) }),
  });
}
