import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import { draft, makeLog, openLog, rawDatabase, temporaryFolder } from './case-log-kit.ts';

const folder = temporaryFolder();

describe('guards in the tables', () => {
  const insert = 'entry (seq, id, kind, case_id, wall_us, body, leaf)';
  test.each([
    ["UPDATE entry SET kind = 'x'"],
    ['DELETE FROM entry'],
    [`INSERT OR REPLACE INTO ${insert} VALUES (0, 'other', 'x', NULL, 0, x'00', x'00')`],
    [`INSERT OR REPLACE INTO ${insert} SELECT 99, id, 'x', NULL, 0, x'00', x'00' FROM entry WHERE seq = 0`],
    ["UPDATE checkpoint SET note = 'x'"],
    ['DELETE FROM checkpoint'],
    ["INSERT OR REPLACE INTO checkpoint (size, note) VALUES (0, 'x')"],
    ["UPDATE pii SET value = 'x'"],
    [
      "INSERT OR REPLACE INTO pii (seq, label, value, salt, retain_class) SELECT seq, label, 'x', salt, retain_class FROM pii",
    ],
    ["UPDATE tile SET hash = x'00'"],
    ['DELETE FROM tile'],
    ["INSERT OR REPLACE INTO tile (level, idx, hash) VALUES (1, 0, x'00')"],
    ['UPDATE head SET size = 0'],
    ['UPDATE head SET epoch = 0'],
    ['DELETE FROM head'],
    ["INSERT INTO head (size, root, epoch) VALUES (0, x'00', 0)"],
  ])('refused, even on a connection without recursive triggers: %s', (sql) => {
    const database = rawDatabase(guarded, 'with guards');
    database.pragma('recursive_triggers = OFF');
    expect(() => database.exec(sql)).toThrow(/is append-only/);
    database.close();
  });

  let guarded = '';
  beforeAll(async () => {
    guarded = folder();
    makeLog(guarded);
    const { log } = await openLog({ dir: guarded });
    await Promise.all(Array.from({ length: 260 }, (_, index) => log.append(draft(`e${index}`))));
    await log.close();
  });

  test('personal values can be erased', async () => {
    const database = rawDatabase(guarded, 'with guards');
    expect(database.prepare('DELETE FROM pii WHERE seq = 1').run().changes).toBe(2);
    database.close();
    expect(await verifyCaseLog({ dir: guarded })).toMatchObject({ ok: true, problems: [] });
  });
});
