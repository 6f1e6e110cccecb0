import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { openCaseLogReadOnly } from '../../../src/caselog/open-case-log-read-only.ts';
import { openCheckpoint } from '../../../src/caselog/open-checkpoint.ts';
import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import { parseEntryBody } from '../../../src/domain/entry-body.ts';
import { parseVerifierKey } from '../../../src/domain/signed-note.ts';
import { openSqlite } from '../../../src/db/open-sqlite.ts';
import {
  draft,
  makeLog,
  openLog,
  ORIGIN,
  rawDatabase,
  temporaryFolder,
  unavailable,
} from './case-log-kit.ts';

const folder = temporaryFolder();
/** After each step the whole log must hold. */
async function expectWhole(dir: string, size: number, vkey?: string): Promise<void> {
  const verdict = await verifyCaseLog({ dir, ...(vkey === undefined ? {} : { vkey }) });
  expect(verdict).toMatchObject({ ok: true, size, problems: [] });
}

describe('opening and closing', () => {
  test('start and stop are entries, of an epoch of their own; each step leaves the log whole', async () => {
    const dir = folder();
    const vkey = makeLog(dir);
    await expectWhole(dir, 0, vkey);
    for (let run = 1; run <= 3; run += 1) {
      const { log } = await openLog({ dir });
      expect([log.vkey, log.origin]).toEqual([vkey, ORIGIN]);
      await log.append(draft(`e${run}`));
      await expectWhole(dir, run * 3 - 1, vkey);
      await log.close();
      await expectWhole(dir, run * 3, vkey);
    }
    const reader = openCaseLogReadOnly({ dir });
    const entries = await reader.entries({ limit: 100 });
    reader.close();
    const bodies = entries.toReversed().map(({ body }) => parseEntryBody(body));
    expect(bodies.map(({ kind, epoch }) => `${epoch} ${kind}`)).toEqual(
      [1, 2, 3].flatMap((epoch) =>
        ['node.start', 'case.intent', 'node.stop'].map((kind) => `${epoch} ${kind}`),
      ),
    );
  });

  test('closing signs all there is, leaves one database file, and may be asked for twice', async () => {
    const dir = folder();
    const vkey = makeLog(dir);
    const { log } = await openLog({ dir });
    await log.append(draft('a'));
    await Promise.all([log.close(), log.close()]);
    expect(existsSync(`${caseLogPaths(dir).database}-wal`)).toBe(false);
    expect(await verifyCaseLog({ dir, vkey })).toMatchObject({ verdict: 'verified', size: 3, signedSize: 3 });
    await expect(log.append(draft('b'))).rejects.toThrow(unavailable(/stopping/));
    expect(log.state()).toMatchObject({ part: 'case-log', ok: false });
  });

  test('what waits when closing begins is still written', async () => {
    const dir = folder();
    makeLog(dir);
    const { log } = await openLog({ dir, limits: { maxBatch: 2 } });
    const waiting = Array.from({ length: 9 }, (_, index) => log.append(draft(`e${index}`)));
    await log.close();
    expect((await Promise.all(waiting)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await expectWhole(dir, 11);
  });

  test('synchronous is FULL on the connection that writes', () => {
    const dir = folder();
    makeLog(dir);
    const database = openSqlite(caseLogPaths(dir).database, { mustExist: true });
    database.prepare('INSERT INTO outbox (id, seq, sink, state) VALUES (1, 0, ?, ?)').run('x', 'y');
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    expect(database.pragma('recursive_triggers', { simple: true })).toBe(1);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    database.close();
  });
});

describe('one writer', () => {
  test('a second opening is refused at once; readers are not', async () => {
    const dir = folder();
    makeLog(dir);
    const { log } = await openLog({ dir });
    await expect(openLog({ dir })).rejects.toThrow(unavailable(/Another gateway process/));
    const reader = openCaseLogReadOnly({ dir });
    expect(await reader.entries({ limit: 10 })).toHaveLength(1);
    reader.close();
    await log.append(draft('still well'));
    await log.close();
    const { log: next } = await openLog({ dir });
    await next.close();
  });

  test('a second process is refused, and the system frees the lock of a killed one', async () => {
    const dir = folder();
    makeLog(dir);
    const hold = `
      const { takeCaseLogLock } = await import('${process.cwd()}/src/caselog/case-log-lock.ts');
      try { takeCaseLogLock(process.argv[1]); } catch (error) { console.log(error.code); process.exit(3); }
      process.kill(process.pid, 'SIGKILL');`;
    const run = (): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, ['--input-type=module', '-e', hold, caseLogPaths(dir).lock], {
        encoding: 'utf8',
      });
    const { log } = await openLog({ dir });
    expect(run()).toMatchObject({ status: 3, stdout: 'case-log-unavailable\n' });
    await log.close();
    expect(run()).toMatchObject({ signal: 'SIGKILL' });
    const { log: next } = await openLog({ dir });
    await next.close();
  });
});

describe('checkpoints', () => {
  test('signed when asked, the same again until there is more, kept in both places before they are given out', async () => {
    const dir = folder();
    const vkey = makeLog(dir);
    const { log } = await openLog({ dir });
    const first = await log.signCheckpoint();
    expect(await log.signCheckpoint()).toBe(first);
    expect(readFileSync(caseLogPaths(dir).highestSigned, 'utf8')).toBe(first);
    await log.append(draft('a'));
    const second = await log.signCheckpoint();
    expect(openCheckpoint(second, parseVerifierKey(vkey))).toMatchObject({
      ok: true,
      checkpoint: { size: 2 },
    });
    expect(await log.verification()).toEqual({ verifiedSize: 2, size: 2, checkpoint: second });
    await log.close();
  });

  test('signed by itself soon after growth, and not again without', async () => {
    const dir = folder();
    makeLog(dir);
    const { log } = await openLog({ dir, limits: { checkpointMs: 5 } });
    await log.append(draft('a'));
    const signed = async (): Promise<number> => (await log.verification()).verifiedSize;
    while ((await signed()) < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    const database = rawDatabase(dir, 'with guards');
    expect(database.prepare('SELECT max(size) FROM checkpoint').pluck().get()).toBe(2);
    database.close();
    await log.close();
  });

  test('an export is covered by a checkpoint before its entry is acknowledged', async () => {
    const dir = folder();
    makeLog(dir);
    const { log } = await openLog({ dir });
    const { seq } = await log.append(draft('x', { kind: 'export', personal: {} }));
    expect(await log.verification()).toMatchObject({ verifiedSize: seq + 1, size: seq + 1 });
    await log.close();
  });
});

describe('a clock that steps back', () => {
  test('is marked and noted, never hidden: order stays by seq', async () => {
    const dir = folder();
    const vkey = makeLog(dir);
    const { log, clock } = await openLog({ dir });
    await log.append(draft('before'));
    clock.step(-3_600_000);
    await log.append(draft('after'));
    await log.append(draft('later'));
    const entries = (await log.entries({ limit: 4 })).toReversed();
    expect(entries.map(({ id }) => id.split(':')[0])).toEqual(['before', 'after', 'clock', 'later']);
    expect(entries.map(({ body }) => parseEntryBody(body).clk)).toEqual(['ok', 'stepped', 'ok', 'ok']);
    expect(entries[2]).toMatchObject({
      kind: 'clock',
      facts: { change: { entry: 2, backUs: 3_600_000_000 } },
    });
    expect((entries[1]?.wallUs ?? 0) - (entries[0]?.wallUs ?? 0)).toBe(-3_600_000_000);
    await log.close();
    // Also across a restart: the kit's clock starts at the time of the first entry again.
    const { log: next, clock: nextClock } = await openLog({ dir });
    nextClock.step(-7_200_000);
    await next.append(draft('third'));
    expect(await next.entries({ limit: 2, kinds: ['clock'] })).toHaveLength(2);
    await next.close();
    expect(await verifyCaseLog({ dir, vkey })).toMatchObject({ ok: true, verdict: 'verified' });
  });
});

test('files are for their owner only where they must be', () => {
  const dir = folder();
  makeLog(dir);
  expect(statSync(caseLogPaths(dir).signingKey).mode & 0o777).toBe(0o600);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(statSync(caseLogPaths(dir).ballast).size).toBe(4 * 1024 * 1024);
});
