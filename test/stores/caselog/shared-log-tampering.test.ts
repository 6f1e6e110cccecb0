import { randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { createCaseLog } from '../../../src/caselog/create-case-log.ts';
import { openSharedCaseLogReadOnly } from '../../../src/caselog/open-shared-case-log-read-only.ts';
import { verifySharedCaseLog } from '../../../src/caselog/verify-shared-case-log.ts';
import { describeWithBinary } from '../../fakes/real-server.ts';
import { draft, ORIGIN, unavailable } from './case-log-kit.ts';
import { DROP_GUARDS, KEEP, postgresHouse, RESTORE, until, type SharedLog } from './shared-log-kit.ts';

describeWithBinary('a case log in PostgreSQL that somebody has changed', ['postgres', 'initdb'], () => {
  const house = postgresHouse();

  test('an older state in its place: fatal to the nodes that run, and refused to those that start', async () => {
    const shared = await house.make();
    const a = await shared.open('a');
    await shared.run(KEEP);
    await a.log.append(draft('confirmed'));
    await a.log.signCheckpoint();
    const b = await shared.open('b');
    await shared.run(RESTORE);
    for (const { log, alarms } of [a, b]) {
      await expect(log.append(draft('next'))).rejects.toThrow(unavailable(/older state of the database/));
      await expect(log.append(draft('more'))).rejects.toThrow(unavailable(/start this node again/));
      expect(alarms.map(({ code }) => code)).toEqual(['case-log-closed']);
      await log.close();
    }
    await expect(shared.open('a', { dir: a.dir })).rejects.toThrow(unavailable(/old backup was restored/));
    expect(await verifySharedCaseLog({ ...shared, dir: a.dir })).toMatchObject({
      ok: false,
      verdict: 'broken',
    });
    expect((await shared.run('select size from head'))[0]).toEqual({ size: 1 });
  });

  test('an idle node notices it too', async () => {
    const shared = await house.make();
    await shared.run(KEEP);
    const { log, alarms } = await shared.open('a', { limits: { checkpointMs: 10 } });
    await log.signCheckpoint();
    await shared.run(RESTORE);
    await until(() => !log.state().ok);
    expect(alarms).toEqual([{ code: 'case-log-closed', detail: expect.stringContaining('older state') }]);
    await log.close();
  });

  test('an older state that has grown past it: another history, and just as fatal', async () => {
    const shared = await house.make();
    const a = await shared.open('a');
    await shared.run(KEEP);
    await a.log.append(draft('confirmed'));
    const note = await a.log.signCheckpoint();
    await shared.run(RESTORE);
    const other = await shared.open('other');
    for (const id of ['x', 'y', 'z']) await other.log.append(draft(id));
    await expect(a.log.append(draft('next'))).rejects.toThrow(unavailable(/does not fit its entries/));
    await a.log.close();
    await expect(shared.open('a', { dir: a.dir })).rejects.toThrow(
      unavailable(/does not contain what was signed at size 2/),
    );
    await other.log.close();
    const { problems } = await verifySharedCaseLog({ ...shared, oldCheckpoint: note });
    expect(problems.map(({ place }) => place)).toContain('old checkpoint');
  });

  test.each<[string, string, RegExp]>([
    ['a root of its own', `update head set root = sha256('x')`, /does not fit its entries/],
    ['no head', 'delete from head', /head is missing/],
    ['entries taken away below the head', 'update head set size = 9', /entry 3 is missing/],
    [
      'an entry taken away in between',
      'update head set size = 5; insert into entry select 4, id || $$x$$, kind, case_id, wall_us, body, leaf from entry where seq = 2',
      /entry 3 is missing/,
    ],
    [
      'an entry beside the log',
      `insert into entry select 3, 'x', kind, case_id, wall_us, body, leaf from entry where seq = 2`,
      /Something else has written/,
    ],
    ['an entry of a number beyond all', 'update head set size = 9007199254740993', /INTEGER/],
    [
      'a head that does not move',
      'create function stay() returns trigger language plpgsql as $$ begin return null; end $$; create trigger stay before update on head for each row execute function stay()',
      /moved the head/,
    ],
    ['no table', 'drop table pii', /cannot be written \(42P01\)/],
  ])('while a node runs: %s', async (_name, sql, detail) => {
    const shared = await house.make();
    const { log, alarms } = await shared.open('a');
    await log.append(draft('1'));
    await log.append(draft('2'));
    await shared.run(`${DROP_GUARDS} ${sql}`);
    await expect(log.append(draft('next'))).rejects.toThrow(unavailable(detail));
    await expect(log.signCheckpoint()).rejects.toThrow(unavailable(detail));
    expect(alarms.map(({ code }) => code)).toEqual(['case-log-closed']);
    await log.close();
  });

  test('another note for a size is not signed over', async () => {
    const shared = await house.make();
    const { log } = await shared.open('a');
    await shared.run(`insert into checkpoint values (1, 'something else')`);
    await expect(log.signCheckpoint()).rejects.toThrow(unavailable(/Something else was signed for size 1/));
    await log.close();
  });

  test('what a node has seen signed it remembers, though the database has forgotten it', async () => {
    const shared = await house.make();
    const { log, dir } = await shared.open('a');
    await log.close();
    const { highestSigned } = caseLogPaths(dir);
    const note = readFileSync(highestSigned, 'utf8');
    await shared.run(`${DROP_GUARDS} delete from checkpoint where size > 0`);
    const again = await shared.open('a', { dir });
    expect(readFileSync(highestSigned, 'utf8')).toBe(note);
    expect(await again.log.signCheckpoint()).not.toBe(note);
    expect(readFileSync(highestSigned, 'utf8')).not.toBe(note);
    await again.log.close();
    const { problems } = await verifySharedCaseLog({ ...shared, oldCheckpoint: note });
    expect(problems).toEqual([]);
  });

  /** A log of 300 entries and a full tile, signed and closed. */
  async function filled(): Promise<SharedLog> {
    const shared = await house.make();
    const { log } = await shared.open('a');
    await Promise.all(Array.from({ length: 298 }, (_, n) => log.append(draft(`e${n}`))));
    await log.close();
    return shared;
  }

  test.each<[string, string, RegExp]>([
    ['no head', 'delete from head', /head is missing/],
    ['no entries', 'delete from entry', /entry \d+ is missing/],
    [
      'an entry missing on the right edge',
      'delete from entry where seq = 290',
      /entry 29\d is missing|entry 290/,
    ],
    ['a tile missing', 'delete from tile', /tile level 1 index 0 is missing/],
    ['a changed tile', `update tile set hash = sha256('x')`, /does not contain what was signed/],
    ['a changed root', `update head set root = sha256('x')`, /does not fit its entries/],
    ['another format', 'update format set version = 2', /format 2/],
    ['two formats', 'insert into format values (3)', /format 1, 3/],
    ['no log at all', 'drop schema case_log cascade; create schema case_log', /no case log in this database/],
    ['no checkpoint', 'delete from checkpoint', /not one of this node's key/],
    [
      'an older log',
      'update head set size = 299; delete from entry where seq = 299',
      /old backup was restored/,
    ],
  ])('is not opened with %s', async (_name, sql, detail) => {
    const shared = await filled();
    await shared.run(`${DROP_GUARDS} ${sql}`);
    await expect(shared.open('b')).rejects.toThrow(unavailable(detail));
  });

  test('a reader says when it is a log of another release, or none', async () => {
    const shared = await house.make();
    await shared.run(`${DROP_GUARDS} update format set version = 2`);
    const reader = openSharedCaseLogReadOnly(shared);
    await expect(reader.entries({ limit: 1 })).rejects.toThrow(unavailable(/format 2/));
    await expect(reader.verification()).rejects.toThrow(unavailable(/format 2/));
    expect(await verifySharedCaseLog(shared)).toMatchObject({
      problems: [{ place: 'case log', detail: expect.stringContaining('format 2') }],
    });
    await shared.run('update format set version = 1');
    expect(await reader.entries({ limit: 1 })).toEqual([]);
    reader.close();
  });

  test("a node's own folder: keys that do not fit, a second place that is damaged", async () => {
    const shared = await house.make();
    const other = house.folder();
    createCaseLog({ dir: other, origin: ORIGIN, randomBytes });
    const [ours, theirs] = [caseLogPaths(shared.dir), caseLogPaths(other)];
    const { log } = await shared.open('a', { dir: shared.dir });
    await log.close();
    writeFileSync(ours.highestSigned, 'x');
    await expect(shared.open('a', { dir: shared.dir })).rejects.toThrow(
      unavailable(/second place .* is damaged/),
    );
    rmSync(ours.highestSigned);
    const again = await shared.open('a', { dir: shared.dir });
    await again.log.close();
    copyFileSync(theirs.signingKey, ours.signingKey);
    await expect(shared.open('a', { dir: shared.dir })).rejects.toThrow(
      unavailable(/do not belong together/),
    );
    copyFileSync(theirs.verifierKey, ours.verifierKey);
    await expect(shared.open('a', { dir: shared.dir })).rejects.toThrow(
      unavailable(/not one of this node's key/),
    );
    writeFileSync(ours.verifierKey, 'caselog.other/1+00000000+x');
    await expect(shared.open('a', { dir: shared.dir })).rejects.toThrow(unavailable(/public key/));
  });
});
