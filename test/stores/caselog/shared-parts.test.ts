import { createAppendQueue } from '../../../src/caselog/append-queue.ts';
import { createLogHealth, type CaseLogAlarm } from '../../../src/caselog/log-health.ts';
import { readFrontier } from '../../../src/caselog/shared-head.ts';
import { createSharedLink } from '../../../src/caselog/shared-link.ts';
import { inTransaction } from '../../../src/caselog/shared-transaction.ts';
import { faultOf, WriterFault } from '../../../src/caselog/writer-fault.ts';
import type { StampedEntry } from '../../../src/caselog/writer-messages.ts';
import { PostgresFault, type PostgresConnection } from '../../../src/db/open-postgres.ts';
import { CaseLogUnavailable } from '../../../src/domain/errors.ts';
import { leafHash, type Hash } from '../../../src/domain/merkle-tree.ts';
import { appendLeaf, EMPTY_FRONTIER, type Frontier } from '../../../src/domain/tree-frontier.ts';
import { draft, unavailable } from './case-log-kit.ts';

describe('what a fault of PostgreSQL means', () => {
  test.each([
    ['53100', 'disk-full'],
    ['01000', 'away'],
    ['53300', 'away'],
    ['53200', 'away'],
    ['57P01', 'away'],
    ['57P02', 'away'],
    ['57P03', 'away'],
    ['57014', 'away'],
    ['40001', 'away'],
    ['40P01', 'away'],
    ['55P03', 'away'],
    ['08006', 'away'],
    ['28P01', 'away'],
    ['25006', 'away'],
    ['25P03', 'away'],
    ['TIMEOUT', 'away'],
    ['ENDED', 'away'],
    ['EPIPE', 'away'],
    ['ECONNREFUSED', 'away'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'away'],
    ['23505', 'fatal'],
    ['23001', 'fatal'],
    ['25P02', 'fatal'],
    ['42P01', 'fatal'],
    ['P0001', 'fatal'],
    ['XX001', 'fatal'],
    ['58030', 'fatal'],
    ['INTEGER', 'fatal'],
    ['UNKNOWN', 'fatal'],
  ])('%s: %s', (code, kind) => {
    expect(faultOf(new PostgresFault(code))).toMatchObject({ kind });
  });

  test('the same code of something else than PostgreSQL is fatal', () => {
    expect(faultOf(Object.assign(new Error('x'), { code: '57P01' }))).toMatchObject({ kind: 'fatal' });
  });
});

describe('how the log is', () => {
  test('each trouble is told once, until something is written; nothing is told after it is closed', () => {
    const alarms: CaseLogAlarm[] = [];
    const health = createLogHealth((alarm) => alarms.push(alarm));
    const report = (kind: WriterFault['kind']): boolean =>
      health.report(new WriterFault(kind, `It is ${kind}.`));
    expect([report('away'), report('away'), report('busy')]).toEqual([true, false, true]);
    expect(health.trouble()).toBe('away');
    expect(health.state()).toEqual({
      part: 'case-log',
      ok: false,
      detail: 'It is away. Bring it back, or the network to it; writing then goes on by itself.',
    });
    health.recovered();
    expect(health.state().ok).toBe(true);
    expect([report('away'), report('fatal'), report('away'), report('disk-full')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(alarms.map(({ code }) => code)).toEqual([
      'case-log-away',
      'case-log-busy',
      'case-log-away',
      'case-log-closed',
    ]);
  });
});

describe('one transaction', () => {
  /** A connection that answers as a script says, and keeps what was asked. */
  function scripted(
    faults: Readonly<Record<string, PostgresFault>>,
    committed = 'COMMIT',
  ): {
    readonly asked: string[];
    readonly connect: () => Promise<PostgresConnection>;
  } {
    const asked: string[] = [];
    const query = async (sql: string): Promise<unknown> => {
      asked.push(sql);
      await Promise.resolve();
      const fault = faults[sql];
      if (fault !== undefined) throw fault;
      return { rows: [], rowCount: 0, command: committed };
    };
    const connection = { query, release: () => asked.push('release') } as unknown as PostgresConnection;
    return { asked, connect: () => Promise.resolve(connection) };
  }
  const act = async (connection: PostgresConnection): Promise<string> => {
    await connection.query('work');
    return 'done';
  };

  test('is committed', async () => {
    const server = scripted({});
    expect(await inTransaction(server, 'begin', act)).toBe('done');
    expect(server.asked).toEqual(['begin', 'work', 'commit', 'release']);
  });

  test.each([
    [
      'a statement that fails is rolled back',
      { work: new PostgresFault('23505') },
      ['begin', 'work', 'rollback', 'release'],
    ],
    [
      'also one that a function raised',
      { work: new PostgresFault('P0001') },
      ['begin', 'work', 'rollback', 'release'],
    ],
    [
      'a connection that is lost is given up',
      { work: new PostgresFault('ENDED') },
      ['begin', 'work', 'release'],
    ],
    [
      'one that does not answer is not asked again',
      { begin: new PostgresFault('TIMEOUT') },
      ['begin', 'release'],
    ],
    [
      'one that cannot be rolled back either',
      { work: new PostgresFault('57P01'), rollback: new PostgresFault('ENDED') },
      ['begin', 'work', 'rollback', 'release'],
    ],
  ])('%s', async (_name, faults, asked) => {
    const server = scripted(faults);
    await expect(inTransaction(server, 'begin', act)).rejects.toThrow(PostgresFault);
    expect(server.asked).toEqual(asked);
  });

  test('that PostgreSQL rolled back at its commit is not written', async () => {
    const server = scripted({}, 'ROLLBACK');
    await expect(inTransaction(server, 'begin', act)).rejects.toMatchObject({ kind: 'fatal' });
  });
});

describe('callers who wait behind a write that failed', () => {
  test.each([
    ['because the server is away: refused with it, not one patience after the other', true, 1],
    ['for another reason: tried all the same', false, 3],
  ])('%s', async (_name, refusesAll, tried) => {
    let writes = 0;
    const write = async (): Promise<never> => {
      writes += 1;
      await Promise.resolve();
      throw new CaseLogUnavailable('It is away.');
    };
    const queue = createAppendQueue({ write, maxBatch: 1, maxWaiting: 9, refusesAll: () => refusesAll });
    const entry: StampedEntry = { draft: draft('a'), wallUs: 1, monoNs: '1', salts: {} };
    const results = await Promise.allSettled([1, 2, 3].map(() => queue.append(entry)));
    for (const result of results) expect(result).toMatchObject({ reason: unavailable(/away/) });
    expect(writes).toBe(tried);
  });
});

describe('the line to a writer', () => {
  test('commands before the log is open, and after it is closed, are faults', async () => {
    const link = createSharedLink(() => Promise.reject(new TypeError('no such thing')));
    expect(await link.send({ do: 'close' })).toBeNull();
    await expect(link.send({ do: 'checkpoint' })).rejects.toMatchObject({
      kind: 'fatal',
      detail: 'The case log is not open.',
    });
    await link.end();
    await expect(link.send({ do: 'checkpoint' })).rejects.toMatchObject({
      detail: 'The case log is closed.',
    });
  });
});

describe('the right edge of the tree, read from leaves and tiles', () => {
  test('is the same as grown leaf by leaf, for sizes around full tiles of two levels', async () => {
    const leaves: Hash[] = [];
    const tiles = new Map<string, Hash>();
    const wanted = new Map<number, Frontier>();
    const sizes = [
      0, 1, 2, 255, 256, 257, 511, 512, 513, 1_000, 65_535, 65_536, 65_537, 65_792, 65_793, 66_123,
    ];
    let frontier = EMPTY_FRONTIER;
    for (let size = 0; size <= 66_123; size += 1) {
      if (sizes.includes(size)) wanted.set(size, frontier);
      const leaf = leafHash(Buffer.from(String(size)));
      leaves.push(leaf);
      const grown = appendLeaf(frontier, leaf);
      ({ frontier } = grown);
      for (const { level, idx, hash } of grown.tiles) tiles.set(`${String(level)} ${String(idx)}`, hash);
    }
    let asked = 0;
    const query = (_sql: string, [from, to, level = 0]: readonly number[]): unknown => {
      const rows = [];
      for (let idx = from ?? 0; idx < (to ?? 0); idx += 1) {
        const hash = level === 0 ? leaves[idx] : tiles.get(`${String(level)} ${String(idx)}`);
        if (hash !== undefined) rows.push({ idx, hash });
      }
      asked += 1;
      return Promise.resolve({ rows });
    };
    const connection = { query } as unknown as PostgresConnection;
    for (const [size, expected] of wanted) {
      asked = 0;
      expect(await readFrontier(connection, size)).toEqual(expected);
      expect(asked).toBeLessThanOrEqual(3);
    }
  });
});
