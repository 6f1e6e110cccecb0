import {
  isLocked,
  openPostgresNodes,
  until,
  type PostgresNode,
  type PostgresNodes,
} from '../fakes/postgres-nodes.ts';
import { FORGETFUL, startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { CONFIRM_WITHIN_MS } from '../fakes/register-nodes.ts';

describeWithBinary('nodes whose PostgreSQL is away, or lies', ['postgres', 'initdb'], () => {
  let server: PostgresServer;
  let house: PostgresNodes;
  let here: PostgresNode;
  let there: PostgresNode;

  beforeAll(async () => {
    server = await startPostgres({ settings: FORGETFUL });
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    house = await openPostgresNodes(server);
    [here, there] = await house.two();
    await here.act('E-1');
    for (const node of [here, there]) house.follow(node);
    await until(() => there.pieces().length === 1, 1_000);
  });
  afterEach(async () => {
    server.thaw();
    await house.close();
  });
  const both = (isSo: (node: PostgresNode) => boolean) => (): boolean => [here, there].every(isSo);
  const isWell = (node: PostgresNode): boolean => !isLocked(node);

  test('rows that somebody forged are never in force, and lock every node', async () => {
    await house.run(
      `insert into register_record select 4, kind, 'forged', body, digest, proposal, log_seq, recorded_at, null from register_record where sequence = 3`,
    );
    await until(both(isLocked), 1_000);
    expect(here.register.state().detail).toContain('not those that the case log holds');
    await house.run(
      'alter table register_record disable trigger user',
      'delete from register_record where sequence = 4',
      'alter table register_record enable trigger user',
    );
    await until(both(isWell), 1_000);
    expect(here.pieces()).toEqual(['E-1']);
  });

  test('a server that is frozen: AI is locked after two seconds, and unlocked by itself', async () => {
    server.freeze();
    const began = performance.now();
    await until(both(isLocked), CONFIRM_WITHIN_MS + 500);
    expect(performance.now() - began).toBeGreaterThan(CONFIRM_WITHIN_MS - 500);
    expect(here.register.state()).toMatchObject({ ok: false });
    server.thaw();
    await until(both(isWell), 5_000);
    await here.act('E-2');
    await until(() => isWell(there) && there.pieces().length === 2, 2_000);
  });

  test('a server that is killed and started again: likewise', async () => {
    await server.kill();
    await until(both(isLocked), CONFIRM_WITHIN_MS + 500);
    await server.restart();
    await until(both(isWell), 5_000);
    await there.act('E-2');
    await until(() => isWell(here) && here.pieces().length === 2, 2_000);
  });
});
