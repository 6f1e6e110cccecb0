import { aCaseId } from '../fakes/inference-house.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aStudy,
  MODEL,
  NOW,
  RADIOLOGIST,
  VERSION,
} from '../fakes/register-builder.ts';
import { asksFor, aWorkitemDraft, el, parameter } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse, workitemRegister, type WorkitemHouse } from '../fakes/workitem-house.ts';

let house: WorkitemHouse;
beforeEach(() => void (house = createWorkitemHouse()));

test('a workitem is decided like a call: its intent stands in the log before it is kept', async () => {
  const { create } = house.deps.workitems;
  const kinds: (readonly string[])[] = [];
  const watched = {
    ...house.deps.workitems,
    create: async (one: Parameters<typeof create>[0]) => {
      kinds.push(house.kinds());
      await create(one);
    },
  };
  Object.assign(house.deps, { workitems: watched });
  expect(await house.create()).toEqual({ uid: '1.5.1', caseId: aCaseId(1) });
  expect(kinds).toEqual([['case.intent']]);
  expect(house.last()).toMatchObject({
    kind: 'case.intent',
    caseId: aCaseId(1),
    facts: {
      function: 'detection',
      model: { id: MODEL, version: '2.1.0' },
      asked: { input: 'study' },
      decision: { result: 'permit' },
    },
    personal: { user: 'radiographer', studyUid: aStudy().studyInstanceUid },
  });
  const [kept] = house.workitems.all();
  expect(kept).toMatchObject({
    state: 'SCHEDULED',
    creator: 'radiographer',
    caseId: aCaseId(1),
    isCaseEnded: false,
    createdAt: NOW,
    revision: 1,
  });
  expect(kept?.dataset).toMatchObject({
    '00080016': el('UI', '1.2.840.10008.5.1.4.34.6.1'),
    '00080018': el('UI', '1.5.1'),
    '00404010': el('DT', '20260310090000.000+0000'),
  });
  expect(kept?.dataset['00741000']).toBeUndefined();
});

describe('by which protocol its version would be called is no matter', () => {
  const PROTOCOLS = ['oip-v2', 'monai-label', 'openai-chat', 'torchserve'] as const;
  test.each(PROTOCOLS)('%s', async (protocol) => {
    house.setRegister(
      workitemRegister({ modelVersions: [aModelVersion({ endpoints: [aBinding({ protocol })] })] }),
    );
    await house.create();
    expect(house.last()).toMatchObject({ kind: 'case.intent', facts: { decision: { result: 'permit' } } });
    expect(house.last().facts.asked).toEqual({ input: 'study' });
  });

  test('of several functions one is named where a workitem has a place for it', async () => {
    const others = [
      aBinding({ function: 'triage', protocol: 'monai-label' }),
      aBinding({ function: 'quantification', input: 'caller' }),
    ];
    house.setRegister(
      workitemRegister({ modelVersions: [aModelVersion({ endpoints: [aBinding(), ...others] })] }),
    );
    await expect(house.create()).rejects.toMatchObject({
      code: 'bad-request',
      detail: expect.stringMatching(/\(function, 99CSIGN\) .*\(0074,1210\)\. .*detection .*triage/),
    });
    expect(house.kinds()).toEqual([]);
    const draft = aWorkitemDraft({
      '00741210': asksFor(MODEL, VERSION, parameter('function', '99CSIGN', 'detection')),
    });
    await house.create('operator', '1.5.1', draft);
    expect(house.kinds()).toEqual(['case.intent']);
  });
});

test('without a name it gets one', async () => {
  const { uid } = await house.createNameless();
  expect(uid).toMatch(/^2\.25\.\d+$/);
  expect(house.workitems.all().map((one) => one.uid)).toEqual([uid]);
});

describe('refused', () => {
  test.each([
    ['who has no approval', () => workitemRegister({ approvals: [anApproval()] }), 'approval-missing'],
    ['whom the register does not know', () => workitemRegister({ practitioners: [] }), 'identity-unmapped'],
    ['a version that was stopped', stopped, 'stop-use'],
  ])('%s: on record, with its reasons, and no workitem', async (_name, register, code) => {
    house.setRegister(register());
    await expect(house.create()).rejects.toMatchObject({
      code: 'not-permitted',
      caseId: aCaseId(1),
      reasons: expect.arrayContaining([expect.objectContaining({ code })]),
    });
    expect(house.kinds()).toEqual(['case.refused']);
    expect(house.workitems.all()).toEqual([]);
  });

  test('a version that the register does not know is refused on record too', async () => {
    const draft = aWorkitemDraft({ '00741210': asksFor('unknown', '1.0') });
    await expect(house.create('operator', '1.5.1', draft)).rejects.toMatchObject({
      reasons: expect.arrayContaining([expect.objectContaining({ code: 'model-unknown' })]),
    });
    expect(house.kinds()).toEqual(['case.refused']);
  });

  test.each([
    ['ct', 'not-permitted'],
    ['chest-ai', 'not-permitted'],
    ['endpoint', 'not-identified'],
    ['nobody', 'not-identified'],
    ['images', 'scope-missing'],
  ])('%s -> %s, and nothing is written', async (token, code) => {
    await expect(house.create(token)).rejects.toMatchObject({ code });
    expect(house.kinds()).toEqual([]);
    expect(house.workitems.all()).toEqual([]);
  });

  test.each(['emergency', 'unsure', 'stranger'])('%s, by the decision', async (token) => {
    await expect(house.create(token)).rejects.toMatchObject({ code: 'not-permitted' });
    expect(house.kinds()).toEqual(['case.refused']);
  });

  test.each([
    ['that it names', [parameter('function', '99CSIGN', 'record-query')]],
    ['that the version serves alone', []],
  ])('a query over records %s: told where to ask it, before anything is written', async (_name, wanted) => {
    const endpoints = [aBinding({ function: 'record-query' })];
    house.setRegister(workitemRegister({ modelVersions: [aModelVersion({ endpoints })] }));
    const draft = aWorkitemDraft({ '00741210': asksFor(MODEL, VERSION, ...wanted) });
    await expect(house.create('rcai', '1.5.1', draft)).rejects.toMatchObject({
      code: 'bad-request',
      detail: expect.stringMatching(/no place .* whose records .*\/v1\/chat\/completions/),
    });
    expect([house.kinds(), house.workitems.all()]).toEqual([[], []]);
  });

  test('what asks for no version at all', async () => {
    const draft = aWorkitemDraft({ '00741210': el('SQ') });
    await expect(house.create('operator', '1.5.1', draft)).rejects.toMatchObject({ code: 'bad-request' });
    expect(house.kinds()).toEqual([]);
  });
});

function stopped(): ReturnType<typeof workitemRegister> {
  const stop = { id: 'S-1', model: MODEL, from: NOW - 1, reason: 'wrong', by: RADIOLOGIST };
  return workitemRegister({ stopUses: [stop] });
}

test('a name that is taken is told before anything is written', async () => {
  await house.create();
  await expect(house.create()).rejects.toMatchObject({ code: 'conflict' });
  expect(house.kinds()).toEqual(['case.intent']);
});

test('of two that take a name at once, the other’s case is ended', async () => {
  const settled = await Promise.allSettled([house.create(), house.create()]);
  expect(settled.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(house.kinds()).toEqual(['case.intent', 'case.intent', 'case.outcome']);
  expect(house.last()).toMatchObject({ facts: { release: { action: 'withheld' }, err: 'cancelled' } });
  expect(house.workitems.all()).toHaveLength(1);
});

test('without a log there is no workitem', async () => {
  house.log.behave('fails');
  await expect(house.create()).rejects.toMatchObject({ code: 'case-log-unavailable' });
  expect(house.workitems.all()).toEqual([]);
});

test('a PACS that cannot say what the study is refuses it, on record', async () => {
  house.setStudy(new Error('away'));
  await expect(house.create()).rejects.toMatchObject({ code: 'internal', caseId: aCaseId(1) });
  expect(house.kinds()).toEqual(['case.refused']);
});

test('while it is being created its case is no orphan', async () => {
  const { create } = house.deps.workitems;
  const seen: boolean[] = [];
  Object.assign(house.deps, {
    workitems: {
      ...house.deps.workitems,
      create: async (one: Parameters<typeof create>[0]) => {
        seen.push(house.deps.inFlight.has(one.caseId));
        await create(one);
      },
    },
  });
  const { caseId } = await house.create();
  expect([...seen, house.deps.inFlight.has(caseId)]).toEqual([true, false]);
});
