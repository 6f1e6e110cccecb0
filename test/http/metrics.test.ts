import request from 'supertest';
import { buildAdminApp } from '../../src/http/build-admin-app.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { edgeDeps } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';

describe('metrics', () => {
  test('labels come from closed sets, whatever is handed in', async () => {
    const metrics = createMetrics();
    metrics.requestAnswered({ method: 'BREW', route: '/api/cases', status: 418, seconds: 0.2 });
    metrics.caseLogAlarm('head-moved');
    metrics.caseLogAlarm('disk full: /var/lib "x"');
    metrics.driftFailed();
    metrics.urlsUnmapped(3);
    const text = await metrics.render();
    expect(text).toContain(
      'countersign_request_seconds_count{method="other",route="/api/cases",status="4xx"} 1',
    );
    expect(text).toContain(
      'countersign_request_seconds_bucket{le="0.25",method="other",route="/api/cases",status="4xx"} 1',
    );
    expect(text).toContain('countersign_case_log_alarms_total{code="head-moved"} 1');
    expect(text).toContain('countersign_case_log_alarms_total{code="other"} 1');
    expect(text).toContain('countersign_drift_failures_total 1');
    expect(text).toContain('countersign_unmapped_urls_total 3');
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
