import request from 'supertest';
import { GatewayError, NotPermitted, type ProblemCode } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { edgeApp, edgeDeps, keptLog, SIGNED_IN, type LogLine } from '../fakes/edge-app.ts';
import { CASE, fakeFlows, STUDY } from '../fakes/fake-flows.ts';

async function linesOf(path: string, flows = fakeFlows()): Promise<readonly LogLine[]> {
  const { logger, lines } = keptLog();
  let now = 0;
  const clock = { monotonicMs: () => (now += 12) };
  await request(edgeApp({ logger, flows, clock })).get(path).set('cookie', SIGNED_IN);
  return lines;
}

test.each([
  { cause: new TypeError('Invalid signature'), told: 'Invalid signature' },
  { cause: new RangeError('unexpected <NameID>alice.osei@trust</NameID>'), told: 'RangeError' },
  { cause: 'text', told: undefined },
])('a refused sign-in tells its cause, where it is plain words: $told', async ({ cause, told }) => {
  const { logger, lines } = keptLog();
  const saml = {
    ...edgeDeps().doors.saml,
    acs: () => Promise.reject(new GatewayError('sign-in-failed', { detail: 'No.', cause })),
  };
  const app = edgeApp({ logger, doors: { ...edgeDeps().doors, saml } });
  await request(app).post('/auth/saml/trust/acs').type('form').send({ SAMLResponse: 'x' });
  expect(lines.map(({ fields }) => fields['cause'])).toEqual([told]);
  expect(JSON.stringify(lines)).not.toContain('alice');
});

describe('one line for each request', () => {
  test.each<{ path: string; route: string; status: number }>([
    { path: `/api/cases/${CASE}`, route: '/api/cases/:id', status: 200 },
    { path: `/api/models?study=${STUDY}`, route: '/api/models', status: 200 },
    { path: `/me/studies/${STUDY}`, route: '/me/studies/:uid', status: 200 },
    { path: `/dicom-web/studies?PatientID=SIM-0001`, route: '/dicom-web/*', status: 200 },
    { path: `/wado?requestType=WADO&studyUID=${STUDY}`, route: '/wado', status: 400 },
    { path: `//wado?studyUID=${STUDY}`, route: '/wado', status: 400 },
    { path: `/dicom-web/wado?studyUID=${STUDY}`, route: '/dicom-web/*', status: 400 },
    { path: `/wado/${STUDY}`, route: 'unmatched', status: 404 },
    { path: '/v2/models/burned-in-text', route: '/v2/models/:model', status: 200 },
    { path: `/nothing/${STUDY}`, route: 'unmatched', status: 404 },
    { path: `/api/models?study=${STUDY}x`, route: '/api/models', status: 400 },
  ])('$path -> pattern $route, $status, no UID and no query', async ({ path, route, status }) => {
    const lines = await linesOf(path);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'info',
      message: 'request',
      fields: { requestId: expect.stringMatching(/^request-/), method: 'GET', route, status, durationMs: 12 },
    });
    expect(JSON.stringify(lines)).not.toMatch(/1418|SIM-0001|study=/);
  });

  test.each<{
    code: ProblemCode;
    level: string;
  }>([
    { code: 'internal', level: 'error' },
    { code: 'case-log-unavailable', level: 'error' },
    { code: 'sessions-unavailable', level: 'error' },
    { code: 'too-many-attempts', level: 'info' },
    { code: 'upstream-timeout', level: 'warn' },
    { code: 'case-closed', level: 'warn' },
    { code: 'not-permitted', level: 'info' },
    { code: 'conflict', level: 'info' },
  ])('$code -> $level', async ({ code, level }) => {
    const lines = await linesOf(
      '/api/cases',
      fakeFlows({ listCases: () => Promise.reject(new GatewayError(code)) }),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level, fields: { code } });
    expect('err' in (lines[0]?.fields ?? {})).toBe(level !== 'info');
  });

  test('the AI door’s problems too, in whatever shape it answers', async () => {
    const { logger, lines } = keptLog();
    const flows = fakeFlows({
      runInference: () => Promise.reject(new GatewayError('model-failed', { caseId: CASE })),
    });
    await request(edgeApp({ logger, flows }))
      .post('/v2/models/burned-in-text/versions/1.0.0/infer')
      .set('cookie', SIGNED_IN)
      .send({ parameters: { study_instance_uid: STUDY } });
    expect(lines).toMatchObject([
      { level: 'warn', fields: { code: 'model-failed', route: '/v2/models/:model/versions/:version/infer' } },
    ]);
  });
});

describe('a part that is away for everybody', () => {
  function house() {
    const { logger, lines } = keptLog();
    let now = 0;
    let code: ProblemCode = 'sessions-unavailable';
    const flows = fakeFlows({
      listCases: () => Promise.reject(new GatewayError(code)),
      listModels: () => Promise.reject(new GatewayError(code)),
    });
    const metrics = createMetrics();
    const app = edgeApp({ logger, flows, metrics, clock: { monotonicMs: () => now } });
    return {
      lines,
      metrics,
      say: (given: ProblemCode) => void (code = given),
      wait: (ms: number) => void (now += ms),
      ask: async (times: number, path = '/api/cases') => {
        for (let time = 0; time < times; time += 1) await request(app).get(path).set('cookie', SIGNED_IN);
      },
    };
  }
  const toldOf = (lines: readonly LogLine[]) =>
    lines.map(({ level, fields }) => [level, fields['code'], 'err' in fields, fields['damped']]);

  test('is told in full once a minute, with how many were not; each request has its line all the same', async () => {
    const { lines, metrics, wait, ask } = house();
    await ask(4);
    wait(59_999);
    await ask(1);
    wait(1);
    await ask(2);
    const code = 'sessions-unavailable';
    const short = ['info', code, false, undefined];
    expect(toldOf(lines)).toEqual([
      ['error', code, true, undefined],
      ...Array.from({ length: 4 }, () => short),
      ['error', code, true, 4],
      short,
    ]);
    expect(await metrics.render()).toContain(`countersign_problems_total{code="${code}"} 7`);
  });

  test('hides no other, and a warning is damped like an error', async () => {
    const { lines, say, ask } = house();
    await ask(2);
    say('upstream-timeout');
    await ask(2);
    expect(toldOf(lines).map(([level]) => level)).toEqual(['error', 'info', 'warn', 'info']);
  });

  test('a mistake of ours hides none at another door', async () => {
    const { lines, say, ask } = house();
    say('internal');
    await ask(2);
    await ask(2, `/api/models?study=${STUDY}`);
    expect(toldOf(lines).map(([level]) => level)).toEqual(['error', 'info', 'error', 'info']);
  });
});

describe('one line for each decision, and its counters', () => {
  test('a permitted run, a refused one and a disposition', async () => {
    const { logger, lines } = keptLog();
    const metrics = createMetrics();
    const reasons = [reasonOf('not-released'), reasonOf('approval-missing')];
    let isRefused = false;
    const base = fakeFlows();
    const flows = fakeFlows({
      runInference: async (input, signal) => {
        if (isRefused) throw new NotPermitted(reasons, CASE);
        return await base.runInference(input, signal);
      },
    });
    const app = edgeApp({ logger, metrics, flows });
    const run = (): request.Test =>
      request(app)
        .post(`/me/studies/${STUDY}/run`)
        .set('cookie', SIGNED_IN)
        .type('form')
        .send({ model: 'burned-in-text', version: '1.0.0', function: 'quality-check' });
    await run();
    isRefused = true;
    await run();
    await request(app)
      .post(`/api/cases/${CASE}/disposition`)
      .set('cookie', SIGNED_IN)
      .send({ disposition: 'ignored' });
    const decisions = lines.filter((line) => line.message === 'decision').map((line) => line.fields);
    expect(decisions).toMatchObject([
      {
        what: 'inference',
        permitted: true,
        reasons: [],
        model: 'burned-in-text',
        version: '1.0.0',
        function: 'quality-check',
      },
      { what: 'inference', permitted: false, reasons: ['not-released', 'approval-missing'], caseId: CASE },
      { what: 'disposition', permitted: true, reasons: [], disposition: 'ignored', caseId: CASE },
    ]);
    expect(JSON.stringify(lines)).not.toContain('1418');
    const text = await metrics.render();
    expect(text).toContain('countersign_decisions_total{what="inference",reason="permitted"} 1');
    expect(text).toContain('countersign_decisions_total{what="inference",reason="not-released"} 1');
    expect(text).toContain('countersign_decisions_total{what="inference",reason="approval-missing"} 1');
    expect(text).toContain('countersign_decisions_total{what="disposition",reason="permitted"} 1');
    expect(text).toContain(
      'countersign_request_seconds_count{method="POST",route="/me/studies/:uid/run",status="4xx"} 1',
    );
  });
});
