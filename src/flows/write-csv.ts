import type { RegisterKind } from '../domain/register-acts.ts';
import type { CsvTables, RegisterRecord, RegisterRecords } from './ports-register.ts';

interface Deps {
  readonly tables: Pick<CsvTables, 'write'>;
  readonly register: Pick<RegisterRecords, 'page'>;
}

const PAGE = 500;

/** All records of a kind as a table, for those who have the register's files in their hands. Throws RegisterUnavailable. */
export function writeCsv({ tables, register }: Deps, kind: RegisterKind): AsyncIterable<string> {
  return tables.write(kind, pages(register, kind));
}

async function* pages(
  register: Deps['register'],
  kind: RegisterKind,
): AsyncGenerator<readonly NonNullable<RegisterRecord['record']>[]> {
  let after: string | undefined;
  do {
    const page: readonly RegisterRecord[] = await register.page({ kind, after, limit: PAGE });
    yield page.flatMap(({ record }) => (record === undefined ? [] : [record]));
    after = page.length === PAGE ? page.at(-1)?.id : undefined;
  } while (after !== undefined);
}
