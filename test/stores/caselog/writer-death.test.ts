import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import {
  draft,
  makeLog,
  openFaultyLog,
  openLog,
  rawDatabase,
  temporaryFolder,
  unavailable,
} from './case-log-kit.ts';

const folder = temporaryFolder();

describe('when the append thread is lost', () => {
  test.each([
    { how: 'die', name: 'before writing', isWritten: false },
    { how: 'die-after', name: 'written, and not acknowledged', isWritten: true },
  ])('$name: appends are refused, reads go on, an alarm is raised', async ({ how, isWritten }) => {
    const dir = folder();
    const vkey = makeLog(dir);
    const { log, alarms } = await openFaultyLog({ dir });
    const before = await log.append(draft('before'));
    writeFileSync(join(dir, how), '');
    await expect(log.append(draft('lost'))).rejects.toThrow(unavailable(/thread that writes the case log/));
    await expect(log.append(draft('later'))).rejects.toThrow(unavailable(/must be started again/));
    await expect(log.signCheckpoint()).rejects.toThrow(unavailable(/thread/));
    expect(alarms.map(({ code }) => code)).toEqual(['case-log-closed']);
    expect(log.state()).toMatchObject({ part: 'case-log', ok: false });
    expect((await log.entries({ limit: 9, personal: { label: 'user', value: 'alice.osei' } })).length).toBe(
      isWritten ? 2 : 1,
    );
    await log.close();

    rmSync(join(dir, how));
    const { log: next } = await openLog({ dir });
    expect(await next.append(draft('before'))).toEqual(before);
    // The caller repeats with the same id, and gets the receipt it never heard of, or a new one.
    expect(await next.append(draft('lost'))).toMatchObject({
      seq: isWritten ? before.seq + 1 : before.seq + 2,
    });
    await next.close();
    expect(await verifyCaseLog({ dir, vkey })).toMatchObject({ ok: true, verdict: 'verified' });
  });

  test('tending a log whose thread is lost does nothing', async () => {
    const dir = folder();
    makeLog(dir);
    const { log, alarms } = await openFaultyLog({ dir, limits: { checkpointMs: 1 } });
    writeFileSync(join(dir, 'die'), '');
    await expect(log.append(draft('lost'))).rejects.toThrow(unavailable(/thread/));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(alarms).toHaveLength(1);
    await log.close();
  });
});

describe('another writer', () => {
  test.each([
    ['that moved the head', 'UPDATE head SET epoch = epoch + 1'],
    [
      'that wrote an entry',
      "INSERT INTO entry (seq, id, kind, case_id, wall_us, body, leaf) SELECT size, 'x', 'x', NULL, 0, x'00', x'00' FROM head",
    ],
  ])('%s: this one refuses, closes itself for good, and forks nothing', async (_name, sql) => {
    const dir = folder();
    makeLog(dir);
    const { log, alarms } = await openLog({ dir });
    await log.append(draft('a'));
    const other = rawDatabase(dir);
    other.exec(sql);
    await expect(log.append(draft('b'))).rejects.toThrow(unavailable(/writer|written/));
    await expect(log.append(draft('c'))).rejects.toThrow(unavailable(/must be started again/));
    expect(alarms.map(({ code }) => code)).toEqual(['case-log-closed']);
    expect(other.prepare('SELECT count(*) FROM entry WHERE id IN (?, ?)').pluck().get('b', 'c')).toBe(0);
    other.close();
    expect(log.state()).toMatchObject({ ok: false });
    await log.close();
  });

  test('a stranger that only holds the database makes appends fail until it lets go', async () => {
    const dir = folder();
    makeLog(dir);
    const { log, alarms } = await openLog({ dir });
    const other = rawDatabase(dir, 'with guards');
    other.exec('BEGIN IMMEDIATE');
    await expect(log.append(draft('a'))).rejects.toThrow(unavailable(/Another program holds the database/));
    other.exec('ROLLBACK');
    other.close();
    expect(alarms.map(({ code }) => code)).toEqual(['case-log-busy']);
    expect(await log.append(draft('a'))).toMatchObject({ seq: 1 });
    expect(log.state()).toMatchObject({ ok: true });
    await log.close();
  });
});
