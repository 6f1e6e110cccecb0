import type { SaidOfResult } from '../../src/domain/result-verdict.ts';
import { createWordsIndex } from '../../src/register/words-index.ts';
import { createClassifyHouse, OBJECT, pacsWith } from '../fakes/classify-house.ts';
import { askDoor } from '../fakes/every-door.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createMarkedHouse, MARKED_STUDY, uidsIn } from '../fakes/marked-study.ts';
import { createMemoryClassifications } from '../fakes/memory-classifications.ts';
import { aRegister, NOW, RADIOLOGIST, shippedPolicy } from '../fakes/register-builder.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';

const PATH = `studies/${MARKED_STUDY}`;
const UNKNOWN: SaidOfResult = { verdict: 'ai-unknown' };
const NOT_AI: SaidOfResult = { verdict: 'not-ai' };

/** What somebody sees, by every address, of an image and an object in doubt of which this was said while it was in another study. */
async function seenAfterMove(
  said: SaidOfResult,
  probableResults: 'locked' | 'shown',
  token: string,
): Promise<unknown> {
  const house = createMarkedHouse([
    { kind: 'plain', series: 1 },
    { kind: 'probable', series: 2 },
  ]);
  house.changeRegister(aRegister({ policy: { ...shippedPolicy(), probableResults } }));
  const classifications = createMemoryClassifications();
  await classifications.keep({
    entry: 'classified-a',
    seq: 3,
    study: studyUid('9.6.7'),
    series: seriesUid('9.7.77'),
    sopInstanceUid: sopInstanceUid('9.8.2.1'),
    said,
    practitioner: RADIOLOGIST,
    saidAt: NOW,
  });
  const words = createWordsIndex(classifications, { monotonicMs: () => 0, patienceMs: 20_000 });
  const deps = { ...house.deps, words };
  const seen = [];
  for (const address of [PATH, `${PATH}/metadata`, `${PATH}/instances`, 'instances'])
    seen.push(uidsIn((await askDoor({ deps }, address, token)).body).join(' '));
  return [...new Set(seen)];
}

describe('a word is about the object, wherever the PACS has moved it', () => {
  test.each([
    { said: UNKNOWN, policy: 'shown', token: 'stranger', sees: '9.8.1.0' },
    { said: UNKNOWN, policy: 'locked', token: 'stranger', sees: '9.8.1.0' },
    { said: UNKNOWN, policy: 'shown', token: 'alice', sees: '9.8.1.0 9.8.2.1' },
    { said: NOT_AI, policy: 'locked', token: 'stranger', sees: '9.8.1.0 9.8.2.1' },
  ] as const)(
    '$said.verdict, by a policy that says “$policy”: $token sees $sees',
    async ({ said, policy, token, sees }) => {
      expect(await seenAfterMove(said, policy, token)).toEqual([sees]);
    },
  );

  test('it is read and amended where the object is now, and the object waits for nobody there', async () => {
    const readers = [pacsWith(['probable'])];
    const house = createClassifyHouse(readers);
    const first = await house.say('rc', UNKNOWN);
    const moved = { ...OBJECT, study: studyUid('1.8'), series: seriesUid('1.8.1') };
    readers[0] = pacsWith(['probable'], moved.series);
    await house.waitingResults.keep([{ ...moved, seenAt: 1 }]);
    expect(await house.list('rc')).toEqual({ results: [] });
    expect((await house.read('rc', moved)).history).toEqual([first]);
    expect((await faultOf(house.say('other', NOT_AI, { object: moved }))).code).toBe('precondition-required');
    const second = await house.say('other', NOT_AI, { object: moved, ifMatch: first.entry });
    expect(second).toMatchObject({ ...moved, said: NOT_AI });
    for (const object of [OBJECT, moved])
      expect((await house.read('rc', object)).history).toEqual([second, first]);
  });
});
