import { setTimeout as pause } from 'node:timers/promises';
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

const SOON_MS = 20_000;

describeWithBinary('nodes whose PostgreSQL is away, or lies', ['postgres', 'initdb'], () => {
  let server: PostgresServer;
  let house: PostgresNodes;
  let here: PostgresNode;
  let there: PostgresNode;
  let time = 0;
  const looks = new Map<PostgresNode, { begun: number; ended: number }>();

  beforeAll(async () => {
    server = await startPostgres({ settings: FORGETFUL });
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    time = 1_000;
    looks.clear();
    house = await openPostgresNodes(server, { monotonicMs: () => time, patienceMs: SOON_MS });
    [here, there] = await house.two();
    await here.act('E-1');
    for (const node of [here, there]) follow(node);
    await until(() => there.pieces().length === 1, SOON_MS);
  });
  afterEach(async () => {
    server.thaw();
    await house.close();
  });
  /** As in earnest, with its looks counted. */
  const follow = (node: PostgresNode): void => {
    const count = { begun: 0, ended: 0 };
    looks.set(node, count);
    const catchUp = async (): Promise<void> => {
      count.begun += 1;
      try {
        await node.register.catchUp();
      } finally {
        count.ended += 1;
      }
    };
    house.follow({ register: { ...node.register, catchUp } });
  };
  /** Resolves when each has looked once more. When looks begin is held by follow-looks.test.ts. */
  const nextLooks = async (): Promise<void> => {
    const nexts = [...looks.values()].map((count) => [count, count.begun + 1] as const);
    await until(() => nexts.every(([count, next]) => count.ended >= next), SOON_MS);
  };
  const both = (isSo: (node: PostgresNode) => boolean) => (): boolean => [here, there].every(isSo);
  const isWell = (node: PostgresNode): boolean => !isLocked(node);
  /** Nobody can look any more: what was seen last is believed for two seconds, and no longer. */
  const expectLockedAfterTwoSeconds = async (): Promise<void> => {
    time += CONFIRM_WITHIN_MS;
    // Both try to look meanwhile, which confirms nothing.
    await pause(600);
    expect([here, there].map(isWell)).toEqual([true, true]);
    time += 1;
    expect([here, there].map(isLocked)).toEqual([true, true]);
    await pause(600);
    expect([here, there].map(isLocked)).toEqual([true, true]);
    expect(here.register.state()).toMatchObject({ ok: false });
  };

  test('rows that somebody forged are never in force, and lock every node', async () => {
    await house.run(
      `insert into register_record select 4, kind, 'forged', body, digest, proposal, log_seq, recorded_at, null from register_record where sequence = 3`,
    );
    await nextLooks();
    expect([here, there].map(isLocked)).toEqual([true, true]);
    expect(here.register.state().detail).toContain('not those that the case log holds');
    await house.run(
      'alter table register_record disable trigger user',
      'delete from register_record where sequence = 4',
      'alter table register_record enable trigger user',
    );
    await until(both(isWell), SOON_MS);
    expect(here.pieces()).toEqual(['E-1']);
  });

  test('a server that is frozen: AI is locked after two seconds, and unlocked by itself', async () => {
    server.freeze();
    await expectLockedAfterTwoSeconds();
    server.thaw();
    await until(both(isWell), SOON_MS);
    await here.act('E-2');
    await until(() => isWell(there) && there.pieces().length === 2, SOON_MS);
  });

  test('a server that is killed and started again: likewise', async () => {
    await server.kill();
    await expectLockedAfterTwoSeconds();
    await server.restart();
    await until(both(isWell), SOON_MS);
    await there.act('E-2');
    await until(() => isWell(here) && here.pieces().length === 2, SOON_MS);
  });
});
