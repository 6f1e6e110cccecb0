import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import type { CaseLog } from '../../../src/caselog/assemble-case-log.ts';
import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import { describeUnlessMissing } from '../../fakes/real-server.ts';
import { draft, makeLog, openFaultyLog, openLog, temporaryFolder, unavailable } from './case-log-kit.ts';

const folder = temporaryFolder();
const kinds = async (log: CaseLog): Promise<readonly string[]> =>
  (await log.entries({ limit: 100 })).toReversed().map(({ kind }) => kind);

/** Appends until the disk takes no more; says how many it took. */
async function appendUntilFull(log: CaseLog): Promise<number> {
  for (let count = 0; ; count += 1) {
    try {
      await log.append(draft(`fill-${count}`, { facts: { err: 'x'.repeat(30_000) } }));
    } catch {
      return count;
    }
  }
}

describe('a full disk, played by a page limit', () => {
  test('appends are refused, reads go on, one alarm is raised and written; with space again writing goes on', async () => {
    const dir = folder();
    const vkey = makeLog(dir);
    const { log, alarms } = await openFaultyLog({ dir });
    await log.append(draft('before'));
    writeFileSync(join(dir, 'full'), '');
    await appendUntilFull(log);
    await expect(log.append(draft('refused'))).rejects.toThrow(unavailable(/disk of the case log is full/));
    await expect(log.append(draft('refused too'))).rejects.toThrow(unavailable(/disk/));
    expect(alarms).toEqual([{ code: 'disk-full', detail: expect.stringContaining('full') }]);
    expect(log.state()).toMatchObject({ ok: false, detail: expect.stringContaining('Make space') });
    expect((await log.entries({ limit: 1 }))[0]).toMatchObject({
      kind: 'alarm',
      facts: { err: 'disk-full' },
    });

    rmSync(join(dir, 'full'));
    const { seq } = await log.append(draft('refused'));
    await log.signCheckpoint();
    expect(log.state()).toMatchObject({ ok: true });
    expect((await kinds(log)).slice(seq - 1)).toEqual(['alarm', 'case.intent', 'recovery']);
    await log.close();
    expect(await verifyCaseLog({ dir, vkey })).toMatchObject({
      ok: true,
      verdict: 'verified',
      size: seq + 3,
    });
  });

  test('recovers by itself where nobody dares to append', async () => {
    const dir = folder();
    makeLog(dir);
    const { log } = await openFaultyLog({ dir, limits: { checkpointMs: 5 } });
    writeFileSync(join(dir, 'full'), '');
    await appendUntilFull(log);
    rmSync(join(dir, 'full'));
    while (!log.state().ok) await new Promise((resolve) => setTimeout(resolve, 1));
    expect((await kinds(log)).filter((kind) => kind === 'alarm' || kind === 'recovery')).toEqual([
      'alarm',
      'recovery',
    ]);
    await log.close();
  });

  test('each time it is full is told apart', async () => {
    const dir = folder();
    makeLog(dir);
    const { log, alarms } = await openFaultyLog({ dir });
    for (const round of [1, 2]) {
      writeFileSync(join(dir, 'full'), '');
      await appendUntilFull(log);
      rmSync(join(dir, 'full'));
      await log.append(draft(`round ${round}`));
      await log.signCheckpoint();
    }
    expect(alarms.map(({ code }) => code)).toEqual(['disk-full', 'disk-full']);
    const own = (await kinds(log)).filter((kind) => kind === 'alarm' || kind === 'recovery');
    expect(own).toEqual(['alarm', 'recovery', 'alarm', 'recovery']);
    await log.close();
  });

  test('the gateway can stop, and start, on a full disk', async () => {
    const dir = folder();
    const vkey = makeLog(dir);
    const { log } = await openFaultyLog({ dir });
    writeFileSync(join(dir, 'full'), '');
    await appendUntilFull(log);
    await log.close();
    const { log: next } = await openFaultyLog({ dir });
    expect((await next.entries({ limit: 2 })).map(({ kind }) => kind)).toEqual(['node.start', 'node.stop']);
    await expect(next.append(draft('refused'))).rejects.toThrow(unavailable(/disk/));
    await next.close();
    expect(await verifyCaseLog({ dir, vkey })).toMatchObject({ ok: true, verdict: 'verified' });
  });
});

function asRoot(command: string, args: readonly string[]): void {
  execFileSync(command, args);
}

const isRoot = process.getuid?.() === 0;
describeUnlessMissing(
  'a disk that is really full',
  isRoot ? undefined : 'root (to mount a small disk)',
  () => {
    let mount = '';
    beforeEach(() => {
      mount = mkdtempSync(join(tmpdir(), 'small-disk-'));
      asRoot('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', mount]);
    });
    afterEach(() => {
      asRoot('umount', [mount]);
      rmSync(mount, { recursive: true });
    });

    test('no acknowledged entry is lost, the last words are written, and it goes on with space', async () => {
      const dir = join(mount, 'log');
      const vkey = makeLog(dir);
      const { log, alarms } = await openLog({ dir });
      const count = await appendUntilFull(log);
      expect(count).toBeGreaterThan(20);
      expect(alarms.map(({ code }) => code)).toEqual(['disk-full']);
      expect(existsSync(caseLogPaths(dir).ballast)).toBe(false);
      const written = await log.entries({ limit: 10_000, kinds: ['case.intent'] });
      expect(written.map(({ id }) => id)).toEqual(
        Array.from({ length: count }, (_, n) => `fill-${count - 1 - n}`),
      );
      expect(await kinds(log)).toContain('alarm');
      await log.close();
      expect(await verifyCaseLog({ dir, vkey })).toMatchObject({
        ok: true,
        verdict: 'verified',
        size: count + 3,
      });

      asRoot('mount', ['-o', 'remount,size=64m', mount]);
      const { log: next } = await openLog({ dir });
      await next.append(draft('space again'));
      expect(existsSync(caseLogPaths(dir).ballast)).toBe(true);
      await next.close();
      expect(await verifyCaseLog({ dir, vkey })).toMatchObject({
        ok: true,
        verdict: 'verified',
        size: count + 6,
      });
    });

    test('space that comes back while it runs is noticed', async () => {
      const dir = join(mount, 'log');
      makeLog(dir);
      mkdirSync(join(mount, 'other'));
      writeFileSync(join(mount, 'other', 'file'), Buffer.alloc(6 * 1024 * 1024));
      const { log } = await openLog({ dir });
      await appendUntilFull(log);
      await expect(log.append(draft('x'))).rejects.toThrow(unavailable(/disk/));
      rmSync(join(mount, 'other', 'file'));
      await log.append(draft('x'));
      await log.signCheckpoint();
      expect(log.state().ok).toBe(true);
      expect(readFileSync(caseLogPaths(dir).ballast)).toHaveLength(4 * 1024 * 1024);
      expect(statfsSync(mount).bavail).toBeGreaterThan(0);
      await log.close();
    });
  },
);
