import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { json } from '../fakes/scripted-endpoint.ts';
import { answerSoundly, buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

jest.setTimeout(120_000);

const STUDY = makeStudies().find(({ key }) => key === 'cr-burned-in-text')?.studyInstanceUid ?? '';
let house: DoorsHouse;
let alice: Readonly<Record<string, string>>;
let fiona: Readonly<Record<string, string>>;
beforeAll(async () => {
  house = await buildDoorsHouse();
  const as = async (name: string) => ({
    cookie: await house.cookieOf(name),
    origin: house.url,
    'content-type': 'application/json',
  });
  [alice, fiona] = [await as('alice.osei'), await as('fiona.grant')];
});
afterAll(() => house.close());

interface Answered {
  readonly status: number;
  readonly caseId: string;
  readonly body: unknown;
}

async function send(
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Answered> {
  const answer = await fetch(`${house.url}${path}`, {
    headers: { ...headers },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    caseId: answer.headers.get('Case-Id') ?? '',
    body: text === '' ? undefined : JSON.parse(text),
  };
}

const infer = (): Promise<Answered> =>
  send('/v2/models/burned-in-text/versions/1.0.0/infer', alice, {
    inputs: [],
    parameters: { study_instance_uid: STUDY },
  });
/** The lock's record, and the entity tag to change it by. */
async function lockRecord(): Promise<{ readonly id: string; readonly etag: string }> {
  const { body } = await send('/api/register/stop-uses', fiona);
  const id = /"id":"(S-[^"]+)"/.exec(JSON.stringify(body))?.[1] ?? '';
  const answer = await fetch(`${house.url}/api/register/stop-uses/${id}`, { headers: { ...fiona } });
  return { id, etag: answer.headers.get('ETag') ?? '' };
}

test('a canary is caught on its first reply, locked for the next caller, and cleared by two people', async () => {
  expect(await infer()).toMatchObject({ status: 200 });
  house.endpoint.answer((res, call) => {
    if (call.method === 'GET') answerSoundly(res, call);
    else json(res, { model_name: 'burned-in-text', model_version: '9', outputs: [] });
  });
  const caught = await infer();
  expect(caught).toMatchObject({ status: 502, body: { error: expect.stringContaining('something other') } });
  expect(await infer()).toMatchObject({ status: 403 });
  const kept = await send(`/api/cases/${caught.caseId}`, alice);
  expect(kept.body).toMatchObject({ state: 'failed', err: 'attestation-mismatch' });
  const log = await send('/api/case-log?kind=alarm', fiona);
  expect(JSON.stringify(log.body)).toContain('attestation-mismatch');

  house.endpoint.answer(answerSoundly);
  const { id, etag } = await lockRecord();
  const lift = { act: 'lift-stop-use', id, reason: 'Rolled back' };
  const asked = await send('/api/register/acts', { ...alice, 'if-match': etag }, lift);
  expect(asked).toMatchObject({ status: 202 });
  expect(await infer()).toMatchObject({ status: 403 });
  const digest = /sha256:[0-9a-f]{64}/.exec(JSON.stringify(asked.body))?.[0] ?? '';
  expect(await send(`/api/register/proposals/${digest}/confirm`, fiona, {})).toMatchObject({ status: 200 });
  expect(await infer()).toMatchObject({ status: 200 });

  // Found again, it stays locked after a restart.
  house.endpoint.answer((res) => json(res, { model_name: 'other', model_version: '1', outputs: [] }));
  expect(await infer()).toMatchObject({ status: 502 });
  await house.restart();
  house.endpoint.answer(answerSoundly);
  expect(await infer()).toMatchObject({ status: 403 });
});
