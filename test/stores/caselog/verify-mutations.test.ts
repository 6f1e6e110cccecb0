import { copyFileSync, mkdirSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { openCaseLogReadOnly } from '../../../src/caselog/open-case-log-read-only.ts';
import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import { caseId, draft, makeLog, openLog, rawDatabase, temporaryFolder } from './case-log-kit.ts';
import { changeByte, ENTRIES, FAR, MUTATIONS, PLACES, SEQ, WHERE, type Table } from './mutations.ts';

const folder = temporaryFolder();
let original = '';
let vkey = '';
beforeAll(async () => {
  original = folder();
  vkey = makeLog(original);
  const { log } = await openLog({ dir: original });
  await Promise.all(
    Array.from({ length: ENTRIES }, (_, n) => log.append(draft(`entry-${n}`, { caseId: caseId(n) }))),
  );
  await log.close();
});

function copy(): string {
  const dir = folder();
  mkdirSync(dir);
  const [from, to] = [caseLogPaths(original), caseLogPaths(dir)];
  for (const file of ['database', 'verifierKey', 'highestSigned'] as const)
    copyFileSync(from[file], to[file]);
  return dir;
}

function mutate(dir: string, table: Table, column: string): void {
  const database = rawDatabase(dir);
  const where = WHERE[table];
  const before: unknown = database.prepare(`SELECT "${column}" FROM ${table} WHERE ${where}`).pluck().get();
  const { changes } = database
    .prepare(`UPDATE ${table} SET "${column}" = ? WHERE ${where}`)
    .run(changeByte(before));
  database.close();
  expect(changes).toBe(1);
}

describe('one changed byte is found, and its place named', () => {
  test('the log is sound before', async () => {
    expect(await verifyCaseLog({ dir: copy(), vkey })).toMatchObject({
      ok: true,
      verdict: 'verified',
      size: 602,
    });
  });

  test('every column of every table of the record is in the table below', () => {
    const database = rawDatabase(copy());
    const columns = (table: string): readonly unknown[] =>
      database.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table);
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all();
    // The outbox is a list of work to do, not part of the record.
    expect(tables).toEqual(['checkpoint', 'entry', 'head', 'outbox', 'pii', 'tile']);
    for (const [table, places] of Object.entries(PLACES)) {
      expect(Object.keys(places).sort()).toEqual([...columns(table)].sort());
    }
    database.close();
  });

  test.each(MUTATIONS)('table $table column $column: $place', async ({ table, column, place }) => {
    const dir = copy();
    if (column === 'seq') {
      const database = rawDatabase(dir);
      database.exec(`UPDATE ${table} SET seq = seq + ${FAR} WHERE ${WHERE[table]}`);
      database.close();
    } else {
      mutate(dir, table, column);
    }
    const verdict = await verifyCaseLog({ dir, vkey });
    expect(verdict).toMatchObject({ ok: false, verdict: 'broken' });
    expect(verdict.problems.map((problem) => problem.place)).toContain(place);
    // And without the key, too.
    expect(await verifyCaseLog({ dir })).toMatchObject({ ok: false, verdict: 'broken' });
  });

  test.each(['body', 'leaf'])('a changed %s does not make everything after it look wrong', async (column) => {
    const dir = copy();
    mutate(dir, 'entry', column);
    const { problems } = await verifyCaseLog({ dir, vkey });
    expect(problems.length).toBeLessThanOrEqual(3);
    expect(problems.every(({ place }) => /^(entry|pii) 17 /.test(place))).toBe(true);
  });

  test('a byte of the body, wherever it is', async () => {
    const dir = copy();
    const database = rawDatabase(dir);
    const read = database.prepare<[], Buffer>(`SELECT body FROM entry WHERE seq = ${SEQ}`).pluck();
    const body = Buffer.from(read.get() ?? '');
    const update = database.prepare(`UPDATE entry SET body = ? WHERE seq = ${SEQ}`);
    expect(body.length).toBeGreaterThan(300);
    for (let at = 0; at < body.length; at += 10) {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] ?? 0) ^ 1;
      update.run(changed);
      const { ok, problems } = await verifyCaseLog({ dir, vkey });
      expect(ok).toBe(false);
      expect(problems.map(({ place }) => place)).toContain('entry 17 column body');
    }
    database.close();
  });

  test('body and leaf changed together, so that they fit: the tree does not', async () => {
    const dir = copy();
    const database = rawDatabase(dir);
    database.exec(
      `UPDATE entry SET body = other.body, leaf = other.leaf FROM (SELECT body, leaf FROM entry WHERE seq = 18) AS other WHERE entry.seq = ${SEQ}`,
    );
    database.close();
    const { problems } = await verifyCaseLog({ dir, vkey });
    expect(problems.map(({ place }) => place)).toEqual(
      expect.arrayContaining([
        'entry 17 column seq',
        'tile level 1 index 0 column hash',
        'head column root',
        'checkpoint 602',
      ]),
    );
  });

  test('several bodies and leaves at once: both are said to be in doubt', async () => {
    const dir = copy();
    mutate(dir, 'entry', 'body');
    const database = rawDatabase(dir);
    database.exec('UPDATE entry SET leaf = zeroblob(32) WHERE seq = 30');
    database.close();
    const { problems } = await verifyCaseLog({ dir, vkey });
    expect(problems.map(({ place }) => place)).toEqual(
      expect.arrayContaining(['entry 17 column body or leaf', 'entry 30 column body or leaf']),
    );
  });

  test('a salt of another length', async () => {
    const dir = copy();
    const database = rawDatabase(dir);
    database.exec(`UPDATE pii SET salt = x'00' WHERE ${WHERE.pii}`);
    database.close();
    const { problems } = await verifyCaseLog({ dir, vkey });
    expect(problems).toEqual([{ place: 'pii 17 user column salt', detail: 'It does not have 32 bytes.' }]);
  });

  test('a missing tile', async () => {
    const dir = copy();
    const database = rawDatabase(dir);
    database.exec('DELETE FROM tile WHERE idx = 0');
    database.close();
    const { problems } = await verifyCaseLog({ dir, vkey });
    expect(problems.map(({ place }) => place)).toEqual(['tile level 1 index 0']);
  });
});

describe('what the auditor page shows', () => {
  test.each<[string, string, string | undefined]>([
    ['a sound log', 'SELECT 1', undefined],
    [
      'a changed body',
      "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'chest', 'breast') AS BLOB) WHERE seq = 17",
      'entry 17 column leaf',
    ],
    ['a missing entry', 'DELETE FROM entry WHERE seq = 17', 'entry 17: it is missing'],
    ['missing entries at the end', 'DELETE FROM entry WHERE seq > 590', 'entry 591: it is missing'],
    [
      'a changed checkpoint',
      "UPDATE checkpoint SET note = replace(note, '602', '601') WHERE size = 602",
      'checkpoint 602 column note',
    ],
    [
      'entries that were not signed',
      'UPDATE entry SET body = o.body, leaf = o.leaf FROM (SELECT body, leaf FROM entry WHERE seq = 18) AS o WHERE entry.seq = 17',
      'do not have the root that was signed',
    ],
  ])('%s', async (_name, sql, problem) => {
    const dir = copy();
    const database = rawDatabase(dir);
    database.exec(sql);
    database.close();
    const reader = openCaseLogReadOnly({ dir });
    const shown = await reader.verification();
    expect(shown.verifiedSize).toBe(problem === undefined ? 602 : 0);
    if (problem === undefined) expect(shown.problem).toBeUndefined();
    else expect(shown.problem).toContain(problem);
    // It stays said.
    expect(await reader.verification()).toEqual(shown);
    reader.close();
  });

  test('a damaged entry cannot be shown, and says what to do', async () => {
    const dir = copy();
    mutate(dir, 'entry', 'body');
    const database = rawDatabase(dir);
    database.exec(`UPDATE entry SET body = x'7b' WHERE seq = ${SEQ}`);
    database.close();
    const reader = openCaseLogReadOnly({ dir });
    await expect(reader.entries({ caseId: caseId(SEQ - 1), limit: 1 })).rejects.toMatchObject({
      code: 'case-log-unavailable',
      detail: expect.stringContaining('Entry 17'),
    });
    reader.close();
    await expect(reader.entries({ limit: 1 })).rejects.toMatchObject({ code: 'case-log-unavailable' });
    await expect(reader.verification()).rejects.toMatchObject({ code: 'case-log-unavailable' });
  });

  test('a log without checkpoints has nothing verified', async () => {
    const dir = copy();
    const database = rawDatabase(dir);
    database.exec('DELETE FROM checkpoint');
    database.close();
    const reader = openCaseLogReadOnly({ dir });
    expect(await reader.verification()).toEqual({ verifiedSize: 0, size: 602 });
    reader.close();
  });
});
