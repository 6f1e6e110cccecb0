import type { SaidOfResult } from '../../src/domain/result-verdict.ts';
import { createClassifyHouse, OBJECT, OTHER_RC, pacsWith } from '../fakes/classify-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRegister, MODEL, NOW, RADIOLOGIST, VERSION, versionString } from '../fakes/register-builder.ts';
import { seriesUid, sopInstanceUid } from '../fakes/uids.ts';

const NOT_AI: SaidOfResult = { verdict: 'not-ai' };
const UNKNOWN: SaidOfResult = { verdict: 'ai-unknown' };
const OF: SaidOfResult = { verdict: 'ai-of', model: MODEL, version: VERSION };

test.each([
  ['no AI made it', NOT_AI],
  ['a version of the register', OF],
  ['AI of a version that nobody knows', UNKNOWN],
] as const)(
  'what an RC-AI with a card says is on record, and in force as the record has it: %s',
  async (_name, said) => {
    const house = createClassifyHouse();
    const kept = await house.say('rc', said, { reason: 'Drawn by hand' });
    const [entry, ...others] = house.caseLog.all();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      kind: 'result.classified',
      facts: {
        classified: { verdict: said.verdict, reason: 'Drawn by hand' },
        decision: { result: 'permit', at: NOW },
      },
      personal: {
        user: RADIOLOGIST,
        studyUid: OBJECT.study,
        seriesUid: OBJECT.series,
        resultSop: OBJECT.sopInstanceUid,
      },
    });
    expect(kept).toEqual({
      ...OBJECT,
      entry: entry?.id,
      seq: 0,
      said,
      reason: 'Drawn by hand',
      practitioner: RADIOLOGIST,
      saidAt: NOW,
    });
    expect(await house.classifications.standingOf([OBJECT.sopInstanceUid])).toEqual([kept]);
  },
);

test.each([
  ['operator', ['function-not-in-duty']],
  ['cardless', ['assurance-too-low']],
])('%s says nothing, and nobody is asked', async (token, codes) => {
  const house = createClassifyHouse([{ objectsOf: () => Promise.reject(new Error('asked')) }]);
  const fault = await faultOf(house.say(token, NOT_AI));
  expect([fault.code, fault.reasons.map(({ code }) => code)]).toEqual(['not-permitted', codes]);
  expect(house.caseLog.all()).toEqual([]);
});

test('a token for images opens nothing here', async () => {
  expect((await faultOf(createClassifyHouse().say('images', NOT_AI))).code).toBe('scope-missing');
});

test.each([
  ['the credential', NOT_AI, { evidence: [] }, 'not-permitted'],
  ['their place in the register', UNKNOWN, { practitioners: [] }, 'not-permitted'],
  ['the version that they name', OF, { modelVersions: [] }, 'bad-request'],
] as const)('who loses %s while the PACS thinks says nothing', async (_name, said, lost, code) => {
  const inner = pacsWith(['probable']);
  const house = createClassifyHouse([
    {
      objectsOf: async (...asked) => {
        house.changeRegister(aRegister({ ...house.records, ...lost }));
        return await inner.objectsOf(...asked);
      },
    },
  ]);
  expect((await faultOf(house.say('rc', said))).code).toBe(code);
  expect(house.caseLog.all()).toEqual([]);
});

test('a version that the register does not have made nothing', async () => {
  const fault = await faultOf(createClassifyHouse().say('rc', { ...OF, version: versionString('9.9') }));
  expect(fault.code).toBe('bad-request');
});

describe('of what is certain nobody says anything', () => {
  test.each([
    ['definite', [pacsWith(['definite'])], 'not-classifiable'],
    ['definite by one of its algorithms', [pacsWith(['probable', 'definite'])], 'not-classifiable'],
    ['definite in another PACS', [pacsWith(['probable']), pacsWith(['definite'])], 'not-classifiable'],
    ['not readable', [pacsWith(['unreadable'])], 'not-classifiable'],
    ['an image', [pacsWith([])], 'not-classifiable'],
    ['of another series', [pacsWith(['probable'], seriesUid('9.9'))], 'not-found'],
    ['nowhere to be found', [], 'not-found'],
    ['in a PACS that is away', [pacsWith(undefined)], 'upstream-timeout'],
    [
      'perhaps in a PACS that is away',
      [pacsWith(['probable'], seriesUid('9.9')), pacsWith(undefined)],
      'upstream-timeout',
    ],
  ] as const)('%s: %#', async (_name, readers, code) => {
    const house = createClassifyHouse([...readers]);
    for (const said of [NOT_AI, UNKNOWN, OF]) expect((await faultOf(house.say('rc', said))).code).toBe(code);
    expect(house.caseLog.all()).toEqual([]);
  });

  test('what an AI machine stored is definite, whatever it says itself; while that cannot be asked nothing is said', async () => {
    const house = createClassifyHouse();
    await house.storedResults.keep({ ...OBJECT, sopClassUid: '1.2', machine: 'ai', keptAt: 1 });
    expect((await faultOf(house.say('rc', NOT_AI))).code).toBe('not-classifiable');
    house.storedResults.goAway();
    expect((await faultOf(house.say('rc', NOT_AI))).code).toBe('register-unavailable');
    expect(house.caseLog.all()).toEqual([]);
  });

  test('it waits for nobody’s word any more', async () => {
    const house = createClassifyHouse([pacsWith([])]);
    await house.waitingResults.keep([{ ...OBJECT, seenAt: 1 }]);
    await faultOf(house.say('rc', NOT_AI));
    expect(await house.list('rc')).toEqual({ results: [] });
  });
});

test('one PACS that is away does not matter where another holds the object', async () => {
  const house = createClassifyHouse([pacsWith(undefined), pacsWith(['probable'])]);
  expect((await house.say('rc', NOT_AI)).said).toEqual(NOT_AI);
});

describe('amending is adding', () => {
  test('the newest word stands, and names the one it takes the place of', async () => {
    const house = createClassifyHouse();
    const first = await house.say('rc', NOT_AI, { ifMatch: '' });
    const second = await house.say('other', UNKNOWN, { ifMatch: first.entry });
    expect(await house.classifications.standingOf([OBJECT.sopInstanceUid])).toEqual([second]);
    expect((await house.read('rc')).history).toEqual([second, first]);
    expect(house.caseLog.all()[1]?.facts.classified).toEqual({ verdict: 'ai-unknown', replaces: 'not-ai' });
  });

  test.each([
    ['without saying which state is meant', undefined, 'precondition-required'],
    ['as if nobody had said anything', '', 'precondition-failed'],
    ['of another state', 'classified-x', 'precondition-failed'],
  ])('%s nothing is amended', async (_name, ifMatch, code) => {
    const house = createClassifyHouse();
    await house.say('rc', NOT_AI);
    const how = ifMatch === undefined ? {} : { ifMatch };
    expect((await faultOf(house.say('other', UNKNOWN, how))).code).toBe(code);
    expect(house.caseLog.all()).toHaveLength(1);
  });

  test('of two who answer the same state at once one is told that the other was first', async () => {
    const house = createClassifyHouse();
    const both = await Promise.allSettled([house.say('rc', NOT_AI), house.say('other', UNKNOWN)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'precondition-failed' },
    });
    expect(house.caseLog.all()).toHaveLength(1);
    const [standing] = await house.classifications.standingOf([OBJECT.sopInstanceUid]);
    expect(standing?.practitioner).toBe(house.caseLog.all()[0]?.personal.user);
  });

  test('sent twice at once, or again after it was cut off, it is said once', async () => {
    const house = createClassifyHouse();
    const said = await Promise.all([house.say('rc', NOT_AI), house.say('rc', NOT_AI)]);
    expect(said[0]).toEqual(said[1]);
    expect(house.caseLog.all()).toHaveLength(1);
  });
});

describe('no record, no word; no row, no loss', () => {
  test('with the case log away nothing is in force', async () => {
    const house = createClassifyHouse();
    house.caseLog.behave('fails');
    expect((await faultOf(house.say('rc', NOT_AI))).code).toBe('case-log-unavailable');
    expect(await house.classifications.standingOf([OBJECT.sopInstanceUid])).toEqual([]);
  });

  test('what is on record and was not confirmed comes into force, though whoever said it was told otherwise', async () => {
    const house = createClassifyHouse();
    house.caseLog.behave('fails-but-written');
    expect((await faultOf(house.say('rc', NOT_AI))).code).toBe('case-log-unavailable');
    expect(await house.classifications.standingOf([OBJECT.sopInstanceUid])).toEqual([]);
    await house.keeper()();
    expect(await house.classifications.standingOf([OBJECT.sopInstanceUid])).toMatchObject([{ said: NOT_AI }]);
  });

  test('with the database away after the record it says so, and a later look at the log keeps it', async () => {
    const house = createClassifyHouse();
    house.caseLog.onNextAppend(() => house.classifications.setAway(true));
    const fault = await faultOf(house.say('rc', NOT_AI));
    expect([fault.code, fault.detail]).toEqual([
      'register-unavailable',
      expect.stringContaining('on record'),
    ]);
    const keep = house.keeper();
    await expect(keep()).rejects.toMatchObject({ code: 'register-unavailable' });
    house.classifications.setAway(false);
    await keep();
    expect(await house.classifications.standingOf([OBJECT.sopInstanceUid])).toMatchObject([
      { said: NOT_AI, seq: 0 },
    ]);
  });

  test('one whose reason holds what no row takes freezes nothing: it stands, is read, and is amended', async () => {
    const house = createClassifyHouse();
    await faultOf(house.say('rc', UNKNOWN, { reason: 'seen\0it' }));
    const [first] = (await house.read('rc')).history;
    expect(first).toMatchObject({ said: UNKNOWN, reason: 'seen\uFFFDit' });
    const second = await house.say('rc', NOT_AI, { ifMatch: first?.entry ?? '' });
    expect(await house.classifications.standingOf([OBJECT.sopInstanceUid])).toEqual([second]);
  });

  test('one whose personal values are erased before it is kept counts for nothing', async () => {
    const house = createClassifyHouse();
    house.caseLog.onNextAppend(() => house.caseLog.erase(0));
    expect((await faultOf(house.say('rc', NOT_AI))).code).toBe('precondition-failed');
    await house.keeper()();
    expect(await house.classifications.standingOf([OBJECT.sopInstanceUid])).toEqual([]);
  });
});

describe('reading', () => {
  test('whoever may see what nobody has named reads what was said, who said it, and what could be', async () => {
    const house = createClassifyHouse();
    await house.say('other', OF);
    const read = await house.read('cardless');
    expect(read.history).toMatchObject([{ said: OF, practitioner: OTHER_RC }]);
    expect(read.reasons.map(({ code }) => code)).toEqual(['assurance-too-low']);
    expect(read.versions).toEqual([{ model: MODEL, version: VERSION, title: 'Lung nodule detector' }]);
    expect(read.names).toEqual({ [OTHER_RC]: 'Dr Rae Radiologist' });
    house.changeRegister(aRegister());
    expect((await house.read('rc')).names).toEqual({});
  });

  test('nobody else does', async () => {
    const house = createClassifyHouse();
    for (const run of [house.read('operator'), house.list('operator')])
      expect((await faultOf(run)).code).toBe('not-permitted');
  });

  test('what waits comes in pages', async () => {
    const house = createClassifyHouse();
    const all = ['1', '2', '3'].map((uid) => ({
      ...OBJECT,
      sopInstanceUid: sopInstanceUid(`1.7.1.${uid}`),
      seenAt: 5,
    }));
    await house.waitingResults.keep(all);
    const first = await house.list('rc');
    expect(first).toEqual({ results: all.slice(0, 2), next: { seenAt: 5, sopInstanceUid: '1.7.1.2' } });
    expect(await house.list('cardless', { after: first.next })).toEqual({ results: all.slice(2) });
    await house.say('rc', NOT_AI);
    expect((await house.list('rc')).results).toEqual(all.slice(1));
  });
});
