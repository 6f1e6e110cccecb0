import { UpstreamFault } from '../../src/domain/errors.ts';
import { createDailyRound } from '../../src/flows/daily-round.ts';
import type { Notice, NoticeBook } from '../../src/flows/ports-due.ts';
import { sendNotices } from '../../src/flows/send-notices.ts';
import { aRegister, currentEvidence, NOW, RADIOLOGIST, shippedPolicy } from '../fakes/register-builder.ts';

const DAY = 86_400_000;
const policy = shippedPolicy();
const never = new AbortController().signal;

/** A book in memory with the real one's rules. */
function memoryBook(): NoticeBook & { readonly sent: Map<string, number> } {
  const sent = new Map<string, number>();
  const keyOf = ({ item, dueAt, notice }: Notice): string => JSON.stringify([item, dueAt, notice]);
  return {
    sent,
    unsent: async (notices) => notices.filter((one) => !sent.has(keyOf(one))),
    noteSent: async (notices, at) => {
      for (const one of notices) if (!sent.has(keyOf(one))) sent.set(keyOf(one), at);
    },
  };
}

/** The gateway's days: what is posted on each. */
function house(evidence = currentEvidence(RADIOLOGIST)) {
  const noticeBook = memoryBook();
  const posted: { id: string; items: readonly { id: string; noticeDays: number }[] }[] = [];
  let fails: UpstreamFault | undefined;
  let now = NOW;
  const register = aRegister({ policy, evidence });
  const deps = {
    register: { snapshot: () => register },
    noticeBook,
    noticeReceiver: {
      post: async ({ id, body }: { id: string; body: string }) => {
        if (fails !== undefined) throw fails;
        posted.push({ id, items: JSON.parse(body).data.items });
      },
    },
    clock: { nowMs: () => now },
    publicUrl: 'https://gateway.example',
    othersTurn: async () => undefined,
  };
  return {
    posted,
    noticeBook,
    fail: (fault: UpstreamFault | undefined) => void (fails = fault),
    on: async (day: number) => {
      now = NOW + day * DAY;
      const before = posted.length;
      await sendNotices(deps, never);
      return posted
        .slice(before)
        .flatMap(({ items }) =>
          items.map(({ id, noticeDays }) => `${id.split('/')[0] ?? ''} ${String(noticeDays)}`),
        );
    },
  };
}

test('each thing once within 90, 30 and 7 days, and once when it is overdue', async () => {
  const { on, posted } = house();
  const days: Record<number, readonly string[]> = {};
  for (let day = 100; day <= 230; day += 1) {
    const said = (await on(day)).filter((text) => text.startsWith('registration'));
    if (said.length > 0) days[day] = said;
  }
  expect(days).toEqual({
    110: ['registration 90'],
    170: ['registration 30'],
    193: ['registration 7'],
    200: ['registration 0'],
  });
  expect(new Set(posted.map(({ id }) => id)).size).toBe(posted.length);
});

test('what comes late is told at the notice it lies within, not at those before', async () => {
  const { on } = house();
  expect((await on(195)).filter((text) => text.startsWith('registration'))).toEqual(['registration 7']);
  expect(await on(195)).toEqual([]);
});

test('a restart tells nothing again', async () => {
  const one = house();
  const first = await one.on(0);
  expect(first.length).toBeGreaterThan(0);
  expect(await one.on(0)).toEqual([]);
});

test('what was not taken is told the next time, under the same id', async () => {
  const one = house();
  one.fail(new UpstreamFault('upstream-unreachable', 'receiver'));
  await expect(one.on(0)).rejects.toThrow(UpstreamFault);
  expect(one.noticeBook.sent.size).toBe(0);
  one.fail(undefined);
  expect((await one.on(0)).length).toBeGreaterThan(0);
});

test('many are told in messages of a hundred, and those that were taken are noted though a later one is not', async () => {
  const approvals = Array.from({ length: 250 }, (_, place) => ({ id: `a${String(place)}` }));
  const register = aRegister({
    policy,
    approvals: approvals.map(({ id }) => ({
      id,
      practitioner: RADIOLOGIST,
      model: `m-${id}` as never,
      version: '1' as never,
      functions: ['detection'],
      mode: 'independent',
      from: NOW - DAY,
      until: NOW + 5 * DAY,
      grantedBy: 'lead',
    })),
    evidence: [],
  });
  const sizes: number[] = [];
  const noticeBook = memoryBook();
  const deps = {
    register: { snapshot: () => register },
    noticeBook,
    noticeReceiver: {
      post: async ({ body }: { body: string }) => {
        if (sizes.length === 2) throw new UpstreamFault('upstream-timeout', 'receiver');
        sizes.push(JSON.parse(body).data.items.length);
      },
    },
    clock: { nowMs: () => NOW },
    publicUrl: 'https://gateway.example',
    othersTurn: async () => undefined,
  };
  await expect(sendNotices(deps, never)).rejects.toThrow(UpstreamFault);
  expect([sizes, noticeBook.sent.size]).toEqual([[100, 100], 200]);
});

describe('once a day', () => {
  function round() {
    let now = 0;
    let fails = false;
    let done = 0;
    const failures: unknown[] = [];
    let hold: Promise<void> | undefined;
    const tick = createDailyRound({
      clock: { monotonicMs: () => now },
      work: async () => {
        done += 1;
        await hold;
        if (fails) throw new Error('away');
      },
      onFailure: (error) => failures.push(error),
    });
    return {
      failures,
      done: () => done,
      at: async (hours: number) => {
        now = hours * 3_600_000;
        await tick();
      },
      fail: (yes: boolean) => void (fails = yes),
      holdUntil: (promise: Promise<void>) => void (hold = promise),
      tick,
    };
  }

  test('at the start, then after a day, however often it is looked', async () => {
    const one = round();
    for (let hour = 0; hour < 49; hour += 1) await one.at(hour);
    expect(one.done()).toBe(3);
  });

  test('again at the next look after a failure, which is told and thrown at nobody', async () => {
    const one = round();
    one.fail(true);
    await one.at(0);
    await one.at(1);
    expect([one.done(), one.failures.length]).toEqual([2, 2]);
    one.fail(false);
    await one.at(2);
    await one.at(3);
    expect([one.done(), one.failures.length]).toEqual([3, 2]);
  });

  test('not while it is being done', async () => {
    const one = round();
    let release = (): void => undefined;
    one.holdUntil(new Promise((resolve) => (release = resolve)));
    const first = one.tick();
    await one.tick();
    expect(one.done()).toBe(1);
    release();
    await first;
  });
});
