import { judgeStoredResults, type StoredResultsJudge } from '../../src/flows/judge-stored-results.ts';
import { parseCaseId } from '../../src/domain/identifiers.ts';
import { askDoor } from '../fakes/every-door.ts';
import {
  createMarkedHouse,
  MARKED_STUDY,
  uidsIn,
  type KindName,
  type MarkedHouse,
} from '../fakes/marked-study.ts';
import {
  aPrincipal,
  aRegister,
  MODEL,
  NOW,
  RADIOLOGIST,
  shippedPolicy,
  VERSION,
} from '../fakes/register-builder.ts';
import { seriesUid, sopInstanceUid } from '../fakes/uids.ts';

const PATH = `studies/${MARKED_STUDY}`;
const ADDRESSES = [PATH, `${PATH}/metadata`, `${PATH}/instances`, 'instances'];
const never = new AbortController().signal;
const NAMED = { verdict: 'ai-of', model: MODEL, version: VERSION } as const;

const houseOf = (...kinds: readonly KindName[]): MarkedHouse =>
  createMarkedHouse(kinds.map((kind, at) => ({ kind, series: at + 1 })));
const seen = async (house: MarkedHouse, address: string, token = 'alice'): Promise<readonly string[]> =>
  uidsIn((await askDoor(house, address, token)).body);

test('what is certain costs no question, whatever the door', async () => {
  const house = houseOf('plain', 'capture', 'unlocked', 'locked', 'stored', 'stored capture');
  for (const address of [...ADDRESSES, 'studies', 'series', house.objects[0]?.path ?? ''])
    await seen(house, address);
  expect(house.said.asked).toEqual([]);
  expect(house.said.noted).toEqual([]);
});

test('what is in doubt is asked for once for an answer, and noted where it waits for a word', async () => {
  const house = houseOf('plain', 'probable', 'probable, no AI’s', 'probable, of no known version');
  await seen(house, PATH);
  expect(house.said.asked).toEqual([['9.8.2.1', '9.8.3.2', '9.8.4.3']]);
  expect(house.said.noted).toEqual([{ study: MARKED_STUDY, series: '9.7.2', sopInstanceUid: '9.8.2.1' }]);
});

test('with a register that cannot be read nothing is noted, and all of it is locked', async () => {
  const house = houseOf('plain', 'probable');
  const register = {
    snapshot: () => {
      throw new Error('away');
    },
  };
  const deps = { ...house.deps, register };
  expect(await seen({ ...house, deps }, PATH)).toEqual(['9.8.1.0']);
  expect(house.said.noted).toEqual([]);
});

describe('while what was said cannot be read', () => {
  test.each(['locked', 'shown'] as const)(
    'images pass, and what is in doubt is locked, by a policy that says “%s”',
    async (probableResults) => {
      const house = houseOf('plain', 'probable, no AI’s', 'probable', 'unlocked');
      house.changeRegister(aRegister({ policy: { ...shippedPolicy(), probableResults } }));
      house.said.goAway();
      for (const address of ADDRESSES)
        expect([address, await seen(house, address)]).toEqual([address, ['9.8.1.0', '9.8.4.3']]);
      const told = await askDoor(house, house.objects[1]?.path ?? '', 'alice');
      expect(told).toMatchObject({ body: '', refusal: 'not-permitted' });
    },
  );
});

test('lists count what no AI made for everybody, and what nobody has named for whom it is shown', async () => {
  const house = houseOf('plain', 'probable, no AI’s', 'probable', 'probable, of another version');
  const numbers = async (token: string): Promise<unknown> => {
    const [study] = JSON.parse((await askDoor(house, 'studies', token)).body);
    return ['00201206', '00201208', '00080061'].map((tag) => study[tag].Value);
  };
  expect(await numbers('alice')).toEqual([[3], [3], ['CT', 'SEG']]);
  expect(await numbers('stranger')).toEqual([[2], [2], ['CT', 'SEG']]);
});

test('an AI endpoint reads what no AI made, and nothing else that was ever in doubt', async () => {
  const house = houseOf('plain', 'probable', 'probable, no AI’s', 'probable, of a version');
  const caseId = parseCaseId('c-00000000-0000-4000-8000-000000000001') ?? '';
  const endpoint = {
    kind: 'study-reader',
    studyInstanceUid: MARKED_STUDY,
    caseId,
    expiresAt: NOW + 1,
  } as const;
  const identity = { verifyEvidence: async () => endpoint };
  expect(await seen({ ...house, deps: { ...house.deps, identity } }, PATH)).toEqual(['9.8.1.0', '9.8.3.2']);
});

describe('a Responsible Clinician for AI who sees what nobody has named', () => {
  test('is on record before, once for a session and study, with no version and no case', async () => {
    const house = houseOf('plain', 'probable', 'probable');
    for (const address of [PATH, PATH, `${PATH}/metadata`]) await seen(house, address);
    const [entry, ...others] = house.caseLog.all();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      kind: 'study.accessed',
      facts: { access: { reader: 'person', at: NOW, session: aPrincipal().sessionRef, unnamedResult: true } },
      personal: {
        studyUid: MARKED_STUDY,
        resultSop: expect.stringMatching(/^9[.]8[.][23]/),
        user: RADIOLOGIST,
        subject: RADIOLOGIST,
      },
    });
    expect(entry).not.toHaveProperty('caseId');
    expect(entry?.facts).not.toHaveProperty('model');
    await seen(house, PATH, 'alice-again');
    expect(house.caseLog.all()).toHaveLength(2);
  });

  test('sees nothing of it while it cannot be put on record; images pass', async () => {
    const house = houseOf('plain', 'probable');
    house.caseLog.behave('fails');
    expect(await seen(house, PATH)).toEqual(['9.8.1.0']);
    expect((await askDoor(house, house.objects[1]?.path ?? '', 'alice')).refusal).toBe(
      'case-log-unavailable',
    );
  });
});

describe('in the midst of an answer', () => {
  const result = {
    seriesInstanceUid: seriesUid('9.7.1'),
    sopInstanceUid: sopInstanceUid('9.8.1.0'),
    grade: 'probable',
  } as const;
  const begin = async (house: MarkedHouse, at: { ms: number }): Promise<StoredResultsJudge> => {
    const clock = { nowMs: () => NOW + at.ms, monotonicMs: () => at.ms };
    const look = { caller: aPrincipal(), study: MARKED_STUDY, requestId: 'r' };
    return await judgeStoredResults({ ...house.deps, clock }, look, [result], never);
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test.each([
    [
      'AI made it after all',
      (house: MarkedHouse) => house.said.say(result.sopInstanceUid, { verdict: 'ai-unknown' }),
    ],
    [
      'a version made it that is unlocked, and is not on record as seen',
      (house: MarkedHouse) => house.said.say(result.sopInstanceUid, NAMED),
    ],
    ['it cannot be read any more', (house: MarkedHouse) => house.said.goAway()],
  ])('%s: within a second nothing of it leaves any more', async (_name, happens) => {
    const house = houseOf('probable, no AI’s');
    const at = { ms: 0 };
    const judge = await begin(house, at);
    expect(judge.lockedNow().size).toBe(0);
    happens(house);
    for (at.ms of [249, 499]) {
      expect([at.ms, judge.lockedNow().size]).toEqual([at.ms, 0]);
      await settled();
    }
    at.ms = 750;
    expect([...judge.lockedNow()]).toEqual([result.sopInstanceUid]);
  });

  test('what opens does not open in that answer: it has no record', async () => {
    const house = houseOf('probable, of another version');
    const at = { ms: 0 };
    const judge = await begin(house, at);
    house.said.say(result.sopInstanceUid, { verdict: 'not-ai' });
    for (at.ms of [250, 500, 750, 1_000]) {
      expect(judge.lockedNow().size).toBe(1);
      await settled();
    }
    expect((await begin(house, at)).lockedNow().size).toBe(0);
  });

  test('a word that is older than a second counts for nothing until it is read again, and it is read at once', async () => {
    const house = houseOf('probable, no AI’s');
    const at = { ms: 0 };
    const judge = await begin(house, at);
    house.said.say(result.sopInstanceUid, { verdict: 'ai-unknown' });
    at.ms = 60_000;
    expect([...judge.lockedNow()]).toEqual([result.sopInstanceUid]);
    await settled();
    at.ms = 60_250;
    expect([...judge.lockedNow()]).toEqual([result.sopInstanceUid]);
  });

  test('one that still stands opens the object again as soon as it is read', async () => {
    const house = houseOf('probable, no AI’s');
    const at = { ms: 0 };
    const judge = await begin(house, at);
    at.ms = 60_000;
    expect(judge.lockedNow().size).toBe(1);
    await settled();
    at.ms = 60_250;
    expect(judge.lockedNow().size).toBe(0);
    at.ms = 120_000;
    await judge.readAnew?.();
    expect(judge.lockedNow().size).toBe(0);
  });

  test('words are as old as the question, not as the answer to it', async () => {
    const house = houseOf('probable, no AI’s');
    const at = { ms: 0 };
    const words = {
      of: async (uids: Parameters<typeof house.said.words.of>[0]) => {
        const standing = await house.said.words.of(uids);
        at.ms += 1_000;
        return standing;
      },
    };
    const judge = await begin({ ...house, deps: { ...house.deps, words } }, at);
    expect([...judge.lockedNow()]).toEqual([result.sopInstanceUid]);
  });

  test('however often it is asked it reads at most four times a second', async () => {
    const house = houseOf('probable');
    const at = { ms: 0 };
    const judge = await begin(house, at);
    for (; at.ms < 1_000; at.ms += 10) {
      judge.lockedNow();
      await settled();
    }
    expect(house.said.asked.length).toBeLessThanOrEqual(5);
  });
});
