import request, { type Test } from 'supertest';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { keptLog, PUBLIC_URL } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { anApproval, MODEL, NOW, RADIOLOGIST } from '../fakes/register-builder.ts';
import { workitemApp } from '../fakes/workitem-app.ts';
import { aWorkitemDraft, el, performed, toState } from '../fakes/workitem-drafts.ts';
import {
  createWorkitemHouse,
  KEY,
  PERFORMER,
  TWIN,
  workitemRegister,
  type WorkitemHouse,
} from '../fakes/workitem-house.ts';

const BASE = `${PUBLIC_URL}/dicom-web`;
const ONE = '/dicom-web/workitems/1.5.1';
const WARNING = (text: string): string => `299 ${BASE}: ${text}`;
let house: WorkitemHouse;
let http: ReturnType<typeof request>;
beforeEach(() => {
  house = createWorkitemHouse();
  http = request(workitemApp(house));
});

const as = (token: string, test: Test): Test => test.set('Authorization', `Bearer ${token}`);
const send = (test: Test, dataset: DicomJsonObject): Test =>
  test.set('Content-Type', 'application/dicom+json').send(JSON.stringify([dataset]));
const create = (query = '?1.5.1', token = 'operator', dataset: DicomJsonObject = aWorkitemDraft()) =>
  send(as(token, http.post(`/dicom-web/workitems${query}`)), dataset);
const state = (to: string, key: string | undefined = KEY, token: string = PERFORMER) =>
  send(as(token, http.put(`${ONE}/state`)), toState(to, key));

describe('creating', () => {
  test('201, with its address and its case', async () => {
    const answer = await create();
    expect(answer.status).toBe(201);
    expect(answer.text).toBe('');
    expect(answer.headers).toMatchObject({
      location: `${BASE}/workitems/1.5.1`,
      'content-location': `${BASE}/workitems/1.5.1`,
      'case-id': aCaseId(1),
      'cache-control': 'no-store',
      'gateway-origin': 'gateway',
    });
  });

  test.each(['', '?workitem=1.5.1', '?AffectedSOPInstanceUID=1.5.1'])('with %j too', async (query) => {
    const answer = await create(query);
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toMatch(
      query === '' ? /workitems\/2\.25\.\d+$/ : /workitems\/1\.5\.1$/,
    );
  });

  test('a name that is taken: 409', async () => {
    await create();
    expectProblem(await create(), 409, 'conflict');
  });

  test('what is not permitted: 403 with the reasons, and it is not there', async () => {
    house.setRegister(workitemRegister({ approvals: [anApproval()] }));
    const answer = await create();
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      code: 'not-permitted',
      caseId: aCaseId(1),
      reasons: [{ code: 'approval-missing' }],
    });
    expectProblem(await as('operator', http.get(ONE)), 404, 'not-found');
  });

  test.each<readonly [string, () => Test, number, string]>([
    [
      'no login',
      () => send(http.post('/dicom-web/workitems?1.5.1'), aWorkitemDraft()),
      401,
      'not-identified',
    ],
    ['a machine', () => create('?1.5.1', PERFORMER), 403, 'not-permitted'],
    ['no UID', () => create('?x'), 400, 'bad-request'],
    [
      'a UID inside',
      () => create('?1.5.1', 'operator', aWorkitemDraft({ '00001000': el('UI', '1.5.1') })),
      400,
      'bad-request',
    ],
    ['nothing asked for', () => create('?1.5.1', 'operator', {}), 400, 'bad-request'],
    [
      'no body',
      () => as('operator', http.post('/dicom-web/workitems')).set('Content-Type', 'application/dicom+json'),
      400,
      'bad-request',
    ],
    [
      'no JSON',
      () =>
        as('operator', http.post('/dicom-web/workitems'))
          .set('Content-Type', 'application/dicom+json')
          .send('<x/>'),
      400,
      'bad-request',
    ],
    [
      'a form that is no dataset',
      () => as('operator', http.post('/dicom-web/workitems')).set('Content-Type', 'text/html').send('<x/>'),
      415,
      'unsupported-media-type',
    ],
    ['compressed', () => create().set('Content-Encoding', 'gzip'), 415, 'unsupported-media-type'],
    [
      'too large',
      () => create('?1.5.1', 'operator', aWorkitemDraft({ '00404005': el('UT', 'x'.repeat(300_000)) })),
      413,
      'payload-too-large',
    ],
  ])('%s', async (_name, ask, status, code) => {
    expectProblem(await ask(), status, code);
    expect(house.workitems.all()).toEqual([]);
    expect(house.kinds()).toEqual([]);
  });

  test('each is one line in the log, with the reasons and without names', async () => {
    const { logger, lines } = keptLog();
    http = request(workitemApp(house, { logger }));
    await create();
    house.setRegister(workitemRegister({ approvals: [anApproval()] }));
    await create('?1.5.2');
    const decisions = lines.filter(({ message }) => message === 'decision').map(({ fields }) => fields);
    expect(decisions).toMatchObject([
      { what: 'inference', by: 'workitem', permitted: true, reasons: [] },
      {
        what: 'inference',
        by: 'workitem',
        permitted: false,
        reasons: ['approval-missing'],
        caseId: aCaseId(2),
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/1\.5\.1|MADEUP|P-1|operator/);
  });
});

describe('a life', () => {
  beforeEach(async () => {
    await create();
  });

  test('claimed, updated, completed', async () => {
    const claimed = await state('IN PROGRESS');
    expect([claimed.status, claimed.text, claimed.headers['warning']]).toEqual([200, '', undefined]);
    expect(claimed.headers['cache-control']).toBe('no-store');
    await house.store('1.7.1');
    const updated = await send(as(PERFORMER, http.post(`${ONE}?${KEY}`)), performed('1.7.1'));
    expect([updated.status, updated.headers['content-location']]).toEqual([200, `${BASE}/workitems/1.5.1`]);
    expect((await state('COMPLETED')).status).toBe(200);
    const again = await state('COMPLETED');
    expect([again.status, again.headers['warning']]).toEqual([
      200,
      WARNING('The UPS is already in the requested state of COMPLETED.'),
    ]);
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(bodyOf(await as('operator', http.get(ONE)))).not.toContain(KEY);
  });

  test('two performers claim at once: one gets it', async () => {
    const answers = await Promise.all([state('IN PROGRESS', '1.1'), state('IN PROGRESS', '1.2', TWIN)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const loser = answers.find(({ status }) => status === 409);
    expect(loser?.headers['warning']).toBe(
      WARNING('The submitted request is inconsistent with the state of the UPS Instance.'),
    );
  });

  test('the address may name who asks, as older clients do', async () => {
    const old = send(as(PERFORMER, http.put(`${ONE}/state/CHEST-AI`)), toState('IN PROGRESS', KEY));
    expect((await old).status).toBe(200);
  });

  test('an old key in the address by name', async () => {
    await state('IN PROGRESS');
    const update = send(as(PERFORMER, http.post(`${ONE}?transaction-uid=${KEY}`)), performed());
    expect((await update).status).toBe(200);
  });

  test.each<readonly [string, () => Test, number, string]>([
    [
      'without the key',
      () => send(as(PERFORMER, http.put(`${ONE}/state`)), toState('COMPLETED')),
      400,
      'The Transaction UID is missing.',
    ],
    ['with a wrong key', () => state('COMPLETED', '1.99'), 400, 'The Transaction UID is incorrect.'],
    [
      'claimed again',
      () => state('IN PROGRESS'),
      409,
      'The submitted request is inconsistent with the state of the UPS Instance.',
    ],
    [
      'canceled by others',
      () => as('operator', http.post(`${ONE}/cancelrequest`)),
      409,
      'The submitted request is inconsistent with the state of the UPS Instance.',
    ],
  ])('%s', async (_name, ask, status, text) => {
    await state('IN PROGRESS');
    const answer = await ask();
    expectProblem(answer, status, status === 400 ? 'bad-request' : 'conflict');
    expect(answer.headers['warning']).toBe(WARNING(text));
  });

  test('no longer permitted at the claim: 409 with the reasons, and canceled', async () => {
    const stop = { id: 'S-1', model: MODEL, from: NOW - 1, reason: 'wrong', by: RADIOLOGIST };
    house.setRegister(workitemRegister({ stopUses: [stop] }));
    const { logger, lines } = keptLog();
    http = request(workitemApp(house, { logger }));
    const answer = await state('IN PROGRESS');
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: 'conflict',
      reasons: [{ code: 'stop-use' }],
      caseId: aCaseId(1),
    });
    expect(bodyOf(await as('operator', http.get(ONE)))).toContain('CANCELED');
    expect(lines.filter(({ message }) => message === 'decision')).toHaveLength(1);
  });

  test('canceled before anybody claimed it: 202, and 409 from then on', async () => {
    const reason = { '00741238': el('LT', 'wrong patient') };
    expect((await send(as('operator', http.post(`${ONE}/cancelrequest`)), reason)).status).toBe(202);
    const again = await as('operator', http.post(`${ONE}/cancelrequest`));
    expectProblem(again, 409, 'conflict');
    expect(again.headers['warning']).toBe(WARNING('The UPS is already in the requested state of CANCELED.'));
  });

  test.each(['GET', 'PUT', 'POST'] as const)(
    'of one that is not there nothing is told: %s',
    async (method) => {
      const at = { GET: '', PUT: '/state', POST: '/cancelrequest' }[method];
      const ask = http[method === 'GET' ? 'get' : method === 'PUT' ? 'put' : 'post'](
        `/dicom-web/workitems/1.9${at}`,
      );
      const asked = as(PERFORMER, ask);
      expectProblem(
        await (method === 'GET' ? asked : send(asked, toState('IN PROGRESS', KEY))),
        404,
        'not-found',
      );
    },
  );
});

/** Whatever type it is of. */
function bodyOf(answer: { readonly body: unknown; readonly text?: string | undefined }): string {
  return Buffer.isBuffer(answer.body) ? answer.body.toString() : (answer.text ?? '');
}
