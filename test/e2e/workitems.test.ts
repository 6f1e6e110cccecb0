import { randomBytes } from 'node:crypto';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { newMachineKey } from '../../src/identity/machines/machine-key.ts';
import { multipartBody, storedFile } from '../fakes/stored-files.ts';
import { asksFor, aWorkitemDraft, el, performedOn, toState } from '../fakes/workitem-drafts.ts';
import type { DoorsHouse } from './doors-house.ts';
import { buildWorkHouse } from './work-house.ts';

jest.setTimeout(120_000);

const machine = newMachineKey(randomBytes);
const MODEL = 'burned-in-text';
const STUDY = makeStudies().find(({ key }) => key === 'cr-burned-in-text')?.studyInstanceUid ?? '';
const PERFORMER = { authorization: `Bearer ${machine.key}` };
let house: DoorsHouse;
beforeAll(async () => {
  house = await buildWorkHouse(machine);
});
afterAll(() => house.close());

const asked = (version: string): DicomJsonObject =>
  aWorkitemDraft({
    '00100020': { vr: 'LO' },
    '0020000D': el('UI', STUDY),
    '00404021': el('SQ', { '0020000D': el('UI', STUDY) }),
    '00741210': asksFor(MODEL, version),
  });

async function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  dataset?: DicomJsonObject,
): Promise<{ readonly status: number; readonly text: string; readonly caseId: string }> {
  const answer = await fetch(`${house.url}/dicom-web/${path}`, {
    method,
    headers: { ...headers, 'content-type': 'application/dicom+json' },
    ...(dataset === undefined ? {} : { body: JSON.stringify(dataset) }),
  });
  return { status: answer.status, text: await answer.text(), caseId: answer.headers.get('Case-Id') ?? '' };
}

const imagesOf = async (study: string): Promise<number> =>
  (await send('GET', `studies/${study}/metadata`, PERFORMER)).status;

test('asked for by a radiologist, done by a machine, on record from end to end', async () => {
  const alice = { cookie: await house.cookieOf('alice.osei') };
  const created = await send('POST', 'workitems?1.2.3', alice, asked('1.0.0'));
  expect(created).toMatchObject({ status: 201, caseId: expect.stringMatching(/^c-/) });
  expect(await imagesOf(STUDY)).toBe(403);
  const found = await send('GET', 'workitems?ProcedureStepState=SCHEDULED', PERFORMER);
  expect(JSON.parse(found.text)).toHaveLength(1);
  expect(await send('PUT', 'workitems/1.2.3/state', PERFORMER, toState('IN PROGRESS', '1.77'))).toMatchObject(
    {
      status: 200,
    },
  );
  expect(await imagesOf(STUDY)).toBe(200);
  expect(await imagesOf('1.2.3.4')).toBe(403);
  // This PACS takes no objects: what did not arrive there is no output.
  const result = storedFile({
    sopInstanceUid: '1.2.3.9.1',
    sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
    study: STUDY,
    series: '1.2.3.9',
  });
  const stored = await fetch(`${house.url}/dicom-web/studies/${STUDY}`, {
    method: 'POST',
    headers: { ...PERFORMER, 'content-type': 'multipart/related; type="application/dicom"; boundary=edge' },
    body: new Uint8Array(multipartBody([result])),
  });
  expect(stored.status).toBe(502);
  const complete = () => send('PUT', 'workitems/1.2.3/state', PERFORMER, toState('COMPLETED', '1.77'));
  await send('POST', 'workitems/1.2.3?1.77', PERFORMER, performedOn(STUDY, '1.2.3.9.1'));
  expect(await complete()).toMatchObject({ status: 409, text: expect.stringContaining('Store them first') });
  await send('POST', 'workitems/1.2.3?1.77', PERFORMER, performedOn(STUDY));
  expect(await complete()).toMatchObject({ status: 200, text: '' });
  expect(await imagesOf(STUDY)).toBe(403);
  const log = await fetch(`${house.url}/api/cases/${created.caseId}`, { headers: alice });
  expect(await log.json()).toMatchObject({ state: 'released', model: MODEL, version: '1.0.0' });
  const { text } = await send('GET', 'workitems/1.2.3', alice);
  expect(text).toContain('COMPLETED');
  expect(text).not.toContain('1.77');
});

test('a start of the gateway takes no open work for an orphan', async () => {
  const alice = { cookie: await house.cookieOf('alice.osei') };
  const { caseId } = await send('POST', 'workitems?1.2.5', alice, asked('1.0.0'));
  await house.restart();
  const state = (to: string) => send('PUT', 'workitems/1.2.5/state', PERFORMER, toState(to, '1.77'));
  expect(await state('IN PROGRESS')).toMatchObject({ status: 200 });
  await house.restart();
  await send('POST', 'workitems/1.2.5?1.77', PERFORMER, performedOn(STUDY));
  expect(await state('COMPLETED')).toMatchObject({ status: 200 });
  const ended = await fetch(`${house.url}/api/cases/${caseId}`, { headers: alice });
  expect(await ended.json()).toMatchObject({ state: 'released' });
});

test('what is locked is refused, on record, and nobody else sees what there is', async () => {
  const david = { cookie: await house.cookieOf('david.lloyd') };
  const refused = await send('POST', 'workitems?1.2.4', david, asked('1.0.0'));
  expect(refused).toMatchObject({ status: 403, caseId: expect.stringMatching(/^c-/) });
  expect(JSON.parse(refused.text)).toMatchObject({
    reasons: expect.arrayContaining([expect.objectContaining({ code: 'declaration-overdue' })]),
  });
  const alice = { cookie: await house.cookieOf('alice.osei') };
  expect(await send('POST', 'workitems?1.2.4', alice, asked('2.0.0'))).toMatchObject({ status: 403 });
  expect(await send('GET', 'workitems/1.2.4', PERFORMER)).toMatchObject({ status: 404 });
  expect(await send('GET', 'workitems', david)).toMatchObject({ status: 200, text: '[]' });
});

test('after its creator has signed out nobody does it', async () => {
  const alice = { cookie: await house.cookieOf('alice.osei') };
  expect(await send('POST', 'workitems?1.2.6', alice, asked('1.0.0'))).toMatchObject({ status: 201 });
  const headers = { ...alice, origin: house.url };
  await fetch(`${house.url}/auth/logout`, { method: 'POST', headers, redirect: 'manual' });
  const claimed = await send('PUT', 'workitems/1.2.6/state', PERFORMER, toState('IN PROGRESS', '1.77'));
  expect(claimed).toMatchObject({ status: 409, text: expect.stringContaining('signed out') });
});
