import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayConfig } from '../../fixtures/sandbox/gateway-config.ts';
import { initGateway } from '../../src/compose-offline.ts';
import { storesOf } from '../../src/compose-stores.ts';
import type { Config } from '../../src/config.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { PROJECT } from './command-line.ts';

const NAMES = ['first.admin', 'second.admin'] as const;

describeWithBinary('a register and a case log in PostgreSQL', ['postgres', 'initdb'], () => {
  let server: PostgresServer;
  let folder: string;
  let database: string;
  let made = 0;
  beforeAll(async () => {
    server = await startPostgres();
    folder = mkdtempSync(join(tmpdir(), 'countersign-init-'));
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    database = await server.createDatabase();
  });

  /** Of another machine, with a folder of its own. */
  const configOf = (): Config => {
    made += 1;
    const ports = { gateway: 1, admin: 2, pacs: 3, endpoint: 4, identityProvider: 5 };
    const identityProvider = { ssoUrl: 'http://localhost:5/sso', certificatePem: '' };
    const dataDir = join(folder, `node-${String(made)}`);
    const policyFile = join(PROJECT, 'config/policy/uk-pathway-2025.yaml');
    const plain = gatewayConfig({
      dataDir,
      policyFile,
      ports,
      pacsUrl: 'http://localhost:3',
      identityProvider,
    });
    return { ...plain, postgres: { url: database, username: 'countersign', plain: true } };
  };
  const init = (config: Config): ReturnType<typeof initGateway> =>
    initGateway(config, NAMES, `${config.dataDir}-keys`);
  const statement = (sql: string): ReturnType<PostgresServer['run']> =>
    server.run(new URL(database).pathname.slice(1), sql);
  const administrators = (): Promise<readonly unknown[]> =>
    statement('select administrator.name from countersign.administrator order by administrator.name');
  const named = NAMES.map((name) => ({ name }));

  test('are made once', async () => {
    const first = configOf();
    await init(first);
    expect(await administrators()).toEqual(named);
    for (const again of [first, configOf()]) {
      expect(await faultOf(init(again))).toMatchObject({ code: 'conflict' });
      expect(existsSync(join(`${configOf().dataDir}-keys`, 'first.admin.pem'))).toBe(false);
    }
    expect(await administrators()).toEqual(named);
  });

  test('are made once by two at the same time, and the other takes nothing away', async () => {
    const ends = await Promise.allSettled([init(configOf()), init(configOf())]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await administrators()).toEqual(named);
  });

  test('are made after an attempt that was cut off between the two', async () => {
    const stores = storesOf(configOf(), { clock: { monotonicMs: () => 0 }, onWarn: () => undefined });
    await (await stores.createDatabase()).destroy();
    await stores.close();
    await statement(
      `insert into countersign.administrator (name, public_key, named_at) values ('gone', 'key', 0)`,
    );
    await init(configOf());
    expect(await administrators()).toEqual(named);
  });

  test('are not made over a register whose log was lost', async () => {
    await init(configOf());
    await statement(
      `insert into countersign.register_proposal (digest, body, proposed_at) values ('d', '{}', 0)`,
    );
    await statement(`insert into countersign.register_record (sequence, kind, id, body, digest, proposal, log_seq, recorded_at)
                     values (1, 'practitioner', 'p', '{}', 'd', 'd', 0, 0)`);
    await statement('drop schema case_log cascade');
    expect(await faultOf(init(configOf()))).toMatchObject({ code: 'conflict' });
    expect(await administrators()).toEqual(named);
  });

  test('are not made among tables of somebody else', async () => {
    await statement('create schema countersign; create table countersign.theirs (id int)');
    expect(await faultOf(init(configOf()))).toMatchObject({ code: 'conflict' });
    expect(await statement('select count(*)::int as rows from countersign.theirs')).toEqual([{ rows: 0 }]);
  });
});
