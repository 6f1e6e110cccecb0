import type { Place } from './compose-parts.ts';
import type { Config } from './config.ts';
import type { Readiness } from './flows/check-readiness.ts';
import type { MetricsSnapshot } from './telemetry/metrics.ts';

/** What a worker is started with. */
export interface WorkerOrders {
  /** Of this worker: its own name and folder. */
  readonly config: Config;
  readonly place: Place;
}

/** What the first process asks its workers. */
export type WorkerQuestion = 'readiness' | 'metrics';

/** Said by the first process to a worker. */
export type ToWorker =
  | ({ readonly kind: 'begin' } & WorkerOrders)
  | { readonly kind: 'stop' }
  | { readonly kind: 'ask'; readonly id: number; readonly what: WorkerQuestion };

/** Said by a worker to the process that started it. */
export type FromWorker =
  /** Its program is there and takes its orders. */
  | { readonly kind: 'here' }
  | { readonly kind: 'listening'; readonly urls: WorkerUrls }
  /** It does not start, and why. */
  | { readonly kind: 'refused'; readonly sentence: string }
  /** Without a value where it could not tell. */
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown };

/** As `RunningGateway` has them. */
export interface WorkerUrls {
  readonly url: string;
  readonly cardUrl?: string;
}

/** Both ends are of one program, and nobody else has the channel. */
export function parseToWorker(message: unknown): ToWorker {
  return message as ToWorker;
}

/** As above, the other way. */
export function parseFromWorker(message: unknown): FromWorker {
  return message as FromWorker;
}

/** The answer about `readiness`; undefined where there is none. */
export function parseReadiness(value: unknown): Readiness | undefined {
  return value as Readiness | undefined;
}

/** The answer about `metrics`; undefined where there is none. */
export function parseSnapshot(value: unknown): MetricsSnapshot | undefined {
  return value as MetricsSnapshot | undefined;
}
