import request from 'supertest';
import type { z } from 'zod';
import { NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { EntryFilter } from '../../src/flows/ports.ts';
import * as answers from '../../src/http/openapi-answers.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { CASE, fakeFlows, RELEASED_CASE, logEntry, STUDY } from '../fakes/fake-flows.ts';
import { MODELS } from '../fakes/fake-models.ts';

const app = edgeApp();
const get = (path: string): request.Test => request(app).get(path).set('cookie', SIGNED_IN);

describe('what the API answers is what its document says', () => {
  test.each<{ path: string; schema: z.ZodType; open?: boolean }>([
    { path: `/api/models?study=${STUDY}`, schema: answers.models },
    { path: '/api/models', schema: answers.models },
    { path: '/api/cases', schema: answers.cases },
    { path: `/api/cases/${CASE}`, schema: answers.oneCase },
    { path: '/api/case-log', schema: answers.caseLog },
    { path: '/api/case-log/verification', schema: answers.verification },
    { path: '/api/drift?model=m&version=1.0.0&from=2026-03-01&to=2026-03-31', schema: answers.drift },
    { path: '/auth/whoami', schema: answers.whoCalls },
    { path: '/health/live', schema: answers.alive, open: true },
    { path: '/health/ready', schema: answers.readiness, open: true },
  ])('GET $path', async ({ path, schema, open = false }) => {
    const res = await (open ? request(app).get(path) : get(path));
    expect([res.status, res.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(schema.safeParse(res.body).error?.issues).toBeUndefined();
  });

  test('a problem too', async () => {
    const res = await get('/api/models?study=x');
    expect(answers.problem.safeParse(res.body).success).toBe(true);
  });
});

describe('models', () => {
  test('come as the flow decides, with every reason and remedy', async () => {
    const res = await get(`/api/models?study=${STUDY}`);
    expect(res.body.models).toEqual(MODELS);
    expect(res.body.models[2].reasons[0]).toEqual({
      code: 'not-released',
      text: expect.stringContaining('not released'),
      remedy: expect.any(String),
    });
  });
});

describe('cases', () => {
  test('the page before says where to go on', async () => {
    let asked: unknown;
    const paged = edgeApp({
      flows: fakeFlows({
        listCases: async (input) => {
          asked = [input.beforeSeq, input.limit];
          return { cases: [] };
        },
      }),
    });
    const res = await request(paged).get('/api/cases?limit=7&cursor=41').set('cookie', SIGNED_IN);
    expect(asked).toEqual([41, 7]);
    expect(res.body).toEqual({ cases: [] });
    expect((await get('/api/cases')).body.next).toBe('41');
  });

  test('times are ISO 8601, the case stands in the head', async () => {
    const res = await get(`/api/cases/${CASE}`);
    expect(res.headers['case-id']).toBe(CASE);
    expect(res.body).toMatchObject({
      openedAt: '2026-03-03T14:05:06.000Z',
      score: 0.8312345,
      state: 'released',
    });
    expect(res.body.entries[1]).toEqual({ seq: 42, kind: 'case.outcome', at: '2026-03-03T14:05:08.000Z' });
  });
});

test('a case links to the answers that are its reader’s to give, and does not say so otherwise', async () => {
  const view = { ...RELEASED_CASE, answers: ['ignored', 'flagged'] } as const;
  const operators = edgeApp({ flows: fakeFlows({ readMyCase: async () => view }) });
  const { body } = await request(operators).get(`/api/cases/${CASE}`).set('cookie', SIGNED_IN);
  expect(Object.keys(body.links)).toEqual(['ignored', 'flagged']);
  expect(body).not.toHaveProperty('answers');
});

describe('a disposition', () => {
  test('is handed on with who, which request, reason, disclosure and the name of the press -> 201 with the receipt', async () => {
    let asked: unknown;
    const recording = edgeApp({
      flows: fakeFlows({
        recordDisposition: async ({ evidence, requestId, caseId, disposition, reason, disclosed, once }) => {
          asked = { evidence, requestId, caseId, disposition, reason, disclosed, once };
          return { seq: 43, id: 'x', leaf: 'y' };
        },
      }),
    });
    const res = await request(recording)
      .post(`/api/cases/${CASE}/disposition`)
      .set({ cookie: SIGNED_IN, 'idempotency-key': '"press-1"' })
      .send({ disposition: 'overridden', reason: ' Artefact. ', disclosed: true });
    expect([res.status, res.headers['case-id']]).toEqual([201, CASE]);
    expect(res.body).toEqual({
      caseId: CASE,
      disposition: 'overridden',
      receipt: { seq: 43, id: 'x', leaf: 'y' },
    });
    expect(asked).toEqual({
      evidence: { address: '127.0.0.1', sessionToken: 'known-session' },
      requestId: res.headers['request-id'],
      caseId: CASE,
      disposition: 'overridden',
      reason: 'Artefact.',
      disclosed: true,
      once: 'press-1',
    });
  });

  test('refused -> 403 with every reason, remedy and the case', async () => {
    const reasons = [reasonOf('assurance-too-low', { assurance: 3 }), reasonOf('login-too-old')];
    const refusing = edgeApp({
      flows: fakeFlows({ recordDisposition: () => Promise.reject(new NotPermitted(reasons, CASE)) }),
    });
    const res = await request(refusing)
      .post(`/api/cases/${CASE}/disposition`)
      .set('cookie', SIGNED_IN)
      .send({ disposition: 'accepted' });
    expect([res.status, res.headers['case-id']]).toEqual([403, CASE]);
    expect(res.body.reasons).toEqual(reasons);
  });
});

describe('the case log', () => {
  test('is filtered as asked', async () => {
    let asked: EntryFilter | undefined;
    const filtered = edgeApp({
      flows: fakeFlows({
        readCaseLog: async ({ filter }) => {
          asked = filter;
          return { entries: [], verification: { verifiedSize: 0, size: 0 } };
        },
      }),
    });
    const query = `kind=case.refused&model=burned-in-text&case=${CASE}&cursor=9&limit=3`;
    await request(filtered).get(`/api/case-log?${query}`).set('cookie', SIGNED_IN).expect(200);
    expect(asked).toEqual({
      kinds: ['case.refused'],
      model: 'burned-in-text',
      caseId: CASE,
      beforeSeq: 9,
      limit: 3,
    });
  });

  test('tells who and which study, and no patient identifier', async () => {
    const res = await get('/api/case-log');
    expect(res.body.entries[0]).toMatchObject({
      seq: 42,
      practitioner: 'alice.osei',
      studyInstanceUid: STUDY,
    });
    expect(JSON.stringify(res.body)).not.toContain('SIM-0001');
  });

  test('is exported as exact stored bodies, one to a line, for download', async () => {
    const res = await get('/api/case-log/export').buffer(true);
    expect(res.text).toBe('{"seq":0}\n{"seq":1}\n');
    expect(res.headers['content-type']).toBe('application/x-ndjson');
    expect(res.headers['content-disposition']).toBe('attachment; filename="case-log-0-2.ndjson"');
    expect(res.headers['case-log-size']).toBe('2');
  });

  test('an export that breaks off is cut, never ended', async () => {
    const broken = edgeApp({
      flows: fakeFlows({
        exportCaseLog: async () => ({
          size: 2,
          entries: (async function* () {
            yield logEntry(0, 'node.start', { body: Buffer.alloc(100_000, 'a') });
            throw new TypeError('disk');
          })(),
        }),
      }),
    });
    await expect(
      request(broken).get('/api/case-log/export').set('cookie', SIGNED_IN).buffer(true),
    ).rejects.toThrow(/aborted|socket hang up/);
  });
});

test('who is signed in, as the login proved it', async () => {
  const res = await get('/auth/whoami');
  expect(res.body).toEqual({
    kind: 'person',
    practitioner: { id: 'alice.osei', name: 'Alice Osei', profession: 'radiologist', roles: ['auditor'] },
    identityProvider: 'urn:example:idp',
    nameId: 'alice.osei',
    method: 'saml',
    assurance: 3,
    authenticatedAt: '2026-03-03T14:05:06.000Z',
    expiresAt: '2026-03-03T15:05:06.000Z',
  });
});
