import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import { createNoteSigner, signNote } from '../../../src/domain/signed-note.ts';
import { formatCheckpoint } from '../../../src/domain/tlog-checkpoint.ts';
import { draft, makeLog, openLog, ORIGIN, rawDatabase, temporaryFolder } from './case-log-kit.ts';

const folder = temporaryFolder();
const places = async (options: Parameters<typeof verifyCaseLog>[0]): Promise<readonly string[]> =>
  (await verifyCaseLog(options)).problems.map(({ place }) => place);

/** A log with three signed sizes, closed. */
async function makeSignedLog(ids: readonly string[] = ['a', 'b']): Promise<{
  readonly dir: string;
  readonly vkey: string;
  readonly notes: readonly string[];
}> {
  const dir = folder();
  const vkey = makeLog(dir);
  const { log } = await openLog({ dir });
  const notes = [];
  for (const id of ids) {
    await log.append(draft(id));
    notes.push(await log.signCheckpoint());
  }
  await log.close();
  return { dir, vkey, notes };
}

describe('what a verdict says', () => {
  test('without a key from elsewhere: self-consistent, no more', async () => {
    const { dir, vkey } = await makeSignedLog();
    expect(await verifyCaseLog({ dir })).toMatchObject({ ok: true, verdict: 'self-consistent', size: 4 });
    expect(await verifyCaseLog({ dir, vkey })).toMatchObject({
      ok: true,
      verdict: 'verified',
      size: 4,
      signedSize: 4,
    });
  });

  test('of a running log, also while it is being written', async () => {
    const dir = folder();
    const vkey = makeLog(dir);
    const { log } = await openLog({ dir });
    const stop = new AbortController();
    const writing = (async () => {
      for (let n = 0; !stop.signal.aborted; n += 1) {
        await log.append(draft(`e${n}`));
        if (n % 10 === 0) await log.signCheckpoint();
      }
    })();
    for (let round = 0; round < 10; round += 1) {
      expect(await verifyCaseLog({ dir, vkey })).toMatchObject({ ok: true, problems: [] });
    }
    stop.abort();
    await writing;
    await log.close();
  });

  test('entries after the newest checkpoint count, and are said not to be signed', async () => {
    const dir = folder();
    makeLog(dir);
    const { log } = await openLog({ dir });
    await log.append(draft('a'));
    expect(await verifyCaseLog({ dir })).toMatchObject({ ok: true, size: 2, signedSize: 0 });
    await log.close();
  });

  test('another key: broken', async () => {
    const { dir } = await makeSignedLog();
    const other = createNoteSigner(ORIGIN, Buffer.alloc(32, 9));
    const verdict = await verifyCaseLog({ dir, vkey: other.vkey });
    expect(verdict).toMatchObject({ ok: false, verdict: 'broken' });
    expect(verdict.problems.map(({ place }) => place)).toEqual(
      expect.arrayContaining(['verifier-key file', 'checkpoint 0 column note', 'highest-signed file']),
    );
  });

  test.each([
    ['no folder', (dir: string) => rmSync(dir, { recursive: true }), /no case log here/],
    ['no database', (dir: string) => rmSync(caseLogPaths(dir).database), /cannot be opened/],
    [
      'a file that is no database',
      (dir: string) => writeFileSync(caseLogPaths(dir).database, 'x'.repeat(5000)),
      /cannot be opened/,
    ],
    ['no tables', (dir: string) => edit(dir, 'DROP TABLE pii'), /cannot be read/],
  ])('%s: broken, and no error', async (_name, damage, detail) => {
    const { dir } = await makeSignedLog();
    damage(dir);
    expect(await verifyCaseLog({ dir })).toMatchObject({
      ok: false,
      verdict: 'broken',
      size: 0,
      problems: [{ place: 'case log', detail: expect.stringMatching(detail) }],
    });
  });

  test('a key that is none is said', async () => {
    const { dir } = await makeSignedLog();
    const verdict = await verifyCaseLog({ dir, vkey: 'x' });
    expect(verdict.problems.at(-1)?.detail).toMatch(/not a verifier key/);
  });

  test('a flood of problems is counted, not listed', async () => {
    const { dir } = await makeSignedLog(Array.from({ length: 120 }, (_, index) => `e${index}`));
    edit(dir, "UPDATE entry SET leaf = x'00', kind = 'x'");
    const { problems } = await verifyCaseLog({ dir });
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.detail).toMatch(/\d+ problems more/);
  });
});

function edit(dir: string, sql: string): void {
  const database = rawDatabase(dir).unsafeMode();
  database.exec(sql);
  database.close();
}

describe('an old checkpoint', () => {
  test('is one of the past of this log', async () => {
    const { dir, vkey, notes } = await makeSignedLog();
    for (const oldCheckpoint of notes) {
      expect(await verifyCaseLog({ dir, vkey, oldCheckpoint })).toMatchObject({
        ok: true,
        verdict: 'verified',
      });
    }
  });

  test('catches a history that was rewritten with everything consistent', async () => {
    const honest = await makeSignedLog();
    // Whoever has the folder has the key: the forger writes another log with it.
    const dir = folder();
    makeLog(dir);
    const { log } = await openLog({ dir });
    await log.append(draft('a', { facts: { err: 'rewritten' } }));
    await log.append(draft('b'));
    await log.close();
    expect(await verifyCaseLog({ dir, vkey: honest.vkey })).toMatchObject({ ok: true, verdict: 'verified' });
    for (const oldCheckpoint of honest.notes) {
      expect(await places({ dir, vkey: honest.vkey, oldCheckpoint })).toEqual(['old checkpoint']);
    }
  });

  test('catches a log that was cut short with everything consistent', async () => {
    const long = await makeSignedLog(['a', 'b', 'c']);
    const short = await makeSignedLog(['a']);
    expect(await verifyCaseLog({ dir: short.dir, vkey: long.vkey })).toMatchObject({ ok: true });
    expect(await places({ ...short, oldCheckpoint: long.notes.at(-1) ?? '' })).toEqual(['old checkpoint']);
  });

  test.each([
    ['no note', 'x'],
    [
      'of another key',
      signNote(`${ORIGIN}\n0\n${Buffer.alloc(32).toString('base64')}\n`, [
        createNoteSigner('b', Buffer.alloc(32)),
      ]),
    ],
  ])('that is %s is no proof', async (_name, oldCheckpoint) => {
    const { dir, vkey } = await makeSignedLog();
    expect(await places({ dir, vkey, oldCheckpoint })).toEqual(['old checkpoint']);
  });
});

describe('rows that are missing or should not be there', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'the last entry',
      'DELETE FROM entry WHERE seq = 3',
      ['checkpoint 4 column size', 'head column size', 'head column root', 'highest-signed file'],
    ],
    ['an entry in between', 'DELETE FROM entry WHERE seq = 1', ['entry 1', 'head column root']],
    ['all entries', 'DELETE FROM entry', ['head column size', 'pii 1 studyUid column seq']],
    ['the newest checkpoint', 'DELETE FROM checkpoint WHERE size = 4', ['checkpoint 4']],
    [
      'a checkpoint under another size',
      'UPDATE checkpoint SET size = 1 WHERE size = 2',
      ['checkpoint 1 column size'],
    ],
    ['the head', 'DELETE FROM head', ['head']],
    ['a second head', 'INSERT INTO head SELECT size, root, epoch FROM head', ['head']],
    [
      'a tile too many',
      "INSERT INTO tile VALUES (1, 0, x'00')",
      ['tile level 1 index 0 column level or idx'],
    ],
    [
      'a personal value nobody committed to',
      "INSERT INTO pii SELECT seq, 'accession', value, salt, retain_class FROM pii WHERE seq = 1 AND label = 'user'",
      ['pii 1 accession column seq or label'],
    ],
    [
      'a personal value of no entry',
      "INSERT INTO pii SELECT 77, label, value, salt, retain_class FROM pii WHERE seq = 1 AND label = 'user'",
      ['pii 77 user column seq'],
    ],
  ])('%s', async (_name, sql, expected) => {
    const { dir, vkey } = await makeSignedLog();
    edit(dir, sql);
    expect(await places({ dir, vkey })).toEqual(expect.arrayContaining([...expected]));
  });

  test('a personal value that was erased is no problem', async () => {
    const { dir, vkey } = await makeSignedLog();
    edit(dir, "DELETE FROM pii WHERE seq = 1 AND label = 'user'");
    const verdict = await verifyCaseLog({ dir, vkey });
    expect(verdict).toMatchObject({ ok: true, verdict: 'verified', absentPersonal: 1 });
  });

  test.each([
    [
      'entry',
      "INSERT INTO entry SELECT -9223372036854775800, 'forged', kind, case_id, wall_us, body, leaf FROM entry WHERE seq = 1",
      'entry column seq',
    ],
    [
      'pii',
      "INSERT INTO pii VALUES (-9223372036854775800, 'user', 'x', zeroblob(32), 'security')",
      'pii column seq',
    ],
    ['tile', 'INSERT INTO tile VALUES (-9223372036854775800, 0, zeroblob(32))', 'tile column level'],
    [
      'checkpoint',
      'INSERT INTO checkpoint SELECT -9223372036854775800, note FROM checkpoint LIMIT 1',
      'checkpoint column size',
    ],
    [
      'entry above',
      "INSERT INTO entry SELECT 9223372036854775807, 'forged', kind, case_id, wall_us, body, leaf FROM entry WHERE seq = 1",
      'entry column seq',
    ],
  ])('a row with a key that no gateway writes: %s', async (_name, sql, place) => {
    const { dir, vkey } = await makeSignedLog();
    edit(dir, sql);
    expect(await places({ dir, vkey })).toContain(place);
  });

  test('no second place of the newest checkpoint', async () => {
    const { dir, vkey } = await makeSignedLog();
    rmSync(caseLogPaths(dir).highestSigned);
    expect(await places({ dir, vkey })).toEqual(['highest-signed file']);
  });

  test('an index that hides an entry from whoever searches', async () => {
    const { dir, vkey } = await makeSignedLog();
    edit(
      dir,
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'case_id IS NOT NULL', 'case_id IS NULL') WHERE name = 'entry_by_case'",
    );
    expect(await places({ dir, vkey })).toEqual(['database file']);
  });
});

describe('entries that no honest writer makes', () => {
  test('of another log', async () => {
    const { dir, vkey } = await makeSignedLog();
    const other = createNoteSigner('caselog.test/2', Buffer.alloc(32, 5));
    writeFileSync(caseLogPaths(dir).verifierKey, `${other.vkey}\n`);
    expect(await places({ dir })).toEqual(
      expect.arrayContaining(['entry 0 column body', 'checkpoint 0 column note']),
    );
    expect(vkey).not.toBe(other.vkey);
  });

  test('a checkpoint signed by a key whose log has another name', async () => {
    const { dir, vkey } = await makeSignedLog();
    const key = readFileSync(caseLogPaths(dir).signingKey, 'utf8').trim().split('+').slice(4).join('+');
    const signer = createNoteSigner(ORIGIN, Buffer.from(key, 'base64').subarray(1));
    expect(signer.vkey).toBe(vkey);
    const foreign = signNote(formatCheckpoint({ origin: 'elsewhere', size: 4, root: Buffer.alloc(32) }), [
      signer,
    ]);
    const extended = signNote(
      `${formatCheckpoint({ origin: ORIGIN, size: 4, root: Buffer.alloc(32) })}more\n`,
      [signer],
    );
    const noCheckpoint = signNote('hello\n', [signer]);
    for (const oldCheckpoint of [foreign, extended, noCheckpoint]) {
      expect(await places({ dir, vkey, oldCheckpoint })).toEqual(['old checkpoint']);
    }
  });

  test('a writer that had been replaced and came back', async () => {
    const { dir } = await makeSignedLog();
    const copy = folder();
    cpSync(dir, copy, { recursive: true });
    // Two openings, and then entries of the first epoch again: what a stale writer would leave without the guard of the head.
    edit(dir, 'UPDATE head SET epoch = 7');
    const { log } = await openLog({ dir });
    await log.close();
    edit(dir, 'UPDATE head SET epoch = 2');
    const { log: stale } = await openLog({ dir });
    await stale.close();
    expect(await places({ dir })).toEqual(expect.arrayContaining(['entry 6 column body']));
    copyFileSync(caseLogPaths(copy).database, caseLogPaths(dir).database);
  });
});
