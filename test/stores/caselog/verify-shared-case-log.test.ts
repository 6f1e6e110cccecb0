import { readFileSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { verifySharedCaseLog } from '../../../src/caselog/verify-shared-case-log.ts';
import type { CaseLogVerdict } from '../../../src/caselog/verify-case-log.ts';
import type { Postgres } from '../../../src/db/open-postgres.ts';
import { describeWithBinary } from '../../fakes/real-server.ts';
import { caseId, draft } from './case-log-kit.ts';
import { changeByte, ENTRIES, FAR, MUTATIONS, WHERE, type Table } from './mutations.ts';
import { KEEP, postgresHouse, RESTORE, type SharedLog } from './shared-log-kit.ts';

describeWithBinary('verifying a case log in PostgreSQL', ['postgres', 'initdb'], () => {
  const house = postgresHouse();
  let shared: SharedLog;
  let newest = '';
  beforeAll(async () => {
    shared = await house.make();
    const { log } = await shared.open('n1', { dir: shared.dir });
    await Promise.all(
      Array.from({ length: ENTRIES }, (_, n) => log.append(draft(`entry-${n}`, { caseId: caseId(n) }))),
    );
    await log.close();
    newest = readFileSync(caseLogPaths(shared.dir).highestSigned, 'utf8');
    await shared.run(KEEP);
  });
  beforeEach(async () => {
    await shared.run(RESTORE);
  });
  const verify = (more: Partial<Parameters<typeof verifySharedCaseLog>[0]> = {}): Promise<CaseLogVerdict> =>
    verifySharedCaseLog({ postgres: shared.postgres, dir: shared.dir, vkey: shared.vkey, ...more });
  const places = async (): Promise<readonly string[]> => {
    const { ok, verdict, problems } = await verify();
    expect([ok, verdict]).toEqual([false, 'broken']);
    return problems.map(({ place }) => place);
  };

  test('a sound one: verified by a key from elsewhere, else self-consistent', async () => {
    expect(await verify({ oldCheckpoint: newest })).toEqual({
      ok: true,
      size: 602,
      signedSize: 602,
      absentPersonal: 0,
      verdict: 'verified',
      problems: [],
    });
    const { vkey: _, ...rest } = { ...shared };
    expect(await verifySharedCaseLog(rest)).toMatchObject({ ok: true, verdict: 'self-consistent' });
  });

  async function mutate(table: Table, column: string): Promise<void> {
    const where = WHERE[table] === '1' ? 'true' : WHERE[table];
    if (column === 'seq') {
      await shared.run(`update ${table} set seq = seq + ${FAR} where ${where}`);
      return;
    }
    const [row] = await shared.run(`select ${column} as value from ${table} where ${where}`);
    const { rowCount } = await shared.postgres.query(`update ${table} set ${column} = $1 where ${where}`, [
      changeByte(row?.['value']),
    ]);
    expect(rowCount).toBe(1);
  }
  test.each(MUTATIONS)(
    'one changed byte, table $table column $column: $place',
    async ({ table, column, place }) => {
      await mutate(table, column);
      expect(await places()).toContain(place);
    },
  );

  test.each<[string, string, string]>([
    [
      'an entry twice, its key taken away',
      'alter table entry drop constraint entry_pkey; insert into entry select seq, $$again$$, kind, case_id, wall_us, body, leaf from entry where seq = 17',
      'entry 17',
    ],
    [
      'an id twice',
      'alter table entry drop constraint entry_id_key; update entry set id = $$entry-1$$ where seq = 17',
      'entry 17',
    ],
    [
      'a column emptied',
      'alter table entry alter column leaf drop not null; update entry set leaf = null where seq = 17',
      'entry 17',
    ],
    [
      'a key emptied',
      'alter table tile drop constraint tile_pkey, alter column idx drop not null; update tile set idx = null where idx = 1',
      'tile 1',
    ],
    ['a key below zero', 'update entry set seq = -1 where seq = 17', 'entry column seq'],
    [
      'a key beyond what counts exactly',
      'update pii set seq = 9007199254740993 where seq = 17',
      'pii column seq',
    ],
    [
      'a number beyond all',
      'alter table checkpoint alter column size type numeric; update checkpoint set size = 1e30 where size = 522',
      'checkpoint 1000000000000000000000000000000',
    ],
    ['no head', 'delete from head', 'head'],
    ['two heads', 'drop index head_is_one_row; insert into head table head', 'head'],
    ['no table', 'alter table pii rename to gone', 'case log'],
  ])('%s', async (_name, sql, place) => {
    const own = await house.make();
    const { log } = await own.open('n1', { dir: own.dir });
    await Promise.all(Array.from({ length: 520 }, (_, n) => log.append(draft(`entry-${n}`))));
    await log.close();
    await own.run(KEEP);
    await own.run(RESTORE);
    await own.run(sql);
    const { verdict, problems } = await verifySharedCaseLog(own);
    expect(verdict).toBe('broken');
    expect(problems.map((problem) => problem.place)).toContain(place);
  });

  test('while nodes write: one state of it, whole', async () => {
    const own = await house.make();
    const { log } = await own.open('n1', { dir: own.dir });
    const stop = new AbortController();
    const writing = (async () => {
      for (let n = 0; !stop.signal.aborted; n += 1) {
        await log.append(draft(`e${n}`));
        if (n % 10 === 0) await log.signCheckpoint();
      }
    })();
    for (let round = 0; round < 10; round += 1) {
      expect(await verifySharedCaseLog(own)).toMatchObject({ ok: true, problems: [] });
    }
    stop.abort();
    await writing;
    await log.close();
  });

  test('nothing is written to it, and what cannot be asked is said', async () => {
    const statements: string[] = [];
    const listening: Postgres = {
      ...shared.postgres,
      connect: async () => {
        const connection = await shared.postgres.connect();
        return {
          ...connection,
          query: (sql, parameters) => (statements.push(sql), connection.query(sql, parameters)),
        };
      },
    };
    expect(await verify({ postgres: listening })).toMatchObject({ verdict: 'verified' });
    expect(statements[0]).toBe('begin isolation level repeatable read read only');
    const away = house.connect('postgres://127.0.0.1:1/x');
    expect(await verify({ postgres: away })).toMatchObject({
      verdict: 'broken',
      problems: [{ place: 'case log', detail: expect.stringContaining('ECONNREFUSED') }],
    });
  });
});
