import { readFileSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import type { CaseLog } from '../../../src/caselog/assemble-case-log.ts';
import { openSharedCaseLogReadOnly } from '../../../src/caselog/open-shared-case-log-read-only.ts';
import { verifySharedCaseLog } from '../../../src/caselog/verify-shared-case-log.ts';
import type { Postgres, PostgresConnection } from '../../../src/db/open-postgres.ts';
import { parseEntryBody } from '../../../src/domain/entry-body.ts';
import type { LogEntry, Receipt } from '../../../src/domain/log-entry.ts';
import type { CaseLogReader } from '../../../src/flows/ports.ts';
import { describeWithBinary } from '../../fakes/real-server.ts';
import { caseId, draft } from './case-log-kit.ts';
import { postgresHouse, until, type SharedLog } from './shared-log-kit.ts';

async function all(log: CaseLogReader): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of log.range(0, Infinity)) entries.push(entry);
  return entries;
}

async function expectVerified({ postgres, dir, vkey }: SharedLog, size: number): Promise<void> {
  const verdict = await verifySharedCaseLog({ postgres, dir, vkey });
  expect(verdict).toMatchObject({ ok: true, verdict: 'verified', problems: [], size });
}

/** Entries from many callers at once, as a node at work has them. */
async function fill(log: CaseLog, name: string, count: number): Promise<readonly Receipt[]> {
  return await Promise.all(
    Array.from({ length: count }, (_, n) =>
      log.append(draft(`${name}-${n}`, { personal: { user: `user of ${name}` } })),
    ),
  );
}

/** A connection of a pool that has too little patience to give one each time. */
async function connectAtLast(postgres: Postgres): Promise<PostgresConnection> {
  let connection: PostgresConnection | undefined;
  await until(async () => {
    connection = await postgres.connect().catch(() => undefined);
    return connection !== undefined;
  });
  return connection ?? fail();
}

describeWithBinary('several nodes write one case log', ['postgres', 'initdb'], () => {
  const house = postgresHouse();
  /** With patience: a node waits for the head for as long as the others take, however slow the machine is. */
  const make = async (): Promise<SharedLog> => {
    const shared = await house.make();
    const postgres = house.connect(shared.url, { patienceMs: 20_000 });
    return { ...shared, postgres, open: (node, options) => shared.open(node, { postgres, ...options }) };
  };

  test.each([2, 3])(
    '%i nodes at once: one sequence without a gap, each entry once, and all of it verifies',
    async (nodes) => {
      const shared = await make();
      const names = Array.from({ length: nodes }, (_, n) => `n${n}`);
      const opened = await Promise.all(names.map((name) => shared.open(name)));
      const each = 1_500;
      const receipts = await Promise.all(opened.map(({ log }, n) => fill(log, `n${n}`, each)));
      const seqs = receipts.flat().map(({ seq }) => seq);
      expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from(seqs, (_, n) => n + nodes));
      const entries = await all(opened[0]?.log ?? fail());
      expect(entries.map(({ seq }) => seq)).toEqual([...entries.keys()]);
      const byId = new Map(entries.map((entry) => [entry.id, entry]));
      for (const { id, seq, leaf } of receipts.flat()) expect(byId.get(id)).toMatchObject({ seq, leaf });
      expect(entries.filter(({ id, node }) => id.split('-')[0] === node)).toHaveLength(each * nodes);
      expect(new Set(entries.map(({ node, boot }) => `${node} ${boot}`)).size).toBe(nodes);
      for (const { log } of opened) await log.close();
      await expectVerified(shared, nodes * (each + 2));
    },
  );

  test('the same id from two nodes at the same time is one entry, and both hear of it', async () => {
    const shared = await make();
    const [a, b] = await Promise.all([shared.open('a'), shared.open('b')]);
    const given = Array.from({ length: 200 }, (_, n) => draft(`e${n}`));
    const [ofA, ofB] = await Promise.all(
      [a, b].map(({ log }) => Promise.all(given.map((entry) => log.append(entry)))),
    );
    expect(ofA).toEqual(ofB);
    expect(await all(a.log)).toHaveLength(202);
    await expect(b.log.append(draft('e1', { caseId: caseId(1) }))).rejects.toMatchObject({
      code: 'conflict',
    });
    await a.log.close();
    await b.log.close();
    await expectVerified(shared, 204);
  });

  test('a node that was idle reads what others wrote, however much, before it writes', async () => {
    const shared = await make();
    const [a, b] = [await shared.open('a'), await shared.open('b')];
    await fill(a.log, 'a', 3_500);
    expect(await b.log.append(draft('late'))).toMatchObject({ seq: 3_502 });
    await fill(a.log, 'more', 300);
    await a.log.close();
    await b.log.close();
    await expectVerified(shared, 3_805);
    // Whoever opens it then begins right of full tiles.
    const c = await shared.open('c');
    await c.log.close();
    await expectVerified(shared, 3_807);
  });

  test('every opening begins an epoch, and what others write meanwhile is of it too', async () => {
    const shared = await make();
    const a = await shared.open('a');
    await a.log.append(draft('1'));
    const b = await shared.open('b');
    await a.log.append(draft('2'));
    await a.log.close();
    await b.log.close();
    const entries = (await all(openSharedCaseLogReadOnly(shared))).map(({ body }) => parseEntryBody(body));
    expect(entries.map(({ id, node, epoch }) => `${epoch} ${node} ${id}`)).toEqual([
      '1 a node.start:1',
      '1 a 1',
      '2 b node.start:2',
      '2 a 2',
      '2 a node.stop:1',
      '2 b node.stop:2',
    ]);
    await expectVerified(shared, 6);
  });

  test('clocks that differ are no step back; a clock that goes back is', async () => {
    const shared = await make();
    const [a, b] = [await shared.open('a'), await shared.open('b')];
    b.clock.step(-3_600_000);
    a.clock.step(5);
    await a.log.append(draft('1'));
    a.clock.step(-1);
    await a.log.append(draft('2'));
    const entries = (await all(a.log)).map(({ body }) => parseEntryBody(body));
    expect(entries.map(({ id, clk }) => `${id} ${clk}`)).toEqual([
      'node.start:1 ok',
      'node.start:2 ok',
      '1 ok',
      '2 stepped',
      'clock:3 ok',
    ]);
    await a.log.close();
    await b.log.close();
  });

  test('one that the database could not hold is refused, and takes nobody with it', async () => {
    const { open } = await make();
    const { log } = await open('a');
    const given = [
      draft('a'),
      draft('b', { personal: { user: 'nul \0' } }),
      draft('c', { personal: { user: 'é'.repeat(600) } }),
      draft('d\0'),
      draft('e'.repeat(1_025)),
      draft('f', { facts: { err: 'nul \0 and \\u0000', model: { id: 'chest', version: '1' } } }),
      draft('g', { personal: { user: 'é'.repeat(512) } }),
    ];
    const results = await Promise.allSettled(given.map((entry) => log.append(entry)));
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value.seq : result.reason.code)),
    ).toEqual([1, ...Array(4).fill('bad-request'), 2, 3]);
    expect((await log.entries({ model: 'chest', limit: 9 })).map(({ id }) => id)).toEqual(['g', 'f', 'a']);
    await log.close();
  });

  test('reads that take up all their connections do not hold up a case', async () => {
    const shared = await make();
    const patient = house.connect(shared.url, { maxConnections: 1, patienceMs: 20_000 });
    const hasty = house.connect(shared.url, { maxConnections: 1, patienceMs: 200 });
    let now = patient;
    const reading: Postgres = {
      connect: () => now.connect(),
      query: (sql, parameters) => now.query(sql, parameters),
      end: () => now.end(),
    };
    const { log } = await shared.open('a', { reading });
    const busy = [await patient.connect(), await connectAtLast(hasty)];
    // Only the read that waits in vain has little patience.
    now = hasty;
    expect(await log.append(draft('a'))).toMatchObject({ seq: 1 });
    await expect(log.entries({ limit: 1 })).rejects.toMatchObject({ code: 'case-log-unavailable' });
    now = patient;
    for (const { release } of busy) release();
    expect(await log.entries({ limit: 1 })).toMatchObject([{ id: 'a' }]);
    await log.close();
  });

  test('checkpoints: the same note from each node, kept by each that asked; signed in time though it was idle', async () => {
    const shared = await make();
    const a = await shared.open('a', { limits: { checkpointMs: 5 } });
    const b = await shared.open('b');
    await b.log.append(draft('x', { kind: 'export' }));
    const note = await b.log.signCheckpoint();
    expect(await a.log.signCheckpoint()).toBe(note);
    for (const { dir } of [a, b]) expect(readFileSync(caseLogPaths(dir).highestSigned, 'utf8')).toBe(note);
    await b.log.append(draft('y'));
    await until(async () => (await b.log.verification()).verifiedSize >= 4);
    await a.log.close();
    await b.log.close();
    expect(await a.log.verification()).toMatchObject({ verifiedSize: 6, size: 6 });
  });

  test('the newest changes of the register are found by an index, however far back', async () => {
    const shared = await make();
    const { log } = await shared.open('a');
    await log.append(draft('change', { kind: 'register.change' }));
    await fill(log, 'a', 3_000);
    const kinds = ['register.change', 'stop-use', 'model.release'] as const;
    expect(await log.entries({ kinds, limit: 1 })).toMatchObject([{ id: 'change' }]);
    await log.close();
    await shared.run('analyze entry');
    const plan = await shared.run(
      `explain select entry.seq from entry where entry.seq >= 0 and entry.seq < 3002
       and entry.kind in ('register.change', 'stop-use', 'model.release') order by entry.seq desc limit 1`,
    );
    expect(JSON.stringify(plan)).toContain('entry_of_register');
    const ofCases = await shared.run(
      `explain select entry.seq from entry where entry.seq >= 0 and entry.seq < 3002
       and entry.kind in ('case.outcome', 'case.orphan') and kind in ('case.intent', 'case.outcome', 'case.orphan')
       order by entry.seq desc limit 1`,
    );
    expect(JSON.stringify(ofCases)).toContain('entry_of_case');
  });

  test('a log of an earlier release, without the index of cases, is read all the same', async () => {
    const shared = await make();
    const { log } = await shared.open('a');
    await log.append(draft('case', { kind: 'case.intent' }));
    await log.append(draft('access', { kind: 'study.accessed' }));
    await shared.run('drop index entry_of_case');
    expect(await log.entries({ kinds: ['case.intent'], limit: 1 })).toMatchObject([{ id: 'case' }]);
    await log.close();
  });
});

function fail(): never {
  throw new Error('there is none');
}
