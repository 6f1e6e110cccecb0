import { AggregatorRegistry, Counter, Registry } from 'prom-client';
import type { MetricsSnapshot } from './metrics.ts';

/** Metrics of one process, and by which label it is told from the others. */
interface OfProcess {
  readonly worker: string;
  readonly snapshot: MetricsSnapshot;
}

/**
 * One text in the Prometheus exposition format for several processes. Each series says whose it is (`worker`) and is not added up here:
 * a sum would fall each time a process is replaced, and whoever watches would take that for a counter that began anew.
 */
export async function mergeMetrics(processes: readonly OfProcess[]): Promise<string> {
  const labelled = processes.map(({ worker, snapshot }) =>
    snapshot.map((metric) => ({
      ...metric,
      values: metric.values.map((one) => ({ ...one, labels: { ...one.labels, worker } })),
    })),
  );
  return await AggregatorRegistry.aggregate(labelled).metrics();
}

/** What the process counts that starts the workers. */
export interface WorkerCounts {
  /** A worker has ended without being told to. */
  readonly ended: () => void;
  readonly snapshot: () => Promise<MetricsSnapshot>;
}

export function createWorkerCounts(): WorkerCounts {
  const registry = new Registry();
  const ends = new Counter({
    name: 'countersign_worker_ends_total',
    help: 'Worker processes that ended without being told to, and were started again.',
    registers: [registry],
  });
  return { ended: () => ends.inc(), snapshot: () => registry.getMetricsAsJSON() };
}
