import type { EntryDraft } from '../../src/domain/log-entry.ts';
import type { Workitem } from '../../src/domain/workitem.ts';
import {
  aModelVersion,
  aPrincipal,
  aStudy,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  VERSION,
} from '../fakes/register-builder.ts';
import { CASE, intentOn, kindsIn, refusedOf, resultFile } from '../fakes/result-files.ts';
import { createStoreHouse, runStore } from '../fakes/store-house.ts';
import { STORED_STUDY } from '../fakes/stored-files.ts';
import { sopInstanceUid, studyUid } from '../fakes/uids.ts';

const ONE = '1.77.1';
const TWO = '1.77.2';

describe('the case that the sender names', () => {
  const named = { 'case-id': CASE };

  test('takes the results in, also after it was released', async () => {
    const house = createStoreHouse();
    await house.caseLog.append(intentOn());
    await refusedOf(house, [resultFile(ONE)], named);
    await house.caseLog.append(
      intentOn(STORED_STUDY, {
        id: 'end',
        kind: 'case.outcome',
        intent: 'intent-1',
        facts: { release: { action: 'released', reasons: [] } },
      }),
    );
    expect(await refusedOf(house, [resultFile(TWO)], named)).toEqual({});
    expect(kindsIn(house)).toEqual(['case.intent', 'delivery', 'case.outcome', 'delivery']);
    expect(new Set(house.caseLog.all().map((entry) => entry.caseId))).toEqual(new Set([CASE]));
  });

  test.each<[string, readonly EntryDraft[]]>([
    ['that nobody opened', []],
    ['of another study', [intentOn('1.5')]],
    ['of another version', [intentOn(STORED_STUDY, { facts: { model: { id: MODEL, version: '1.0.0' } } })]],
    ['of another model', [intentOn(STORED_STUDY, { facts: { model: { id: 'other', version: VERSION } } })]],
    ['that was refused', [intentOn(STORED_STUDY, { kind: 'case.refused' })]],
    ['that was closed as never finished', [intentOn(), ending('case.orphan')]],
    ['whose result was withheld', [intentOn(), ending('case.outcome', 'withheld')]],
    ['whose result was held back at last', [intentOn(), ending('case.release', 'withheld')]],
  ])('one %s takes nothing in', async (_name, entries) => {
    const house = createStoreHouse();
    for (const entry of entries) await house.caseLog.append(entry);
    expect(await refusedOf(house, [resultFile(ONE), resultFile(TWO)], named)).toEqual({
      'not-authorised': 2,
    });
    expect(house.sent).toEqual([]);
    expect(await house.storedResults.find(sopInstanceUid(ONE))).toBeUndefined();
  });

  test.each<[string, Workitem, boolean]>([
    ['that nobody has claimed is', unclaimed(), true],
    ['that it holds itself is', aWorkitem({}), true],
    ['that another machine holds is not', aWorkitem({ performer: 'other' }), false],
    ['that another has done is not', aWorkitem({ performer: 'other', state: 'COMPLETED' }), false],
  ])('one of a workitem %s taken for its own', async (_name, workitem, isTaken) => {
    const house = createStoreHouse();
    await house.caseLog.append(intentOn());
    await house.workitems.create(workitem);
    const before = house.workitems.all();
    expect(await refusedOf(house, [resultFile(ONE)], named)).toEqual(isTaken ? {} : { 'not-authorised': 1 });
    expect(kindsIn(house)).toEqual(isTaken ? ['case.intent', 'delivery'] : ['case.intent']);
    expect(house.sent.length).toBe(isTaken ? 1 : 0);
    // Whoever holds it is unaffected: their own results go into it.
    expect(house.workitems.all()).toEqual(before);
  });

  test('the workitems cannot be asked -> nothing is taken in', async () => {
    const house = createStoreHouse();
    await house.caseLog.append(intentOn());
    house.workitems.goAway();
    await expect(refusedOf(house, [resultFile(ONE)], named)).rejects.toMatchObject({
      code: 'register-unavailable',
    });
    expect(house.sent).toEqual([]);
  });

  test('what names no case is a bad request, before a byte is read', async () => {
    const house = createStoreHouse();
    await expect(refusedOf(house, [resultFile(ONE)], { 'case-id': 'c-1' })).rejects.toMatchObject({
      code: 'bad-request',
    });
  });

  test('that somebody else names one is nothing to the images', async () => {
    const house = createStoreHouse();
    const { status } = await runStore(house, [resultFile(ONE)], { token: 'ct', headers: { 'case-id': '?' } });
    expect(status).toBe(200);
  });
});

describe('a machine that is at work on a workitem', () => {
  test.each<[string, Partial<Workitem>, boolean]>([
    ['for this study', {}, true],
    ['of another machine', { performer: 'other' }, false],
    ['for another study', { asked: askedOn('1.5') }, false],
    ['that nobody has claimed', { state: 'SCHEDULED' }, false],
  ])('%s', async (_name, changes, isOfIt) => {
    const house = createStoreHouse();
    await house.workitems.create(aWorkitem(changes));
    await refusedOf(house, [resultFile(ONE)]);
    expect(house.caseLog.all().at(-1)?.caseId === CASE).toBe(isOfIt);
    expect(kindsIn(house)).toEqual(isOfIt ? ['delivery'] : ['case.unsolicited', 'delivery']);
  });

  test('behind hundreds of others', async () => {
    const house = createStoreHouse();
    for (let at = 0; at < 400; at += 1) {
      const creator = practitionerId(`p-${String(at % 4)}`);
      const uid = sopInstanceUid(`1.6.${String(at)}`);
      await house.workitems.create(aWorkitem({ uid, creator, asked: askedOn('1.5'), createdAt: at }));
    }
    expect(await refusedOf(house, [resultFile(ONE)])).toEqual({});
    await house.workitems.create(aWorkitem({ createdAt: 500 }));
    expect(await refusedOf(house, [resultFile(TWO)])).toEqual({});
    expect(kindsIn(house)).toEqual(['case.unsolicited', 'delivery', 'delivery']);
  });
});

function ending(kind: EntryDraft['kind'], action?: 'withheld'): EntryDraft {
  const facts = action === undefined ? {} : { release: { action, reasons: [] } };
  return intentOn(STORED_STUDY, { id: 'end', kind, intent: 'intent-1', facts });
}

function askedOn(study: string): Workitem['asked'] {
  return { caller: aPrincipal(), study: aStudy({ studyInstanceUid: studyUid(study) }) };
}

function unclaimed(): Workitem {
  const { performer: _nobody, ...workitem } = aWorkitem({ state: 'SCHEDULED' });
  return workitem;
}

function aWorkitem(changes: Partial<Workitem>): Workitem {
  return {
    uid: sopInstanceUid('1.5.5'),
    state: 'IN PROGRESS',
    dataset: {},
    model: aModelVersion().model,
    version: aModelVersion().version,
    function: 'detection',
    creator: RADIOLOGIST,
    asked: askedOn(STORED_STUDY),
    caseId: CASE,
    intentId: 'intent-1',
    isCaseEnded: false,
    performer: 'chest-ai',
    createdAt: NOW - 1_000,
    revision: 1,
    ...changes,
  };
}
