import { openGatewayDatabaseLater } from '../../src/db/open-gateway-database-later.ts';
import type { GatewayDatabase } from '../../src/db/gateway-database.ts';
import type { Postgres } from '../../src/db/open-postgres.ts';
import { openSharedGatewayDatabase } from '../../src/db/open-shared-gateway-database.ts';
import { until } from '../fakes/postgres-nodes.ts';
import { FORGETFUL, startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { postgresAt } from '../fakes/shared-database.ts';

const SOON_MS = 20_000;

describeWithBinary('the database of a node that starts without it', ['postgres', 'initdb'], () => {
  let server: PostgresServer;
  let url = '';
  let postgres: Postgres;
  const told: string[] = [];
  beforeEach(async () => {
    server = await startPostgres({ settings: FORGETFUL });
    url = await server.createDatabase();
    postgres = postgresAt(url);
    told.length = 0;
  });
  afterEach(async () => {
    await postgres.end();
    await server.close();
  });
  const open = (): ReturnType<typeof openGatewayDatabaseLater> =>
    openGatewayDatabaseLater({
      postgres,
      open: () => openSharedGatewayDatabase(postgres),
      tryEveryMs: 20,
      onFailure: (error) => told.push(String(error)),
    });
  const read = async (database: GatewayDatabase): Promise<string> => {
    const rows = database.selectFrom('administrator').select('administrator.name').execute();
    return await rows.then(
      (found) => `${String(found.length)} administrators`,
      (error: unknown) => String(error),
    );
  };

  test('opens at once where there is one, and is refused at once where there is none', async () => {
    await expect(open()).rejects.toThrow('no tables');
    await (await openSharedGatewayDatabase(postgres, { create: true })).destroy();
    const { database, stop } = await open();
    expect(await read(database)).toBe('0 administrators');
    await stop();
  });

  test('away: nothing is read before the tables are those of this release; each reason is told once', async () => {
    await server.kill();
    const { database, stop } = await open();
    expect(await read(database)).toMatch(/UNREADY/);
    await server.restart();
    // It answers, and has no tables yet.
    await until(() => Promise.resolve(told.some((reason) => reason.includes('no tables'))), SOON_MS);
    expect(await read(database)).toMatch(/UNREADY/);
    await (await openSharedGatewayDatabase(postgres, { create: true })).destroy();
    await until(async () => (await read(database)) === '0 administrators', SOON_MS);
    expect(told.every((reason, nth) => reason !== told[nth - 1])).toBe(true);
    await stop();
  });

  test('stopped before it ever opened it tries no more', async () => {
    await server.kill();
    const { database, stop } = await open();
    await stop();
    await server.restart();
    await (await openSharedGatewayDatabase(postgres, { create: true })).destroy();
    expect(await read(database)).toMatch(/UNREADY/);
  });
});
