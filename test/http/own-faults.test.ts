import request from 'supertest';
import { UpstreamFault } from '../../src/domain/errors.ts';
import { edgeApp, keptLog, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { CASE, fakeFlows } from '../fakes/fake-flows.ts';

describe('faults of our own', () => {
  const secret = 'select * from people where name = "Mary"';
  const thrown = [
    { name: 'a TypeError', error: new TypeError(secret) },
    {
      name: 'an error with a status, as a library may throw',
      error: Object.assign(new Error(secret), { status: 418 }),
    },
    { name: 'an error whose cause talks', error: new Error('failed', { cause: secret }) },
  ];

  test.each(thrown)('$name -> 500 internal, with nothing of it', async ({ error }) => {
    const broken = edgeApp({
      flows: fakeFlows({ whoAmI: () => Promise.reject(error) }),
    });
    const res = await request(broken).get('/auth/whoami').set('cookie', SIGNED_IN);
    expectProblem(res, 500, 'internal');
    expect(res.text).not.toContain('Mary');
    const page = await request(broken).get('/me/cases').set('cookie', SIGNED_IN);
    expect([page.status, page.headers['content-type']]).toEqual([500, 'text/html; charset=utf-8']);
    expect(page.text).not.toContain('Mary');
    expect(page.text).toContain(String(page.headers['request-id']));
  });

  test('the log keeps the error and its request id, at ERROR', async () => {
    const { logger, lines } = keptLog();
    const broken = edgeApp({
      logger,
      flows: fakeFlows({ whoAmI: () => Promise.reject(new TypeError('boom')) }),
    });
    const res = await request(broken).get('/auth/whoami');
    const [line] = lines;
    expect(line).toMatchObject({
      level: 'error',
      fields: { requestId: res.headers['request-id'], code: 'internal' },
    });
    expect(line?.fields['err']).toMatchObject({ cause: { message: 'boom' } });
  });

  test('a peer’s fault carries the case on record', async () => {
    const away = new UpstreamFault('upstream-timeout', 'pacs', {
      detail: 'The PACS did not answer in time.',
      caseId: CASE,
    });
    const res = await request(edgeApp({ flows: fakeFlows({ listModels: () => Promise.reject(away) }) }))
      .get('/api/models')
      .set('cookie', SIGNED_IN);
    expectProblem(res, 504, 'upstream-timeout');
    expect([res.headers['case-id'], res.body.caseId]).toEqual([CASE, CASE]);
  });
});
