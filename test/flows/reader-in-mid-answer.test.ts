import type { StudyReader } from '../../src/domain/principal.ts';
import { judgeStoredResults } from '../../src/flows/judge-stored-results.ts';
import { createMarkedHouse, MARKED_STUDY } from '../fakes/marked-study.ts';
import { NOW } from '../fakes/register-builder.ts';
import { seriesUid, sopInstanceUid } from '../fakes/uids.ts';

const result = {
  seriesInstanceUid: seriesUid('9.7.1'),
  sopInstanceUid: sopInstanceUid('9.8.1.0'),
  grade: 'probable',
} as const;
const settled = () => new Promise((resolve) => setImmediate(resolve));

test.each([
  ['is said to be AI’s after all', 'ai-unknown', true],
  ['is said to be no AI’s once more', 'not-ai', false],
] as const)('what %s in the midst of an AI endpoint’s answer', async (_name, verdict, isLocked) => {
  const house = createMarkedHouse([{ kind: 'probable, no AI’s', series: 1 }]);
  const at = { ms: 0 };
  const clock = { nowMs: () => NOW + at.ms, monotonicMs: () => at.ms };
  const caller: StudyReader = {
    kind: 'study-reader',
    studyInstanceUid: MARKED_STUDY,
    caseId: 'c-1',
    expiresAt: NOW + 60_000,
  };
  const look = { caller, study: MARKED_STUDY, requestId: 'r' };
  const deps = { ...house.deps, clock };
  const judge = await judgeStoredResults(deps, look, [result], new AbortController().signal);
  expect(judge.lockedNow().size).toBe(0);
  house.said.say(result.sopInstanceUid, { verdict });
  for (at.ms of [250, 500, 750]) {
    judge.lockedNow();
    await settled();
  }
  expect(judge.lockedNow().has(result.sopInstanceUid)).toBe(isLocked);
});
