import request from 'supertest';
import { buildAdminApp } from '../../src/http/build-admin-app.ts';
import { createWorkerCounts, mergeMetrics } from '../../src/telemetry/merge-metrics.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { edgeDeps } from '../fakes/edge-app.ts';

test('each worker has its own series, whatever the kind of metric', async () => {
  const [first, second, counts] = [createMetrics(), createMetrics(), createWorkerCounts()];
  first.urlsUnmapped(3);
  second.urlsUnmapped(4);
  first.requestAnswered({ method: 'GET', route: '/x', status: 200, seconds: 0.2 });
  counts.ended();
  const text = await mergeMetrics([
    { worker: 'none', snapshot: await counts.snapshot() },
    { worker: '1', snapshot: await first.snapshot() },
    { worker: '2', snapshot: await second.snapshot() },
  ]);
  expect(text).toContain('countersign_worker_ends_total{worker="none"} 1');
  expect(text).toContain('countersign_unmapped_urls_total{worker="1"} 3');
  expect(text).toContain('countersign_unmapped_urls_total{worker="2"} 4');
  expect(text).toContain(
    'countersign_request_seconds_bucket{le="0.25",method="GET",route="/x",status="2xx",worker="1"} 1',
  );
  expect(text).toContain(
    'countersign_request_seconds_count{method="GET",route="/x",status="2xx",worker="1"} 1',
  );
  expect(text).toMatch(/^process_cpu_seconds_total\{worker="2"\} /m);
  expect(text.match(/^# TYPE countersign_unmapped_urls_total /gm)).toHaveLength(1);
});

test.each([
  { alive: true, status: 200 },
  { alive: false, status: 503 },
])('workers that answer: $alive -> $status', async ({ alive, status }) => {
  const app = buildAdminApp({ ...edgeDeps(), isAlive: () => Promise.resolve(alive) });
  await request(app).get('/health/live').expect(status, { alive });
});
