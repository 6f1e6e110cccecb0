import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { createFeedTokens } from '../../src/register/feed-tokens.ts';
import { createNoticeBook } from '../../src/register/notice-book.ts';
import { practitionerId } from '../fakes/register-builder.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-due-'));
const ALICE = practitionerId('alice');
const BEN = practitionerId('ben');
let database: GatewayDatabase;
let count = 0;

beforeEach(async () => {
  count += 1;
  database = await openGatewayDatabase(join(folder, `${String(count)}.sqlite`), { create: true });
});
afterEach(() => database.destroy());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('secrets of calendar addresses', () => {
  const tokens = () => createFeedTokens({ database, randomBytes });

  test('one that was made leads to its owner, and is not kept as it is', async () => {
    const token = await tokens().issue(ALICE, 5);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await tokens().ownerOf(token)).toBe(ALICE);
    expect(await tokens().madeAt(ALICE)).toBe(5);
    const rows = await database.selectFrom('feed_token').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test('a new one takes the place of the one before; another person’s is left alone', async () => {
    const [first, bens] = [await tokens().issue(ALICE, 1), await tokens().issue(BEN, 1)];
    const second = await tokens().issue(ALICE, 2);
    expect(await Promise.all([first, second, bens].map((one) => tokens().ownerOf(one)))).toEqual([
      undefined,
      ALICE,
      BEN,
    ]);
    expect(await tokens().madeAt(ALICE)).toBe(2);
  });

  test('revoked it is unknown, and so is everything that is no secret', async () => {
    const token = await tokens().issue(ALICE, 1);
    expect(await tokens().revoke(ALICE)).toBe(true);
    expect(await tokens().revoke(ALICE)).toBe(false);
    expect(await tokens().madeAt(ALICE)).toBeUndefined();
    for (const text of [token, '', 'x', `${token} `, "' or 1=1 --", 'A'.repeat(43)])
      expect(await tokens().ownerOf(text)).toBeUndefined();
  });

  test('it outlives a restart', async () => {
    const token = await tokens().issue(ALICE, 1);
    await database.destroy();
    database = await openGatewayDatabase(join(folder, `${String(count)}.sqlite`));
    expect(await tokens().ownerOf(token)).toBe(ALICE);
  });

  test('the database away -> said as that', async () => {
    const away = tokens();
    await database.destroy();
    await expect(away.issue(ALICE, 1)).rejects.toThrow(RegisterUnavailable);
    await expect(away.ownerOf('A'.repeat(43))).rejects.toThrow(RegisterUnavailable);
    database = await openGatewayDatabase(join(folder, `${String(count)}.sqlite`));
  });
});

describe('which notices have been sent', () => {
  const book = () => createNoticeBook(database);
  const notice = (item: string, dueAt = 9, days = 30) => ({ item, dueAt, notice: days });

  test('each once for its date and notice', async () => {
    const all = [notice('a'), notice('b'), notice('a', 10), notice('a', 9, 7)];
    expect(await book().unsent(all)).toEqual(all);
    await book().noteSent([notice('a')], 1);
    await book().noteSent([notice('a'), notice('b')], 2);
    expect(await book().unsent(all)).toEqual(all.slice(2));
    const rows = await database.selectFrom('notice_sent').selectAll().execute();
    expect(rows.map(({ item, sent_at }) => [item, sent_at])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  test('thousands at once, and none', async () => {
    const many = Array.from({ length: 2_500 }, (_, place) => notice(`item-${String(place)}`));
    await book().noteSent(many.slice(1), 1);
    expect(await book().unsent(many)).toEqual(many.slice(0, 1));
    await book().noteSent([], 1);
    expect(await book().unsent([])).toEqual([]);
  });

  test('the database away -> said as that', async () => {
    const away = book();
    await database.destroy();
    await expect(away.unsent([notice('a')])).rejects.toThrow(RegisterUnavailable);
    await expect(away.noteSent([notice('a')], 1)).rejects.toThrow(RegisterUnavailable);
    database = await openGatewayDatabase(join(folder, `${String(count)}.sqlite`));
  });
});
