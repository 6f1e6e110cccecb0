import { openCaseLogReadOnly } from '../../../src/caselog/open-case-log-read-only.ts';
import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import { draft, makeLog, openLog, rawDatabase, temporaryFolder } from './case-log-kit.ts';

const folder = temporaryFolder();
/** More than a window of the search, and 500 entries of one person: exactly one page of matches. */
const ENTRIES = 4_500;

describe('a log of some length', () => {
  let dir = '';
  beforeAll(async () => {
    dir = folder();
    makeLog(dir);
    const { log } = await openLog({ dir, limits: { maxWaiting: ENTRIES } });
    const entry = (n: number): ReturnType<typeof draft> =>
      draft(`e${n}`, {
        kind: n === 0 ? 'alarm' : 'case.intent',
        facts: { model: { id: n === 1 ? 'rare' : 'common', version: '1' } },
        personal: { user: n % 9 === 0 ? 'ninth' : 'other' },
      });
    await Promise.all(Array.from({ length: ENTRIES }, (_, n) => log.append(entry(n))));
    await log.close();
  });

  test('what is rare and far back is found, and the event loop goes on meanwhile', async () => {
    const reader = openCaseLogReadOnly({ dir });
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    expect(await reader.entries({ kinds: ['alarm'], limit: 5 })).toMatchObject([{ id: 'e0' }]);
    expect(await reader.entries({ model: 'rare', limit: 5 })).toMatchObject([{ id: 'e1' }]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    reader.close();
  });

  test('all entries of one person, through several pages of matches', async () => {
    const reader = openCaseLogReadOnly({ dir });
    const ninth = await reader.entries({ personal: { label: 'user', value: 'ninth' }, limit: 10_000 });
    expect(ninth.map(({ id }) => id)).toEqual(Array.from({ length: 500 }, (_, n) => `e${(499 - n) * 9}`));
    const other = await reader.entries({ personal: { label: 'user', value: 'other' }, limit: 10_000 });
    expect(other).toHaveLength(4_000);
    reader.close();
  });

  test('is verified in steps, by one run for all who ask', async () => {
    const reader = openCaseLogReadOnly({ dir });
    const [a, b] = await Promise.all([reader.verification(), reader.verification()]);
    expect(a).toMatchObject({ verifiedSize: ENTRIES + 2, size: ENTRIES + 2 });
    expect(b).toBe(a);
    reader.close();
    expect(await verifyCaseLog({ dir })).toMatchObject({ ok: true, size: ENTRIES + 2 });
  });

  test('a head that is gone is no size', async () => {
    const database = rawDatabase(dir);
    database.exec('DELETE FROM head');
    database.close();
    const reader = openCaseLogReadOnly({ dir });
    expect(await reader.verification()).toMatchObject({ verifiedSize: ENTRIES + 2, size: 0 });
    reader.close();
  });
});

test('an empty log has nothing to read, and says what was signed of it', async () => {
  const dir = folder();
  makeLog(dir);
  const reader = openCaseLogReadOnly({ dir });
  expect(await reader.entries({ limit: 5 })).toEqual([]);
  const { verifiedSize, size, checkpoint } = await reader.verification();
  expect([verifiedSize, size]).toEqual([0, 0]);
  expect(checkpoint).toMatch(/^caselog\.test\/1\n0\n/);
  reader.close();
});
