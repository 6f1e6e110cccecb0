import type Database from 'better-sqlite3';
import type { PostgresConnection } from '../db/open-postgres.ts';
import type { VerificationReport } from './verification-report.ts';

/** Rows fetched in one step. */
const PAGE = 500;

interface CopiedTable {
  readonly table: string;
  /** Columns of whole numbers, the first of its key before all: they travel as text, whatever their size. */
  readonly numbers: readonly string[];
  readonly others: readonly string[];
}

/** What the record is made of; the outbox is a list of work to do. */
const TABLES: readonly CopiedTable[] = [
  { table: 'head', numbers: ['size', 'epoch'], others: ['root'] },
  { table: 'checkpoint', numbers: ['size'], others: ['note'] },
  { table: 'tile', numbers: ['level', 'idx'], others: ['hash'] },
  { table: 'entry', numbers: ['seq', 'wall_us'], others: ['id', 'kind', 'case_id', 'body', 'leaf'] },
  { table: 'pii', numbers: ['seq'], others: ['label', 'value', 'salt', 'retain_class'] },
];

type Row = Readonly<Record<string, unknown>>;

/**
 * Copies the record as it is, row by row, out of the transaction of a connection. By cursor, not by key: whoever changed the log may
 * have taken its keys away. A row that no gateway writes is reported. Throws PostgresFault.
 */
export async function copyToSqlite(
  connection: Pick<PostgresConnection, 'query'>,
  copy: Database.Database,
  report: VerificationReport,
): Promise<void> {
  for (const copied of TABLES) {
    const insert = inserter(copied, copy, report);
    await connection.query(`declare rows_of no scroll cursor for ${selectOf(copied)}`);
    for (let rows: readonly Row[] | undefined; rows?.length !== 0;) {
      ({ rows } = await connection.query<Row>(`fetch ${PAGE} from rows_of`));
      insert(rows);
    }
    await connection.query('close rows_of');
  }
}

function selectOf({ table, numbers, others }: CopiedTable): string {
  const columns = [
    ...numbers.map((name) => `${table}.${name}::text`),
    ...others.map((name) => `${table}.${name}`),
  ];
  return `select ${columns.join(', ')} from ${table}`;
}

function inserter(
  { table, numbers, others }: CopiedTable,
  copy: Database.Database,
  report: VerificationReport,
): (rows: readonly Row[]) => void {
  const columns = [...numbers, ...others];
  const places = columns.map(() => '?').join(', ');
  const insert = copy.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`);
  return copy.transaction((rows: readonly Row[]) => {
    for (const row of rows) {
      try {
        insert.run(...numbers.map((name) => BigInt(String(row[name]))), ...others.map((name) => row[name]));
      } catch {
        // A key or an id that another row has, a column without a value, a number beyond all.
        report.add(`${table} ${String(Object.values(row)[0])}`, 'There is a row that no gateway writes.');
      }
    }
  });
}
