import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { aStudy, MODEL, NOW, RADIOLOGIST, VERSION } from '../fakes/register-builder.ts';
import { asksFor, aWorkitemDraft, el, parameter, toState } from '../fakes/workitem-drafts.ts';
import { changeWorkitemState } from '../../src/flows/change-workitem-state.ts';
import { sopInstanceUid } from '../fakes/uids.ts';
import {
  createWorkitemHouse,
  KEY,
  PERFORMER,
  workitemRegister,
  type WorkitemHouse,
} from '../fakes/workitem-house.ts';

const FINDING = 'malignancy 0.93';
const SAID: readonly (readonly [string, DicomJsonObject])[] = [
  ['content', { '0040A730': el('SQ', { '0040A160': el('UT', FINDING) }) }],
  ['progress', { '00741002': el('SQ', { '00741006': el('ST', FINDING) }) }],
  ['a label', { '00741204': el('LO', FINDING) }],
];
let house: WorkitemHouse;
beforeEach(() => void (house = createWorkitemHouse()));

describe('no result stands in a workitem', () => {
  test.each(SAID)('whoever performs it says: %s', async (_name, said) => {
    await house.create();
    await house.state(PERFORMER, 'IN PROGRESS');
    await expect(house.update(PERFORMER, said, KEY)).rejects.toMatchObject({ code: 'bad-request' });
    const stop = { id: 'S-1', model: MODEL, from: NOW - 1, reason: 'wrong', by: RADIOLOGIST };
    house.setRegister(workitemRegister({ stopUses: [stop] }));
    const seen = [
      await house.read('operator'),
      await house.search('rcai', 'includefield=all'),
      house.workitems.all(),
    ];
    expect(JSON.stringify(seen)).not.toContain(FINDING);
  });

  test.each(SAID)('nor says it with the end: %s', async (_name, said) => {
    await house.create();
    await house.state(PERFORMER, 'IN PROGRESS');
    const input = { evidence: { bearerToken: PERFORMER }, requestId: 'r', uid: sopInstanceUid('1.5.1') };
    const dataset = { ...toState('CANCELED', KEY), ...said };
    await changeWorkitemState(house.deps, { ...input, dataset }, new AbortController().signal);
    expect(JSON.stringify(house.workitems.all())).not.toContain(FINDING);
  });
});

const other = el('SQ', { '0020000D': el('UI', '9.9.9') });
const ELSEWHERE: readonly (readonly [string, DicomJsonObject])[] = [
  ['a relevant study', { '00404022': other }],
  ['a requested study', { '0040A370': other }],
  ['an address', { '00404023': el('SQ', { '00081190': el('UR', 'https://x/studies/9.9.9') }) }],
  ['a second version', { '00404018': el('SQ', { '00080100': el('SH', '111003') }) }],
  ['another patient', { '0040A370': el('SQ', { '00100020': el('LO', 'P-2') }) }],
];

describe('what was decided about stays', () => {
  test.each([...ELSEWHERE, ['another patient at the top', { '00100020': el('LO', 'P-2') }] as const])(
    '%s is none to create it with',
    async (_name, changes) => {
      const draft = aWorkitemDraft(changes);
      await expect(house.create('operator', '1.5.1', draft)).rejects.toMatchObject({ code: 'bad-request' });
      expect(house.kinds()).toEqual([]);
    },
  );

  test.each([
    ...ELSEWHERE,
    ['the patient’s ID', { '00100020': el('LO', 'P-1') }] as const,
    ['the patient’s name', { '00100010': el('PN', { Alphabetic: 'B' }) }] as const,
    ['the version', { '00741210': asksFor(MODEL, '9.9.9') }] as const,
  ])('%s is none to update it with', async (_name, changes) => {
    await house.create();
    await expect(house.update('operator', changes)).rejects.toMatchObject({ code: 'bad-request' });
    expect(house.workitems.all()[0]).toMatchObject({ revision: 1 });
  });

  test('whoever may not have it does not learn whose study it is', async () => {
    const draft = aWorkitemDraft({ '00100020': el('LO', 'P-2') });
    await expect(house.create('stranger', '1.5.1', draft)).rejects.toMatchObject({ code: 'not-permitted' });
  });

  test('the patient is the one that the PACS names', async () => {
    await house.create('operator', '1.5.1', aWorkitemDraft({ '00100020': { vr: 'LO' } }));
    expect(await house.read(PERFORMER)).toMatchObject({ '00100020': el('LO', 'P-1') });
    house.setStudy(aStudy({ identifying: { patientId: 'P-9' } }));
    await house.create('operator', '1.5.2', aWorkitemDraft({ '00100020': el('LO', 'P-9') }));
    expect(await house.read(PERFORMER, '1.5.2')).toMatchObject({ '00100020': el('LO', 'P-9') });
  });

  test('a row that names another version than its own is not updated', async () => {
    await house.create();
    const [row] = house.workitems.all();
    if (row === undefined) throw new Error('there is one');
    const parameters = asksFor(MODEL, '9.9.9', parameter('x', 'Y', VERSION));
    await house.workitems.change({ ...row, dataset: { ...row.dataset, '00741210': parameters } });
    await expect(house.update('operator', { '00741204': el('LO', 'new') })).rejects.toMatchObject({
      code: 'bad-request',
    });
  });
});

test('a reason to cancel that is no reason is told, and nothing is canceled', async () => {
  await house.create();
  const reason = { '00741238': el('LT', 'x'.repeat(2_000)) };
  await expect(house.cancel('operator', reason)).rejects.toMatchObject({ code: 'bad-request' });
  expect(house.workitems.all()[0]).toMatchObject({ state: 'SCHEDULED' });
});
