import { createDayOf } from '../../src/domain/drift-day.ts';
import { countPage } from '../../src/drift/count-page.ts';
import { createAcceptanceFilter } from '../../src/drift/create-acceptance-filter.ts';
import { createPace } from '../../src/drift/create-pace.ts';
import { createRecordedLog } from '../fakes/recorded-log.ts';

const INTENT = { kind: 'case.intent', facts: { model: { id: 'm', version: '1' }, site: 's' } } as const;
const ENTRIES = 50;
const START = { nextSeq: 0, lastLeaf: '', rules: 'r' };
const PAGES = {
  pageSize: 1_024,
  rules: { dayOf: createDayOf('UTC'), scoreEdges: [] },
  rest: () => Promise.resolve(),
};
/** Entries that a call may have to wait for at most, and the one before them. */
const SLICE = 17;

describe('a page is read and counted in slices', () => {
  test.each([
    { pageSize: 1, counted: 1, rests: 0 },
    { pageSize: 15, counted: 15, rests: 0 },
    { pageSize: 16, counted: 16, rests: 0 },
    { pageSize: 17, counted: 17, rests: 1 },
    { pageSize: 49, counted: 49, rests: 3 },
    { pageSize: 50, counted: 50, rests: 3 },
    { pageSize: 1_024, counted: 50, rests: 3 },
  ])('of $pageSize entries', async ({ pageSize, counted, rests }) => {
    const log = createRecordedLog(...Array.from({ length: ENTRIES }, () => INTENT));
    const spans: number[] = [];
    const state = { rests: 0 };
    const reader = {
      range: (from: number, to: number) => {
        spans.push(to - from);
        return log.range(from, to);
      },
    };
    const rest = async (): Promise<void> => {
      state.rests += 1;
      await Promise.resolve();
    };
    const page = await countPage({ ...PAGES, reader, pageSize, rest }, START, createAcceptanceFilter(log, 0));
    if (page.kind === 'other-log') throw new Error('it is the log that was counted');
    expect(page.next.nextSeq).toBe(counted);
    expect(page.isEnd).toBe(pageSize > ENTRIES);
    expect(page.cells).toMatchObject([{ counter: 'volume', value: counted }]);
    expect(Math.max(...spans)).toBeLessThanOrEqual(SLICE);
    expect(state.rests).toBe(rests);
  });
});

test('what comes before an entry that cannot be read is counted; the next page says so', async () => {
  const log = createRecordedLog(...Array.from({ length: ENTRIES }, () => INTENT));
  log.breakAt(20);
  const filter = createAcceptanceFilter(log, 0);
  const page = await countPage({ ...PAGES, reader: log }, START, filter);
  expect(page).toMatchObject({ kind: 'counted', next: { nextSeq: 16 }, isEnd: false });
  if (page.kind === 'other-log') throw new Error('it is the log that was counted');
  await expect(countPage({ ...PAGES, reader: log }, page.next, filter)).rejects.toThrow();
  log.mend();
  const rest = await countPage({ ...PAGES, reader: log }, page.next, filter);
  expect(rest).toMatchObject({ next: { nextSeq: ENTRIES }, cells: [{ value: ENTRIES - 16 }], isEnd: true });
});

test('a log that was restored between two slices is told as another', async () => {
  const log = createRecordedLog(...Array.from({ length: ENTRIES }, () => INTENT));
  const rest = (): Promise<void> => {
    log.restoreTo(2);
    return Promise.resolve();
  };
  const page = await countPage({ ...PAGES, reader: log, rest }, START, createAcceptanceFilter(log, 0));
  expect(page).toEqual({ kind: 'other-log' });
});

describe('between slices', () => {
  /** The pauses made after slices of so many ms. */
  async function pausesAfter(slices: readonly number[], waits: boolean): Promise<readonly number[]> {
    const pauses: number[] = [];
    let nowMs = 1_000;
    const pace = createPace({
      nowMs: () => nowMs,
      pause: async (ms) => {
        pauses.push(ms);
        nowMs += ms;
        await Promise.resolve();
      },
    });
    const work = async (): Promise<void> => {
      for (const ms of slices) {
        nowMs += ms;
        await pace.rest();
      }
    };
    await (waits ? pace.hurried(work) : work());
    return pauses;
  }

  test('nine times as long goes to others while nobody waits, within bounds', async () => {
    expect(await pausesAfter([2, 5, 400, 1], false)).toEqual([18, 45, 50, 9]);
  });

  test('one turn does while somebody waits', async () => {
    expect(await pausesAfter([2, 10, 400], true)).toEqual([]);
  });

  test('work that was waited for and failed is waited for no longer', async () => {
    const pauses: number[] = [];
    const pace = createPace({ nowMs: () => pauses.length, pause: async (ms) => void pauses.push(ms) });
    await expect(pace.hurried(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await pace.rest();
    expect(pauses).toHaveLength(1);
  });
});
