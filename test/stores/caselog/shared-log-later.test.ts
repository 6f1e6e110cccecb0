import { verifySharedCaseLog } from '../../../src/caselog/verify-shared-case-log.ts';
import { describeWithBinary } from '../../fakes/real-server.ts';
import { draft, unavailable } from './case-log-kit.ts';
import { DROP_GUARDS, postgresHouse, until } from './shared-log-kit.ts';

describeWithBinary('a node whose log opens later', ['postgres', 'initdb'], () => {
  const house = postgresHouse();
  const opensLater = true;

  test.each(['an append', 'time'])('the server is away at its start: it opens by %s', async (by) => {
    const shared = await house.make();
    await house.server().kill();
    const checkpointMs = by === 'time' ? 10 : 3_600_000;
    const opening = shared.open('a', { opensLater, limits: { checkpointMs } });
    try {
      const { log, alarms } = await opening;
      expect(log.state()).toMatchObject({ ok: false, detail: expect.stringContaining('goes on by itself') });
      const refused = await Promise.allSettled(['a', 'b'].map((id) => log.append(draft(id))));
      for (const one of refused) expect(one).toMatchObject({ reason: unavailable(/does not answer/) });
      await expect(log.signCheckpoint()).rejects.toThrow(unavailable(/does not answer/));
      expect(alarms.map(({ code }) => code)).toEqual(['case-log-away']);
    } finally {
      await house.server().restart();
    }
    const { log } = await opening;
    if (by === 'an append') await log.append(draft('a'));
    await until(() => log.state().ok);
    const [start] = await shared.run(`select id, kind from entry where seq = 0`);
    expect(start).toEqual({ id: 'node.start:1', kind: 'node.start' });
    expect(await shared.run(`select id from entry where kind = 'recovery'`)).toEqual([
      { id: expect.stringMatching(/^recovery:1:1$/) },
    ]);
    await log.close();
    expect(await shared.run(`select id from entry where kind = 'node.stop'`)).toHaveLength(1);
    expect(await verifySharedCaseLog(shared)).toMatchObject({ ok: true, problems: [] });
  });

  test('it can be closed before it was ever open, also while it tries; nothing is written then', async () => {
    const shared = await house.make();
    const postgres = house.connect(shared.url, { patienceMs: 200 });
    house.server().freeze();
    try {
      const idle = await shared.open('a', { opensLater, postgres });
      await idle.log.close();
      const busy = await shared.open('b', { opensLater, postgres, limits: { checkpointMs: 1 } });
      const signing = busy.log.signCheckpoint();
      await busy.log.close();
      await expect(signing).rejects.toThrow(unavailable(/does not answer|closed/));
    } finally {
      house.server().thaw();
    }
    expect(await shared.run('select id from entry')).toEqual([]);
  });

  test('a log that must not be continued: it says so, once, and nothing is written', async () => {
    const shared = await house.make();
    await (await shared.open('a')).log.close();
    await shared.run(`${DROP_GUARDS} update head set root = sha256('x')`);
    const { log, alarms } = await shared.open('b', { opensLater });
    const detail = expect.stringMatching(
      /head does not fit its entries.* Images can be read and AI is locked\. Put the database right/,
    );
    expect(log.state()).toEqual({ part: 'case-log', ok: false, detail });
    await expect(log.append(draft('a'))).rejects.toThrow(unavailable(/Put the database right/));
    await expect(log.signCheckpoint()).rejects.toThrow(unavailable(/head does not fit/));
    expect(alarms.map(({ code }) => code)).toEqual(['case-log-closed']);
    expect(await log.entries({ limit: 1 })).toHaveLength(1);
    await log.close();
    expect(await shared.run('select size from head')).toEqual([{ size: 2 }]);
    await expect(shared.open('c')).rejects.toThrow(unavailable(/head does not fit/));
  });

  test('a wrong address is refused at once: there is no log, or no such database', async () => {
    const shared = await house.make();
    const empty = house.connect(await house.server().createDatabase());
    await expect(shared.open('a', { opensLater, postgres: empty })).rejects.toThrow(
      unavailable(/no case log in this database/),
    );
    const other = house.connect(shared.url.replace(/[^/]*$/, 'nowhere'));
    await expect(shared.open('b', { opensLater, postgres: other })).rejects.toThrow(unavailable(/3D000/));
  });

  test('the server that was away comes back without the log: that is for people, and it is said', async () => {
    const shared = await house.make();
    await house.server().kill();
    const opening = shared.open('a', { opensLater });
    await opening.finally(() => house.server().restart());
    await shared.run('drop schema case_log cascade');
    const { log, alarms } = await opening;
    await expect(log.append(draft('a'))).rejects.toThrow(unavailable(/no case log in this database/));
    expect(alarms.map(({ code }) => code)).toEqual(['case-log-away', 'case-log-closed']);
    await log.close();
  });

  test('without leave to open later a server that is away is a refusal', async () => {
    const shared = await house.make();
    await house.server().kill();
    try {
      await expect(shared.open('a')).rejects.toThrow(unavailable(/does not answer/));
    } finally {
      await house.server().restart();
    }
  });
});
