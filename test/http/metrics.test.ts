import request from 'supertest';
import { buildAdminApp } from '../../src/http/build-admin-app.ts';
import { ALARM_CODES, AUTH_OUTCOMES } from '../../src/domain/auth-words.ts';
import type { AuthEvent } from '../../src/identity/auth-event.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { createAuthEventNotes } from '../../src/telemetry/note-auth-events.ts';
import { edgeDeps, keptLog } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';

describe('metrics', () => {
  test('labels come from closed sets, whatever is handed in', async () => {
    const metrics = createMetrics();
    metrics.requestAnswered({ method: 'BREW', route: '/api/cases', status: 418, seconds: 0.2 });
    metrics.requestAnswered({
      method: 'GET',
      route: '/x',
      status: 429,
      seconds: 1,
      problem: 'too-many-attempts',
    });
    metrics.caseLogAlarm('head-moved');
    metrics.caseLogAlarm('disk full: /var/lib "x"');
    metrics.driftFailed();
    metrics.urlsUnmapped(3);
    metrics.accessRecord('recorded');
    const text = await metrics.render();
    expect(text).toContain(
      'countersign_request_seconds_count{method="other",route="/api/cases",status="4xx"} 1',
    );
    expect(text).toContain(
      'countersign_request_seconds_bucket{le="0.25",method="other",route="/api/cases",status="4xx"} 1',
    );
    expect(text).toContain('countersign_case_log_alarms_total{code="head-moved"} 1');
    expect(text).toContain('countersign_case_log_alarms_total{code="other"} 1');
    expect(text).toContain('countersign_problems_total{code="too-many-attempts"} 1');
    expect(text).toContain('countersign_drift_failures_total 1');
    expect(text).toContain('countersign_unmapped_urls_total 3');
    expect(text).toContain('countersign_access_records_total{outcome="recorded"} 1');
    expect(text).toContain('countersign_access_records_total{outcome="lost"} 0');
    expect(text).toContain('process_cpu_seconds_total');
  });

  test('a mistake that mints labels ends in "other"', async () => {
    const metrics = createMetrics();
    for (let count = 0; count < 300; count += 1) {
      metrics.requestAnswered({ method: 'GET', route: `/x/${count}`, status: 200, seconds: 1 });
    }
    const text = await metrics.render();
    expect(text).toContain('route="/x/199"');
    expect(text).not.toContain('route="/x/200"');
    expect(text).toContain('countersign_request_seconds_count{method="GET",route="other",status="2xx"} 100');
  });

  test('two gateways in one process do not mix', async () => {
    const [one, two] = [createMetrics(), createMetrics()];
    one.driftFailed();
    expect(await two.render()).toContain('countersign_drift_failures_total 0');
  });
});

describe('what happens at the sign-in doors', () => {
  const counted = async (events: readonly Parameters<Metrics['authEvent']>[0][]): Promise<string> => {
    const metrics = createMetrics();
    for (const event of events) metrics.authEvent(event);
    return metrics.render();
  };

  test.each(AUTH_OUTCOMES.filter((outcome) => outcome !== 'alarm'))(
    '%s is a known outcome',
    async (outcome) => {
      const text = await counted([{ outcome, method: 'saml', code: 'not-in-time' }]);
      expect(text).toContain(
        `countersign_sign_ins_total{outcome="${outcome}",method="saml",code="not-in-time"} 1`,
      );
    },
  );

  test.each(ALARM_CODES)(
    'alarm %s is there from the start, so that the first one is a rise',
    async (code) => {
      const name = `countersign_identity_alarms_total{code="${code}"}`;
      expect(await counted([])).toContain(`${name} 0`);
      const text = await counted([{ outcome: 'alarm', method: 'smart-card', code }]);
      expect(text).toContain(`${name} 1`);
      expect(text).not.toContain('countersign_sign_ins_total{');
    },
  );

  test('labels come from closed sets, whatever is handed in', async () => {
    const text = await counted([
      { outcome: 'signed-in', method: 'oidc' },
      { outcome: 'alice.osei', method: 'alice.osei', code: 'Alice Osei' },
      { outcome: 'alarm', method: 'saml', code: 'alice-osei' },
    ]);
    expect(text).toContain('{outcome="signed-in",method="oidc",code="none"} 1');
    expect(text).toContain('{outcome="other",method="other",code="other"} 1');
    expect(text).toContain('countersign_identity_alarms_total{code="other"} 1');
    expect(text).not.toMatch(/alice/i);
  });

  test('is one line each: an alarm for a person now, anything else for the record; nobody is named', () => {
    const { logger, lines } = keptLog();
    const note = createAuthEventNotes({ logger, metrics: createMetrics() });
    const event: AuthEvent = {
      outcome: 'refused',
      provider: 'https://idp.example',
      subject: 'alice.osei',
      method: 'saml',
      code: 'not-in-time',
      roleId: '555',
    };
    note(event);
    note({ ...event, outcome: 'alarm', code: 'break-glass-used' });
    note({ ...event, outcome: 'signed-in', assurance: 3, sessionRef: 'ref-1' });
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'sign-in'],
      ['error', 'identity alarm'],
      ['info', 'sign-in'],
    ]);
    expect(lines[2]?.fields).toEqual({
      outcome: 'signed-in',
      provider: 'https://idp.example',
      method: 'saml',
      code: 'not-in-time',
      assurance: 3,
      sessionRef: 'ref-1',
    });
    expect(JSON.stringify(lines)).not.toContain('alice');
  });
});

describe('the admin listener', () => {
  const admin = buildAdminApp(edgeDeps());

  test('serves metrics in the exposition format', async () => {
    const res = await request(admin).get('/metrics');
    expect([res.status, res.headers['content-type']]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(res.text).toContain('# TYPE countersign_decisions_total counter');
  });

  test('has no other door', async () => {
    for (const path of ['/', '/api/cases', '/me/studies', '/v2']) {
      expectProblem(await request(admin).get(path), 404, 'not-found');
    }
  });

  test('alive, whatever else is', async () => {
    expect((await request(admin).get('/health/live')).body).toEqual({ alive: true });
  });

  const parts = [
    { part: 'case-log', ok: false, detail: 'The disk is full.' },
    { part: 'pacs', ok: true, detail: 'The PACS answers.' },
  ] as const;
  test.each([
    { name: 'images and AI', ready: true, aiLockedBecause: [], status: 200, aiLocked: false },
    {
      name: 'images without AI',
      ready: true,
      aiLockedBecause: ['The disk is full.'],
      status: 200,
      aiLocked: true,
    },
    { name: 'no images', ready: false, aiLockedBecause: ['The PACS is away.'], status: 503, aiLocked: true },
  ])('$name -> $status, and why', async ({ ready, aiLockedBecause, status, aiLocked }) => {
    const flows = fakeFlows({ checkReadiness: async () => ({ ready, parts, aiLockedBecause }) });
    const res = await request(buildAdminApp(edgeDeps({ flows }))).get('/health/ready');
    expect(res.status).toBe(status);
    expect(res.body).toEqual({ ready, aiLocked, aiLockedBecause, parts });
  });
});
