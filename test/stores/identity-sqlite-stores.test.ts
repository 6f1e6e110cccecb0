import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { createSqliteStores } from '../../src/identity/stores/sqlite-stores.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { describeStoredSessions } from './identity-session-contract.ts';
import {
  describeIdentityStores,
  PROVIDER,
  sessionLike,
  START,
  transactionLike,
  type StoresUnderTest,
} from './identity-store-contract.ts';

let folder: string;
let database: GatewayDatabase;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'identity-stores-'));
  database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
});
afterAll(async () => {
  await database.destroy();
  rmSync(folder, { recursive: true, force: true });
});

/** One process owns its files, so two nodes are two users of one database, and one counter of attempts. */
async function openOnSqlite(): Promise<StoresUnderTest> {
  for (const table of ['login_session', 'login_once', 'login_transaction', 'login_lock'] as const) {
    await database.deleteFrom(table).execute();
  }
  const clock = { nowMs: START };
  const time = { nowMs: () => clock.nowMs, monotonicMs: () => performance.now() };
  const first = createSqliteStores(database, time);
  const second = { ...createSqliteStores(database, time), rates: first.rates };
  return {
    nodes: [first, second],
    clock,
    flood: async (count, expiresAt) => {
      await sql`
        insert into login_transaction (kind, provider, id, body, expires_at)
        with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
        select 'saml-sign-in', 'urn:flood', i, '{}', ${expiresAt} from n`.execute(database);
    },
    garble: async (what, text) => {
      if ('kind' in what) {
        await database
          .updateTable('login_transaction')
          .set({ body: text })
          .where('login_transaction.id', '=', what.id)
          .execute();
      } else {
        await database
          .updateTable('login_session')
          .set({ body: text })
          .where('login_session.token_hash', '=', what.tokenHash)
          .execute();
      }
    },
    close: () => Promise.resolve(),
  };
}

describeIdentityStores(openOnSqlite);
describeStoredSessions(openOnSqlite);

test('what is over is cleared away', async () => {
  const { nodes, clock } = await openOnSqlite();
  const [{ sessions, transactions }] = nodes;
  const [over, alive] = [sessionLike({}, START + 1), sessionLike({}, START + 2)];
  for (const session of [over, alive]) await sessions.open(session, {});
  await sessions.spend({ provider: 'p', id: 'over', until: START + 1 });
  await sessions.spend({ provider: 'p', id: 'remembered', until: START + 2 });
  await transactions.save(transactionLike({ expiresAt: START + 1 }));
  for (const [subject, until] of [['over', START + 1] as const, ['remembered', START + 2] as const]) {
    await sessions.noteLock({ provider: 'p', subject }, { lockedAt: START, until });
  }
  clock.nowMs = START + 1;
  await sessions.purge(clock.nowMs);
  await transactions.save(transactionLike({ id: 'new' }));
  const left = await Promise.all([
    database.selectFrom('login_session').select('login_session.token_hash as id').execute(),
    database.selectFrom('login_once').select('login_once.id').execute(),
    database.selectFrom('login_transaction').select('login_transaction.id').execute(),
    database.selectFrom('login_lock').select('login_lock.subject as id').execute(),
  ]);
  expect(left.map((rows) => rows.map(({ id }) => id))).toEqual([
    [alive.tokenHash],
    ['remembered'],
    ['new'],
    ['remembered'],
  ]);
});

test('more sessions of one login than SQLite takes variables end at once', async () => {
  const { nodes } = await openOnSqlite();
  const [{ sessions }] = nodes;
  const parent = sessionLike();
  await sessions.open(parent, {});
  const { tokenHash, ...like } = sessionLike({ use: 'bearer', parentHash: parent.tokenHash });
  await sql`
    insert into login_session
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 33000)
    select 'h' || i, ${PROVIDER}, 'alice.osei', null, ${parent.tokenHash},
      json_set(${JSON.stringify({ tokenHash, ...like })}, '$.tokenHash', 'h' || i), ${START}, null, ${START + 60_000}
    from n`.execute(database);
  expect(await sessions.destroyOf({ provider: PROVIDER, subject: 'alice.osei' })).toHaveLength(33_001);
  expect(await database.selectFrom('login_session').selectAll().execute()).toEqual([]);
});

// The last one: it takes the tables away.
test('a store that is away is told as that, without its words', async () => {
  const { nodes } = await openOnSqlite();
  const [{ sessions, transactions, isWell }] = nodes;
  for (const table of ['login_session', 'login_transaction', 'login_once', 'login_lock']) {
    await database.schema.dropTable(table).execute();
  }
  const calls = [
    sessions.open(sessionLike(), {}),
    sessions.find('x'),
    sessions.destroy('x'),
    sessions.noteLock({ provider: 'p', subject: 's' }, { lockedAt: START, until: START }),
    sessions.lastLockOf({ provider: 'p', subject: 's' }),
    sessions.spend({ provider: 'p', id: 'i', until: START }),
    transactions.save(transactionLike()),
    transactions.find('saml-sign-in', 'p', 'i'),
    transactions.take('saml-sign-in', 'p', 'i'),
  ];
  for (const fault of await Promise.all(calls.map(faultOf))) {
    expect(fault).toMatchObject({
      code: 'sessions-unavailable',
      detail: expect.not.stringMatching(/table|login/),
    });
  }
  expect(await isWell()).toBe(false);
});
