import { copyFileSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { openLogWriter, type LogWriter } from '../../../src/caselog/log-writer.ts';
import { openWriterFromFiles } from '../../../src/caselog/open-writer-from-files.ts';
import { readSigningKey } from '../../../src/caselog/signing-key.ts';
import { stampEntry } from '../../../src/caselog/stamp-entry.ts';
import { openSqlite } from '../../../src/db/open-sqlite.ts';
import type { EntryDraft } from '../../../src/domain/log-entry.ts';
import { countedBytes, draft, makeLog, manualClock, rawDatabase, temporaryFolder } from './case-log-kit.ts';

const folder = temporaryFolder();
const START: EntryDraft = {
  id: 'node.start',
  kind: 'node.start',
  facts: {},
  personal: {},
  retainClass: 'security',
};
const settings = { node: 'n1', boot: 'b1' };
const deps = { clock: manualClock(), randomBytes: countedBytes() };
const stamp = (given: EntryDraft): ReturnType<typeof stampEntry> => stampEntry(deps, given);
const open = (dir: string): LogWriter => openWriterFromFiles({ dir, ...settings }, stamp(START));
const fault = (kind: string, detail = /./): Error =>
  expect.objectContaining({ name: 'WriterFault', kind, detail: expect.stringMatching(detail) });

/** A log of 300 entries and one full tile, signed and closed. */
function makeFilledLog(): string {
  const dir = folder();
  makeLog(dir);
  const writer = open(dir);
  writer.append(
    Array.from({ length: 299 }, (_, n) => stamp(draft(`e${n}`))),
    false,
  );
  writer.signCheckpoint();
  writer.close();
  return dir;
}

describe('a log that does not hold together is not continued', () => {
  test.each<[string, string, RegExp]>([
    ['no head', 'DELETE FROM head', /newest entry/],
    ['no entries', 'DELETE FROM entry', /newest entry/],
    ['the newest entry missing', 'DELETE FROM entry WHERE seq = 299', /newest entry/],
    ['an entry missing on the right edge', 'DELETE FROM entry WHERE seq = 290', /entry 290 is missing/],
    ['a tile missing', 'DELETE FROM tile', /tile level 1 index 0 is missing/],
    ['a changed tile', 'UPDATE tile SET hash = zeroblob(32)', /does not fit its entries/],
    ['a changed root', 'UPDATE head SET root = zeroblob(32)', /does not fit its entries/],
    ['another format', 'PRAGMA user_version = 2', /format 2/],
  ])('%s', (_name, sql, detail) => {
    const dir = makeFilledLog();
    const database = rawDatabase(dir);
    database.exec(sql);
    database.close();
    expect(() => open(dir)).toThrow(fault('fatal', detail));
  });

  test('an old backup, and another history of the same length', () => {
    const dir = folder();
    const other = folder();
    for (const [at, ids] of [
      [dir, ['a', 'b']],
      [other, ['a', 'c']],
    ] as const) {
      makeLog(at);
      const writer = open(at);
      if (at === dir) copyFileSync(caseLogPaths(dir).database, `${dir}.backup`);
      writer.append(
        ids.map((id) => stamp(draft(id))),
        false,
      );
      writer.signCheckpoint();
      writer.close();
    }
    copyFileSync(caseLogPaths(other).database, caseLogPaths(dir).database);
    expect(() => open(dir)).toThrow(fault('fatal', /does not contain what was signed at size 3/));
    copyFileSync(`${dir}.backup`, caseLogPaths(dir).database);
    expect(() => open(dir)).toThrow(fault('fatal', /old backup/));
  });
});

describe('a clock that steps back', () => {
  test('is marked in the entry, and an entry of its own follows in the same batch', () => {
    const dir = folder();
    makeLog(dir);
    const writer = open(dir);
    const now = stamp(draft('a'));
    const at = (id: string, backUs: number): typeof now => ({
      ...now,
      draft: draft(id),
      wallUs: now.wallUs - backUs,
    });
    const verdicts = writer.append([now, at('b', 1), at('c', 1), at('d', 5), at('e', -10)], false);
    expect(verdicts.map((verdict) => verdict.ok && verdict.receipt.seq)).toEqual([1, 2, 4, 5, 7]);
    writer.close();
    const database = rawDatabase(dir);
    expect(
      database.prepare("SELECT seq, id, wall_us - ? AS wall FROM entry WHERE kind = 'clock'").all(now.wallUs),
    ).toEqual([
      { seq: 3, id: 'clock:2', wall: -1 },
      { seq: 6, id: 'clock:5', wall: -5 },
    ]);
    database.close();
  });
});

describe('a full disk', () => {
  const NO_LIMIT = 4_294_967_294;
  test('frees the ballast for reserved entries, refuses the others, goes on when the ballast can be set aside', () => {
    const dir = folder();
    makeLog(dir);
    const paths = caseLogPaths(dir);
    const database = openSqlite(paths.database);
    const limit = (pages: number): unknown => database.pragma(`max_page_count = ${pages}`);
    const said: string[] = [];
    let room = true;
    const ballast = {
      free: () => {
        said.push('free');
        limit(NO_LIMIT);
      },
      setAside: () => {
        said.push(`set aside: ${room}`);
        return room;
      },
    };
    const signer = readSigningKey(paths.signingKey);
    const parts = { database, signer, highestSigned: paths.highestSigned, ballast, settings };
    const writer = openLogWriter(parts, stamp(START));
    const large = (id: string): ReturnType<typeof stamp> =>
      stamp(draft(id, { facts: { err: 'x'.repeat(50_000) } }));
    expect(said).toEqual(['set aside: true']);

    limit(Number(database.pragma('page_count', { simple: true })));
    room = false;
    expect(() => writer.append([large('a')], false)).toThrow(fault('disk-full'));
    expect(writer.opened().size).toBe(1);
    expect(said).toEqual(['set aside: true', 'free']);
    expect(() => writer.append([large('a')], false)).toThrow(fault('disk-full'));
    expect(writer.append([stamp(draft('last words'))], true)).toMatchObject([
      { ok: true, receipt: { seq: 1 } },
    ]);

    room = true;
    expect(writer.append([large('a')], false)).toMatchObject([{ ok: true, receipt: { seq: 2 } }]);
    expect(writer.append([large('b')], false)).toMatchObject([{ ok: true, receipt: { seq: 3 } }]);
    expect(said.slice(2)).toEqual(['set aside: false', 'free', 'set aside: true']);
    writer.close();
  });
});
