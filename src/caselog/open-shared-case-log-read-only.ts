import { Kysely, sql } from 'kysely';
import type { Postgres } from '../db/open-postgres.ts';
import { postgresDialect } from '../db/postgres-dialect.ts';
import type { CaseLogReader } from '../flows/ports.ts';
import { caseLogPaths } from './case-log-paths.ts';
import { createCaseLogReader } from './case-log-reader.ts';
import type { CaseLogTables } from './case-log-schema.ts';
import { readVerifierKey } from './read-verifier-key.ts';
import { CASE_INDEX, REGISTER_INDEX, type KindIndex } from './kind-index.ts';
import { checkSharedFormat } from './shared-schema.ts';

/** A NUL character in JSON is more than PostgreSQL can hold; no model has one in its name. */
const MODEL = sql<string>`replace(convert_from(entry.body, 'UTF8'), '\\u0000', '\\u0001')::jsonb #>> '{model,id}'`;

/**
 * Opens the case log in PostgreSQL for reading, whether or not nodes are writing it; `postgres`, with search_path `case_log`, stays its
 * owner's. Throws CaseLogUnavailable when this node's folder has no key of the log; what is wrong with the database the first read tells.
 */
export function openSharedCaseLogReadOnly(options: {
  readonly postgres: Postgres;
  readonly dir: string;
}): CaseLogReader & { readonly close: () => void } {
  const { key } = readVerifierKey(caseLogPaths(options.dir).verifierKey);
  const { postgres } = options;
  let isChecked = false;
  const check = async (): Promise<void> => {
    if (!isChecked) await checkSharedFormat(postgres);
    isChecked = true;
  };
  const tables = new Kysely<CaseLogTables>({ dialect: postgresDialect(postgres) });
  let indexes: readonly KindIndex[] | undefined;
  const kindIndexes = async (): Promise<readonly KindIndex[]> => (indexes ??= await indexesIn(postgres));
  return {
    ...createCaseLogReader({ tables, model: MODEL, kindIndexes, check }, key),
    close: () => undefined,
  };
}

/** A log of an earlier release lacks one; who makes it there is whoever owns the tables. */
async function indexesIn(postgres: Postgres): Promise<readonly KindIndex[]> {
  const { rows } = await postgres.query<{ readonly indexname: string }>(
    `select indexname from pg_indexes where schemaname = 'case_log'`,
  );
  const names = new Set(rows.map(({ indexname }) => indexname));
  return [CASE_INDEX, REGISTER_INDEX].filter(({ name }) => names.has(name));
}
