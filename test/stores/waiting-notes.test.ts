import type { ResultObject } from '../../src/domain/result-verdict.ts';
import type { WaitingResult } from '../../src/flows/ports-classify.ts';
import { createWaitingNotes } from '../../src/register/waiting-results.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';

const object = ({ study, series, sopInstanceUid: uid }: ResultObject): ResultObject => ({
  study,
  series,
  sopInstanceUid: uid,
});
const one = object({
  study: studyUid('1.7'),
  series: seriesUid('1.7.1'),
  sopInstanceUid: sopInstanceUid('1.1'),
});
const other = { ...one, sopInstanceUid: sopInstanceUid('1.2') };

describe('notes of what waits', () => {
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test('each is kept once for as long as this node remembers it, with when it was seen', async () => {
    const kept: unknown[] = [];
    const keep = async (results: readonly WaitingResult[]): Promise<readonly string[]> => {
      kept.push(...results);
      return [];
    };
    const notes = createWaitingNotes({ waiting: { keep }, nowMs: () => 7, maxKnown: 1 });
    for (const results of [[one, one], [one], [], [other], [one]]) {
      notes.note(results);
      await settled();
    }
    expect(kept).toEqual([one, other, one].map((each) => ({ ...each, seenAt: 7 })));
  });

  test('what comes while one is written, or could not be written, is told of again', async () => {
    const first = Promise.withResolvers<undefined>();
    const kept: string[] = [];
    const keep = async (results: readonly WaitingResult[]): Promise<readonly string[]> => {
      kept.push(results.map(({ sopInstanceUid: uid }): string => uid).join(' '));
      if (kept.length === 1) await first.promise;
      return [];
    };
    const notes = createWaitingNotes({ waiting: { keep }, nowMs: () => 7, maxKnown: 9 });
    notes.note([one]);
    notes.note([other]);
    first.reject(new Error('away'));
    await settled();
    notes.note([one, other]);
    await settled();
    expect(kept).toEqual(['1.1', '1.1 1.2']);
  });

  test('what has left the list, was moved, or was told of ten minutes ago is told of again', async () => {
    let now = 0;
    const kept: unknown[] = [];
    const leaving = [[], [other.sopInstanceUid], [], [], []];
    const keep = async (results: readonly WaitingResult[]): Promise<readonly string[]> =>
      leaving[kept.push(results.map((result) => object(result))) - 1] ?? [];
    const notes = createWaitingNotes({ waiting: { keep }, nowMs: () => now, maxKnown: 9 });
    const moved = { ...one, study: studyUid('1.8') };
    const looks = [[other], [one], [one], [other], [moved], [moved]];
    for (const results of looks) {
      notes.note(results);
      await settled();
    }
    expect(kept).toEqual([[other], [one], [other], [moved]]);
    now = 600_000;
    notes.note([moved]);
    await settled();
    expect(kept.slice(4)).toEqual([[moved]]);
  });
});
