import { Kysely, sql, SqliteDialect } from 'kysely';
import type { CaseLogTables } from '../../../src/caselog/case-log-schema.ts';
import { entryQuery } from '../../../src/caselog/entry-query.ts';
import { filterWindows } from '../../../src/caselog/filter-windows.ts';
import { CASE_INDEX } from '../../../src/caselog/kind-index.ts';
import { openCaseLogReadOnly } from '../../../src/caselog/open-case-log-read-only.ts';
import { draft, makeLog, openLog, rawDatabase, temporaryFolder } from './case-log-kit.ts';

const folder = temporaryFolder();
const KINDS = ['case.intent', 'case.outcome', 'case.orphan'] as const;

/** A log with a case at its beginning and accesses behind, more than one window of a search. */
async function logOfAccesses(): Promise<string> {
  const dir = folder();
  makeLog(dir);
  const { log } = await openLog({ dir, limits: { maxWaiting: 5_000 } });
  await log.append(draft('case', { kind: 'case.intent' }));
  const accesses = Array.from({ length: 4_500 }, (_, n) => draft(`a${n}`, { kind: 'study.accessed' }));
  await Promise.all(accesses.map((one) => log.append(one)));
  await log.close();
  return dir;
}

/** How the database would look for what the watch for orphans asks: once for each step of the search. */
async function plansOf(dir: string, kinds: readonly (typeof KINDS)[number][]): Promise<readonly string[]> {
  const database = rawDatabase(dir);
  const tables = new Kysely<CaseLogTables>({ dialect: new SqliteDialect({ database }) });
  const isThere = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = ?`).get(CASE_INDEX.name);
  const store = {
    tables,
    model: sql<string>`''`,
    kindIndexes: () => Promise.resolve(isThere === undefined ? [] : [CASE_INDEX]),
  };
  const filter = { kinds, limit: 200 };
  const plans: string[] = [];
  for await (const window of filterWindows(store, filter)) {
    const compiled = entryQuery(store, filter, window).limit(200).compile();
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${compiled.sql}`).all(...compiled.parameters);
    plans.push(JSON.stringify(plan));
  }
  database.close();
  return plans;
}

test('cases are found by an index, with one step, among any number of other entries', async () => {
  const dir = await logOfAccesses();
  const [plan = '', ...others] = await plansOf(dir, KINDS);
  expect(others).toEqual([]);
  expect(plan).toContain('USING INDEX entry_of_case (seq>? AND seq<?)');
  // In the order of the index: nothing is sorted, so a limit ends the search.
  expect(plan).not.toContain('TEMP B-TREE');
  const [ofEndings = ''] = await plansOf(dir, KINDS.slice(1));
  expect(ofEndings).toContain('entry_of_case');
  const reader = openCaseLogReadOnly({ dir });
  expect(await reader.entries({ kinds: KINDS, limit: 5 })).toMatchObject([{ id: 'case' }]);
  reader.close();
});

test('a log of before is read without it, and gets it when it is opened for writing', async () => {
  const dir = await logOfAccesses();
  const database = rawDatabase(dir);
  database.exec('DROP INDEX entry_of_case');
  database.close();
  const reader = openCaseLogReadOnly({ dir });
  expect(await reader.entries({ kinds: KINDS, limit: 5 })).toMatchObject([{ id: 'case' }]);
  expect((await plansOf(dir, KINDS)).length).toBeGreaterThan(1);
  const { log } = await openLog({ dir });
  await log.close();
  expect(await plansOf(dir, KINDS)).toHaveLength(1);
  expect(await reader.entries({ kinds: KINDS, limit: 5 })).toMatchObject([{ id: 'case' }]);
  reader.close();
});
