import { chmodSync, copyFileSync, cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import { draft, makeLog, openLog, rawDatabase, temporaryFolder, unavailable } from './case-log-kit.ts';

const folder = temporaryFolder();

describe('refusing to start', () => {
  test('without a log: it is created once, never by the way', async () => {
    const dir = folder();
    await expect(openLog({ dir })).rejects.toThrow(unavailable(/no case log here/));
    expect(existsSync(dir)).toBe(false);
  });

  type Damage = readonly [name: string, damage: (dir: string) => void, detail: RegExp];
  test.each<Damage>([
    ['no lock file', (dir) => rmSync(caseLogPaths(dir).lock), /no case log here/],
    ['no database', (dir) => rmSync(caseLogPaths(dir).database), /cannot be opened/],
    ['no signing key', (dir) => rmSync(caseLogPaths(dir).signingKey), /signing key cannot be read/],
    [
      'a signing key that others can read',
      (dir) => chmodSync(caseLogPaths(dir).signingKey, 0o640),
      /chmod 600/,
    ],
    [
      'a damaged signing key',
      (dir) => writeFileSync(caseLogPaths(dir).signingKey, 'x', { mode: 0o600 }),
      /signing key is damaged/,
    ],
    ['a damaged public key', (dir) => writeFileSync(caseLogPaths(dir).verifierKey, 'x'), /public key/],
    ['no second place', (dir) => rmSync(caseLogPaths(dir).highestSigned), /second place .* is missing/],
    [
      'a damaged second place',
      (dir) => writeFileSync(caseLogPaths(dir).highestSigned, 'x'),
      /second place .* is damaged/,
    ],
    ['a database of another format', (dir) => edit(dir, 'PRAGMA user_version = 9'), /format 9/],
    [
      'an entry missing at the end',
      (dir) => edit(dir, 'DELETE FROM entry WHERE seq = 1'),
      /head does not fit its newest/,
    ],
    [
      'an entry missing in between',
      (dir) => edit(dir, 'DELETE FROM entry WHERE seq = 0'),
      /entry 0 is missing/,
    ],
    [
      'a changed leaf',
      (dir) => edit(dir, "UPDATE entry SET leaf = x'00' WHERE seq = 0"),
      /head does not fit its entries/,
    ],
    ['no head', (dir) => edit(dir, 'DELETE FROM head'), /head/],
  ])('%s', async (_name, damage, detail) => {
    const dir = folder();
    makeLog(dir);
    const { log } = await openLog({ dir });
    await log.close();
    damage(dir);
    await expect(openLog({ dir })).rejects.toThrow(unavailable(detail));
    // Refused, and not locked out: what was damaged can be repaired.
    expect(existsSync(dir)).toBe(true);
  });

  function edit(dir: string, sql: string): void {
    const database = rawDatabase(dir);
    database.exec(sql);
    database.close();
  }

  test('an old backup of the database', async () => {
    const dir = folder();
    const vkey = makeLog(dir);
    const { database } = caseLogPaths(dir);
    await (await openLog({ dir })).log.close();
    copyFileSync(database, `${database}.backup`);
    await (await openLog({ dir })).log.close();
    copyFileSync(`${database}.backup`, database);
    await expect(openLog({ dir })).rejects.toThrow(unavailable(/old backup/));
    const verdict = await verifyCaseLog({ dir, vkey });
    expect(verdict).toMatchObject({ ok: false, verdict: 'broken', size: 2 });
    expect(verdict.problems.map(({ place }) => place)).toContain('highest-signed file');
  });

  test('another history of the same length', async () => {
    const dir = folder();
    const other = folder();
    makeLog(dir);
    cpSync(dir, other, { recursive: true });
    const one = await openLog({ dir });
    await one.log.append(draft('a'));
    await one.log.close();
    const two = await openLog({ dir: other });
    await two.log.append(draft('b'));
    await two.log.close();
    copyFileSync(caseLogPaths(other).database, caseLogPaths(dir).database);
    await expect(openLog({ dir })).rejects.toThrow(unavailable(/does not contain what was signed/));
  });

  test('a worker file that is not there', async () => {
    const dir = folder();
    makeLog(dir);
    await expect(openLog({ dir, workerFile: '/nowhere/append-worker.ts' })).rejects.toThrow(
      unavailable(/thread that writes the case log has failed/),
    );
    const { log } = await openLog({ dir });
    await log.close();
  });
});
