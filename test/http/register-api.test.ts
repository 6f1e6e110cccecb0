import request from 'supertest';
import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { REGISTER_OPERATIONS } from '../../src/http/openapi-register.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { DIGEST, IMPORTED, proposalIn, RECORD } from '../fakes/fake-register-flows.ts';

const app = edgeApp();
const get = (path: string): request.Test => request(app).get(path).set('cookie', SIGNED_IN);
const post = (path: string): request.Test => request(app).post(path).set('cookie', SIGNED_IN);
const withFlows = (flows: Partial<Flows>) => edgeApp({ flows: fakeFlows(flows) });

const PROPOSAL = `/api/register/proposals/${DIGEST}`;
const PERSON = { act: 'suspend', practitioner: 'bela.nagy', reason: 'On leave.' };
const EVIDENCE = '/api/register/evidence/E-1:a@b~c';

describe('what the API answers is what its document says', () => {
  test.each<{ id: string; asked: () => request.Test; status: number }>([
    { id: 'performAct', asked: () => post('/api/register/acts').send(PERSON), status: 202 },
    { id: 'listProposals', asked: () => get('/api/register/proposals'), status: 200 },
    { id: 'readProposal', asked: () => get(PROPOSAL), status: 200 },
    { id: 'confirmAct', asked: () => post(`${PROPOSAL}/confirm`), status: 200 },
    { id: 'withdrawAct', asked: () => post(`${PROPOSAL}/withdraw`), status: 200 },
    { id: 'listRecords', asked: () => get('/api/register/evidence'), status: 200 },
    { id: 'readRecord', asked: () => get(EVIDENCE), status: 200 },
    { id: 'readRecordHistory', asked: () => get(`${EVIDENCE}/history`), status: 200 },
    {
      id: 'importRecords',
      asked: () => post('/api/register/import/evidence.csv?dry-run=true').type('text/csv').send('id'),
      status: 200,
    },
  ])('$id', async ({ id, asked, status }) => {
    const res = await asked();
    expect([res.status, res.headers['cache-control']]).toEqual([status, 'no-store']);
    const operation = REGISTER_OPERATIONS.find((one) => one.id === id);
    const answers = operation === undefined ? [] : [operation.answer, ...(operation.otherAnswers ?? [])];
    const documented = answers.find((answer) => answer.status === status);
    expect(documented?.schema?.safeParse(res.body).error?.issues).toEqual(undefined);
    expect(documented).toBeDefined();
  });

  test.each(REGISTER_OPERATIONS.map(({ method, path }) => ({ method, path })))(
    '$method $path is closed to those who are not signed in',
    async ({ method, path }) => {
      const at = path.replace('{kind}', 'evidence').replace('{id}', 'E-1').replace('{digest}', DIGEST);
      const asked = request(app)[method](at);
      const res = await (at.includes('/import/')
        ? asked.type('text/csv').send('id')
        : method === 'post'
          ? asked.send(PERSON)
          : asked);
      expectProblem(res, 401, 'not-identified');
    },
  );
});

describe('records', () => {
  test('come in pages: how many, after which, about whom', async () => {
    let asked: unknown;
    const paged = withFlows({
      readRegisterPage: async ({ kind, after, limit, person }) => {
        asked = { kind, after, limit, person };
        return { records: [], sequence: 3 };
      },
    });
    const path = '/api/register/models?limit=500&cursor=lung%40v2.1&practitioner=alice.osei';
    const res = await request(paged).get(path).set('cookie', SIGNED_IN);
    expect(asked).toEqual({ kind: 'model-version', after: 'lung@v2.1', limit: 500, person: 'alice.osei' });
    expect(res.body).toEqual({ records: [], sequence: 3 });
    await request(paged).get('/api/register/plans').set('cookie', SIGNED_IN);
    expect(asked).toEqual({ kind: 'plan', after: undefined, limit: 50, person: undefined });
    expect((await get('/api/register/evidence')).body).toMatchObject({ next: RECORD.id, sequence: 9 });
  });

  test('one has an entity tag; whoever has that state already gets no body', async () => {
    const res = await get(EVIDENCE);
    expect(res.headers['etag']).toBe('"7-abc"');
    expect(res.body).toMatchObject({ id: RECORD.id, etag: '7-abc', recordedAt: '2026-03-03T14:05:06.000Z' });
    for (const known of ['"7-abc"', 'W/"7-abc"', '"x", "7-abc"', '*']) {
      const same = await get(EVIDENCE).set('if-none-match', known);
      expect([same.status, same.text, same.headers['etag'], same.headers['cache-control']]).toEqual([
        304,
        '',
        '"7-abc"',
        'no-store',
      ]);
    }
    expect((await get(EVIDENCE).set('if-none-match', '"6"')).status).toBe(200);
    expect((await request(app).head(EVIDENCE).set('cookie', SIGNED_IN)).headers['etag']).toBe('"7-abc"');
  });

  test('an id is percent-decoded once', async () => {
    expect((await get('/api/register/evidence/E-1%3Aa%40b%7Ec')).body.id).toBe(RECORD.id);
    expectProblem(await get('/api/register/evidence/E-1%253Aa%40b~c'), 400, 'bad-request');
  });

  test('one that was taken back says why in its history', async () => {
    const { body } = await get(`${EVIDENCE}/history`);
    expect(body.states[1]).toMatchObject({ sequence: 9, removedBecause: 'entered twice' });
    expect(body.states[1]).not.toHaveProperty('record');
  });

  test('none of that id', async () => {
    expectProblem(await get('/api/register/evidence/E-2'), 404, 'not-found');
    expectProblem(await get('/api/register/evidence/E-2/history'), 404, 'not-found');
  });
});

describe('an act', () => {
  const performed: unknown[] = [];
  const performing = withFlows({
    performAct: async ({ evidence, requestId, act, ifMatch }) => {
      performed.push({ evidence, requestId, act, ifMatch });
      return proposalIn(act.act === 'suspend' ? 'applied' : 'pending');
    },
  });

  test('that is done -> 201, one that waits -> 202, each with where to read it', async () => {
    const done = await request(performing).post('/api/register/acts').set('cookie', SIGNED_IN).send(PERSON);
    expect([done.status, done.headers['location']]).toEqual([201, PROPOSAL]);
    expect(done.body).toMatchObject({ state: 'applied', recordedAt: '2026-03-03T14:05:06.000Z' });
    expect(performed.pop()).toEqual({
      evidence: { address: '127.0.0.1', sessionToken: 'known-session' },
      requestId: done.headers['request-id'],
      act: PERSON,
      ifMatch: undefined,
    });
    const waits = await post('/api/register/acts').send(PERSON);
    expect([waits.status, waits.headers['location'], waits.body.state]).toEqual([202, PROPOSAL, 'pending']);
    expect(waits.body.changes[0]).toMatchObject({ id: 'A-1', practitioner: 'bela.nagy' });
  });

  test('with a bearer token needs no page of ours, with a cookie it does', async () => {
    const foreign = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
    const res = await post('/api/register/acts').set(foreign).send(PERSON);
    expectProblem(res, 403, 'same-origin-required');
    const token = { authorization: 'Bearer known-session', ...foreign };
    expect((await request(app).post('/api/register/acts').set(token).send(PERSON)).status).toBe(202);
  });

  test('takes its times as ISO 8601', async () => {
    const act = {
      act: 'grant-approval',
      practitioner: 'bela.nagy',
      model: 'lung-nodule',
      version: '2.1.0',
      functions: ['detection'],
      mode: 'independent',
      from: '2026-03-03',
      until: '2027-03-03T09:30:00Z',
    };
    const res = await request(performing).post('/api/register/acts').set('cookie', SIGNED_IN).send(act);
    expect(res.status).toBe(202);
    expect(performed.pop()).toMatchObject({
      act: { from: Date.UTC(2026, 2, 3), until: Date.UTC(2027, 2, 3, 9, 30) },
    });
  });

  test('refused -> 403 with every reason', async () => {
    const reasons = [reasonOf('assurance-too-low', { assurance: 3 }), reasonOf('login-too-old')];
    const refusing = withFlows({ performAct: () => Promise.reject(new NotPermitted(reasons)) });
    const res = await request(refusing).post('/api/register/acts').set('cookie', SIGNED_IN).send(PERSON);
    expect([res.status, res.body.code]).toEqual([403, 'not-permitted']);
    expect(res.body.reasons).toEqual(reasons);
  });

  test.each([
    ['conflict', 409],
    ['precondition-failed', 412],
    ['case-log-unavailable', 503],
  ] as const)('%s -> %d', async (code, status) => {
    const refusing = withFlows({ performAct: () => Promise.reject(new GatewayError(code)) });
    const res = await request(refusing).post('/api/register/acts').set('cookie', SIGNED_IN).send(PERSON);
    expectProblem(res, status, code);
  });
});

describe('tables', () => {
  test('an export is a file for download, as it was written', async () => {
    const res = await get('/api/register/export/practitioners.csv').buffer(true);
    expect(res.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="practitioners.csv"',
      'cache-control': 'no-store',
      'register-sequence': '9',
    });
    expect(res.text).toBe('\ufeffid,name\r\na,"Ä, B"\r\n');
  });

  test('an export that breaks off is cut, never ended', async () => {
    const broken = withFlows({
      exportCsv: async () => ({
        sequence: 1,
        text: (async function* () {
          yield 'a'.repeat(100_000);
          throw new TypeError('disk');
        })(),
      }),
    });
    const asked = request(broken).get('/api/register/export/plans.csv').set('cookie', SIGNED_IN);
    await expect(asked.buffer(true)).rejects.toThrow(/aborted|socket hang up/);
  });

  test('an import is handed on byte by byte, and says what waits', async () => {
    let asked: unknown;
    const importing = withFlows({
      importCsv: async ({ kind, bytes, isDryRun }) => {
        asked = { kind, text: Buffer.from(bytes).toString(), isDryRun };
        return isDryRun ? IMPORTED : { ...IMPORTED, proposal: proposalIn('pending') };
      },
    });
    const send = (query: string): request.Test =>
      request(importing)
        .post(`/api/register/import/acceptance-tests.csv${query}`)
        .set({ cookie: SIGNED_IN, 'content-type': 'text/csv; charset=UTF-8; header=present' })
        .send('\ufeffid\r\nÄ');
    const dry = await send('?dry-run=true');
    expect(asked).toEqual({ kind: 'acceptance-test', text: '\ufeffid\r\nÄ', isDryRun: true });
    expect([dry.status, dry.headers['location']]).toEqual([200, undefined]);
    expect(dry.body).toEqual({ ...IMPORTED.weighed, reasons: [] });
    const wet = await send('');
    expect(asked).toMatchObject({ isDryRun: false });
    expect([wet.status, wet.headers['location'], wet.body.proposal.digest]).toEqual([202, PROPOSAL, DIGEST]);
  });

  test('an import that one person may do is in force', async () => {
    const importing = withFlows({
      importCsv: async () => ({ ...IMPORTED, proposal: proposalIn('applied') }),
    });
    const res = await request(importing)
      .post('/api/register/import/plans.csv?dry-run=false')
      .set({ cookie: SIGNED_IN, 'content-type': 'text/csv' });
    expect(res.status).toBe(201);
  });
});

test.each(['who-could-use', 'falling-due'])(
  'another door below the register keeps its address: %s',
  async (door) => {
    const res = await get(`/api/register/${door}`);
    expect(res.status).not.toBe(404);
  },
);
