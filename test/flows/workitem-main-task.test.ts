import { aCaseId } from '../fakes/inference-house.ts';
import { aStudy } from '../fakes/register-builder.ts';
import { studyUid } from '../fakes/uids.ts';
import { aWorkitemDraft, el } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse, workitemRegister, type WorkitemHouse } from '../fakes/workitem-house.ts';

const relatedTo = (uid: string) => ({ '00741220': el('SQ', { '00081155': el('UI', uid) }) });
const partOf = (uid: string) => aWorkitemDraft(relatedTo(uid));

let house: WorkitemHouse;
beforeEach(async () => {
  house = createWorkitemHouse();
  await house.create();
});

test('the case of a sub-task names that of its main task, once', async () => {
  expect(await house.create('operator', '1.5.2', partOf('1.5.1'))).toMatchObject({ caseId: aCaseId(2) });
  expect(house.last()).toMatchObject({
    kind: 'case.intent',
    caseId: aCaseId(2),
    facts: { mainCase: aCaseId(1) },
  });
  expect(house.workitems.all()[1]?.dataset).toMatchObject(relatedTo('1.5.1'));
  await house.cancel('operator');
  expect(house.last().facts.mainCase).toBeUndefined();
});

test('whoever sees everybody’s may add to them', async () => {
  await house.create('rcai', '1.5.2', partOf('1.5.1'));
  expect(house.last()).toMatchObject({ kind: 'case.intent', facts: { mainCase: aCaseId(1) } });
});

test.each([
  ['that there is not', 'operator', '1.5.9'],
  ['that is itself', 'operator', '1.5.2'],
  ['that is another’s', 'operator', '1.5.3'],
])('a main task %s is not found, and nothing is written', async (_name, token, uid) => {
  await house.create('rcai', '1.5.3');
  const before = house.kinds();
  await expect(house.create(token, '1.5.2', partOf(uid))).rejects.toMatchObject({ code: 'not-found' });
  expect([house.kinds(), house.workitems.all().length]).toEqual([before, 2]);
});

test('a main task on another study is refused, and nothing is written', async () => {
  const other = aStudy({ studyInstanceUid: studyUid('1.2.826.0.1.99.2') });
  house.setStudy(other);
  const draft = aWorkitemDraft({
    ...relatedTo('1.5.1'),
    '0020000D': el('UI', other.studyInstanceUid),
    '00404021': el('SQ'),
  });
  await expect(house.create('operator', '1.5.2', draft)).rejects.toMatchObject({
    code: 'bad-request',
    detail: expect.stringContaining('same study'),
  });
  expect(house.kinds()).toEqual(['case.intent']);
});

test('whoever may not have the work learns nothing of a main task', async () => {
  house.setRegister(workitemRegister({ approvals: [] }));
  await expect(house.create('operator', '1.5.2', partOf('1.5.9'))).rejects.toMatchObject({
    code: 'not-permitted',
  });
  expect(house.last()).toMatchObject({ kind: 'case.refused' });
  expect(house.last().facts.mainCase).toBeUndefined();
});

test('what stands on record stays so', async () => {
  await expect(house.update('operator', relatedTo('1.5.2'))).rejects.toMatchObject({
    code: 'bad-request',
    detail: expect.stringContaining('00741220'),
  });
});
