import { replayDecision } from '../../src/domain/replay-decision.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { anApproval, aStudy, MODEL, NOW, RADIOLOGIST } from '../fakes/register-builder.ts';
import { aWorkitemDraft, parameter, asksFor, performed } from '../fakes/workitem-drafts.ts';
import {
  createWorkitemHouse,
  KEY,
  PERFORMER,
  TWIN,
  workitemRegister,
  type WorkitemHouse,
} from '../fakes/workitem-house.ts';

const HOUR = 3_600_000;
let house: WorkitemHouse;
beforeEach(async () => {
  house = createWorkitemHouse();
  await house.create();
});

const stopped = (): ReturnType<typeof workitemRegister> => {
  const stop = { id: 'S-1', model: MODEL, from: NOW - 1, reason: 'wrong', by: RADIOLOGIST };
  return workitemRegister({ stopUses: [stop] });
};
const stopUse = (): void => house.setRegister(stopped());
const claim = (token = PERFORMER, key = KEY) => house.state(token, 'IN PROGRESS', key);
const kept = () => house.workitems.all()[0];
const inconsistent = { code: 'conflict', warning: expect.stringContaining('inconsistent') };

describe('a claim', () => {
  test('is the performer’s of this version, with a key of its own', async () => {
    expect(await claim()).toEqual({});
    expect(kept()).toMatchObject({
      state: 'IN PROGRESS',
      performer: PERFORMER,
      transactionUid: KEY,
      revision: 2,
    });
    expect(house.kinds()).toEqual(['case.intent']);
  });

  test.each(['operator', 'rcai'])('is none of a person’s: %s', async (token) => {
    await expect(claim(token)).rejects.toMatchObject({ code: 'not-permitted' });
    expect(kept()).toMatchObject({ state: 'SCHEDULED' });
  });

  test('is none of a machine’s for another version: it sees no workitem', async () => {
    await expect(claim('other-ai')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('of many at once one gets it, and the others are told that it is taken', async () => {
    const claims = Array.from({ length: 20 }, (_, nth) =>
      claim(nth % 2 === 0 ? PERFORMER : TWIN, `1.77.${String(nth)}`),
    );
    const settled = await Promise.allSettled(claims);
    const refusals = settled.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
    expect(refusals).toHaveLength(19);
    for (const refusal of refusals) expect(refusal).toMatchObject(inconsistent);
    expect(kept()).toMatchObject({ state: 'IN PROGRESS', revision: 2 });
  });

  test('without a key is refused', async () => {
    await expect(house.stateWithoutKey(PERFORMER, 'IN PROGRESS')).rejects.toMatchObject({
      code: 'bad-request',
      warning: 'The Transaction UID is missing.',
    });
  });

  test.each([
    ['the version was stopped', stopUse, 'stop-use'],
    [
      'the approval has ended',
      () => house.setRegister(workitemRegister({ approvals: [anApproval()] })),
      'approval-missing',
    ],
    ['the creator’s session is over', () => house.setNow(NOW + 9 * HOUR), 'login-too-old'],
    [
      'the study is of another site now',
      () => house.setStudy(aStudy({ site: 'elsewhere' })),
      'not-released-at-site',
    ],
  ])('%s meanwhile: refused with the reasons, canceled, and its case ended', async (_name, change, code) => {
    change();
    await expect(claim()).rejects.toMatchObject({
      ...inconsistent,
      caseId: aCaseId(1),
      reasons: expect.arrayContaining([expect.objectContaining({ code })]),
    });
    expect(kept()).toMatchObject({ state: 'CANCELED', isCaseEnded: true });
    expect(JSON.stringify(kept()?.dataset['00741002'])).toContain(code);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(house.last()).toMatchObject({
      id: 'id-1:end',
      facts: { release: { action: 'withheld' }, err: 'cancelled' },
    });
    await expect(claim()).rejects.toMatchObject(inconsistent);
  });

  test('while the PACS or the register is away nothing is claimed, and nothing is lost', async () => {
    house.setStudy(new Error('away'));
    await expect(claim()).rejects.toThrow('away');
    house.setStudy(aStudy());
    house.setRegister(new Error('register away'));
    await expect(claim()).rejects.toThrow('register away');
    house.setRegister(workitemRegister());
    house.workitems.goAway();
    await expect(claim()).rejects.toMatchObject({ code: 'register-unavailable' });
    house.workitems.goAway(false);
    expect(kept()).toMatchObject({ state: 'SCHEDULED', revision: 1 });
    await claim();
  });
});

describe('the end', () => {
  beforeEach(async () => {
    await claim();
  });
  const complete = (token = PERFORMER, key = KEY) => house.state(token, 'COMPLETED', key);

  test('is on record, with what was made', async () => {
    await house.store('1.7.2');
    await house.store('1.7.1');
    await house.update(PERFORMER, performed('1.7.2', '1.7.1'), KEY);
    const counted = house.counts();
    await complete();
    expect(kept()).toMatchObject({ state: 'COMPLETED', isCaseEnded: true, finalAt: NOW });
    expect(house.last()).toMatchObject({
      id: 'id-1:end',
      kind: 'case.outcome',
      caseId: aCaseId(1),
      intent: 'id-1',
      facts: {
        release: { action: 'released', reasons: [] },
        output: { type: 'dicom', digest: expect.stringMatching(/^sha256:/), codes: [] },
      },
      personal: { user: 'radiographer', resultSop: '1.7.1' },
    });
    expect(house.counts()).toBe(counted + 1);
  });

  test.each([
    ['permitted', workitemRegister],
    ['stopped', stopped],
  ])('and what was decided for it is decided again alike: %s', async (_name, register) => {
    await house.update(PERFORMER, performed(), KEY);
    house.setRegister(register());
    await complete();
    const [intent, outcome] = house.log.all();
    if (intent === undefined || outcome === undefined) throw new Error('there are two entries');
    expect(replayDecision(intent, workitemRegister())).toMatchObject({ kind: 'same' });
    expect(replayDecision(outcome, register())).toMatchObject({ kind: 'same' });
  });

  test('without any object is on record too', async () => {
    await house.update(PERFORMER, performed(), KEY);
    await complete();
    expect(house.last().facts.release).toEqual({ action: 'released', reasons: [] });
    expect(house.last().personal.resultSop).toBeUndefined();
  });

  test('asked for again says that it is so already, and writes nothing', async () => {
    await house.update(PERFORMER, performed(), KEY);
    await complete();
    expect(await complete()).toEqual({ warning: 'The UPS is already in the requested state of COMPLETED.' });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });

  test('after a stop-use is withheld, on record', async () => {
    await house.update(PERFORMER, performed(), KEY);
    stopUse();
    await complete();
    expect(kept()).toMatchObject({ state: 'COMPLETED' });
    expect(house.last().facts).toMatchObject({
      release: { action: 'withheld', reasons: ['stop-use'] },
      err: 'withheld',
    });
    expect(house.last().facts.output).toBeUndefined();
  });

  test.each([
    ['nothing was performed', {}],
    ['an object that was never stored', performed('1.7.9')],
    ['an object that another machine stored', performed('1.7.8')],
    ['an object that did not arrive whole', performed('1.7.7')],
    ['an object without a name', performed('')],
    [
      'more objects than are looked at',
      performed(...Array.from({ length: 201 }, (_, nth) => `1.8.${String(nth)}`)),
    ],
  ])('is refused: %s', async (_name, said) => {
    await house.store('1.7.8', TWIN);
    await house.store('1.7.7', PERFORMER, false);
    await house.update(PERFORMER, said, KEY);
    await expect(complete()).rejects.toMatchObject(inconsistent);
    expect(kept()).toMatchObject({ state: 'IN PROGRESS' });
    expect(house.kinds()).toEqual(['case.intent']);
  });

  test('is nobody’s without the key, and of no other machine with it', async () => {
    await house.update(PERFORMER, performed(), KEY);
    await expect(complete(PERFORMER, '1.99')).rejects.toMatchObject({
      warning: 'The Transaction UID is incorrect.',
    });
    await expect(complete(TWIN)).rejects.toMatchObject({ code: 'not-permitted' });
    await expect(house.state(TWIN, 'CANCELED')).rejects.toMatchObject({ code: 'not-permitted' });
    expect(kept()).toMatchObject({ state: 'IN PROGRESS' });
  });

  test('is one: of completing and canceling at once one is on record', async () => {
    await house.update(PERFORMER, performed(), KEY);
    const settled = await Promise.allSettled([complete(), house.state(PERFORMER, 'CANCELED'), complete()]);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    const { state } = kept() ?? {};
    expect(house.last().facts.release?.action).toBe(state === 'COMPLETED' ? 'released' : 'withheld');
  });

  test('that the performer gives up is on record as canceled', async () => {
    await house.state(PERFORMER, 'CANCELED');
    expect(kept()).toMatchObject({ state: 'CANCELED', isCaseEnded: true });
    expect(house.last().facts).toMatchObject({ release: { action: 'withheld' }, err: 'cancelled' });
    expect(await house.state(PERFORMER, 'CANCELED')).toMatchObject({
      warning: expect.stringContaining('CANCELED'),
    });
  });

  test('that cannot be written down stands all the same, and is written by the sweep', async () => {
    await house.update(PERFORMER, performed(), KEY);
    house.log.behave('fails');
    await expect(complete()).rejects.toMatchObject({ code: 'case-log-unavailable' });
    expect(kept()).toMatchObject({ state: 'COMPLETED', isCaseEnded: false });
    await expect(house.sweep()).rejects.toMatchObject({ code: 'case-log-unavailable' });
    house.log.behave('ok');
    expect(await house.sweep()).toEqual({ expired: 0, removed: 0 });
    expect(kept()).toMatchObject({ isCaseEnded: true });
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
  });
});

test('a function is asked for by name', async () => {
  const named = asksFor(MODEL, '2.1.0', parameter('function', '99CSIGN', 'triage'));
  const draft = aWorkitemDraft({ '00741210': named });
  await expect(house.create('operator', '1.5.9', draft)).rejects.toMatchObject({ code: 'not-permitted' });
});
