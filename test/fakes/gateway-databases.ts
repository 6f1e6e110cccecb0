import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { FORGETFUL, startPostgres, type PostgresServer } from './postgres-server.ts';
import { describeWithBinary } from './real-server.ts';
import { openSharedDatabase } from './shared-database.ts';

/** Makes empty databases of one kind, one after another. */
export interface GatewayDatabases {
  /** A new one, and one more way to it for each further node. */
  readonly make: () => Promise<readonly [GatewayDatabase, GatewayDatabase]>;
  /** Which of the two it is, for the few words in which they differ. */
  readonly kind: 'sqlite' | 'postgres';
}

/** The same suite on SQLite, where two nodes are two callers of one connection, and on PostgreSQL, where they are two pools. */
export function describeOnBoth(name: string, suite: (databases: GatewayDatabases) => void): void {
  describe(`${name} on SQLite`, () => {
    let folder = '';
    const opened: GatewayDatabase[] = [];
    beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'countersign-stores-'))));
    afterAll(async () => {
      for (const database of opened) await database.destroy();
      rmSync(folder, { recursive: true });
    });
    suite({
      kind: 'sqlite',
      make: async () => {
        const path = join(folder, `${String(opened.length)}.sqlite`);
        const database = await openGatewayDatabase(path, { create: true });
        opened.push(database);
        return [database, database];
      },
    });
  });
  describeWithBinary(`${name} on PostgreSQL`, ['postgres', 'initdb'], () => {
    let server: PostgresServer;
    const closing: (() => Promise<void>)[] = [];
    beforeAll(async () => void (server = await startPostgres({ settings: FORGETFUL })));
    afterAll(async () => {
      for (const close of closing) await close();
      await server.close();
    });
    suite({
      kind: 'postgres',
      make: async () => {
        const url = await server.createDatabase();
        const [one, other] = [await openSharedDatabase(url), await openSharedDatabase(url)];
        closing.push(one.close, other.close);
        return [one.database, other.database];
      },
    });
  });
}
