import { lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { clock, ids } from './compose-clock.ts';
import { nodeOf, type Place } from './compose-parts.ts';
import { logFolderOf } from './compose-stores.ts';
import { startWorkerProcess, type WorkerProcess } from './compose-worker-process.ts';
import {
  parseReadiness,
  parseSnapshot,
  type WorkerOrders,
  type WorkerQuestion,
  type WorkerUrls,
} from './compose-worker-words.ts';
import { listenForAdmin } from './compose.ts';
import type { Config } from './config.ts';
import { restartWorker } from './domain/worker-restart.ts';
import { mergeReadiness } from './flows/merge-readiness.ts';
import { probePort } from './http/start-listener.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { createWorkerCounts, mergeMetrics, type WorkerCounts } from './telemetry/merge-metrics.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';

/** A gateway in several processes on one port. */
interface RunningWorkers extends WorkerUrls {
  readonly adminUrl: string;
  /** Rejects when no worker can be kept running; never resolves. */
  readonly failed: Promise<never>;
  /** Lets all finish what they are at. Safe to call twice. */
  readonly close: () => Promise<void>;
}

interface Given {
  readonly config: Config;
  readonly place: Place;
  /** What a worker process runs. */
  readonly programFile: string;
  readonly count: number;
}

const SECOND_MS = 1_000;
/** What a worker knows by itself: about as long as whoever watches waits. */
const ANSWER_MS = 2_000;
/** It asks the PACS before it answers, and gives up on that earlier. */
const READINESS_MS = 6_000;
/** A worker that is stopping signs a last checkpoint and closes its connections. */
const CLOSE_MS = 10_000;
const MAX_NODE_NAME = 64;

/**
 * Starts a gateway in several processes that share its port, each a node of its own; health and metrics are asked here for all. One
 * that ends is started again. Throws what `startGateway` throws, and when the config names no PostgreSQL and Redis.
 */
export async function startWorkers(given: Given): Promise<RunningWorkers> {
  const { config, count } = given;
  refuseAlone(config, count);
  const shared = { ...given, config: await withPorts(config) };
  const logger = createLogger({ level: config.logLevel, ...nodeOf(config) });
  const counts = createWorkerCounts();
  const crew = new Crew(shared, { logger, counts });
  const metrics = createMetrics();
  const admin = await listenForAdmin(config)({
    flows: {
      checkReadiness: async () =>
        mergeReadiness((await crew.ask('readiness', READINESS_MS)).map(parseReadiness)),
    },
    metrics: { ...metrics, render: () => renderAll(crew, metrics, counts) },
    isAlive: () => crew.isAlive(),
    ...{ logger, ids, clock },
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= crew.stop().then(() => admin.close(0)));
  try {
    return { ...(await crew.start()), adminUrl: admin.url, failed: crew.failed, close };
  } catch (error: unknown) {
    await close();
    throw error;
  }
}

function refuseAlone({ postgres, redis, node }: Config, count: number): void {
  if (postgres === undefined || redis === undefined) {
    throw new Error(
      'Workers are nodes, and nodes share PostgreSQL and Redis: add `postgres` and `redis` to the config, or leave --workers out and one process serves.',
    );
  }
  if (workerName(node, count).length <= MAX_NODE_NAME) return;
  throw new Error(
    `Workers are named after their node, and ${workerName(node, count)} is too long: give \`node\` a shorter name.`,
  );
}

/** Whoever is on a port already is found by this; and where the config leaves it open, all workers get the same. */
async function withPorts(config: Config): Promise<Config> {
  const { listen, identity } = config;
  const { smartCard } = identity;
  const port = await probePort(listen);
  const ported = { ...config, listen: { ...listen, port } };
  if (smartCard?.listen === undefined) return ported;
  const card = { ...smartCard, listen: { ...smartCard.listen, port: await probePort(smartCard.listen) } };
  return { ...ported, identity: { ...identity, smartCard: card } };
}

function workerName(node: string, number: number): string {
  return `${node}-${String(number)}`;
}

/** What worker `number` is started with. Its folder is its own, but for the log's keys and newest checkpoint, which are the machine's. */
function ordersFor({ config, place }: Given, number: number): WorkerOrders {
  const dataDir = join(config.dataDir, `worker-${String(number)}`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const log = logFolderOf(dataDir);
  if (lstatSync(log, { throwIfNoEntry: false }) === undefined) symlinkSync(join('..', 'case-log'), log);
  return { config: { ...config, dataDir, node: workerName(config.node, number) }, place };
}

async function renderAll(crew: Crew, own: Metrics, counts: WorkerCounts): Promise<string> {
  const [workers, ...ofThis] = await Promise.all([
    crew.ask('metrics', ANSWER_MS),
    own.snapshot(),
    counts.snapshot(),
  ]);
  return await mergeMetrics([
    { worker: 'none', snapshot: ofThis.flat() },
    ...workers
      .map(parseSnapshot)
      .flatMap((snapshot, at) => (snapshot === undefined ? [] : [{ worker: String(at + 1), snapshot }])),
  ]);
}

interface Slot {
  readonly number: number;
  process?: WorkerProcess;
  isListening: boolean;
  /** Ends in a row that came soon after a start. */
  soon: number;
}

/** Owns the worker processes. */
class Crew {
  readonly failed: Promise<never>;
  readonly #given: Given;
  readonly #notes: { readonly logger: Logger; readonly counts: WorkerCounts };
  readonly #slots: readonly Slot[];
  readonly #stopping = new AbortController();
  readonly #fail: (error: Error) => void;

  constructor(given: Given, notes: { readonly logger: Logger; readonly counts: WorkerCounts }) {
    this.#given = given;
    this.#notes = notes;
    this.#slots = Array.from({ length: given.count }, (_, at) => ({
      number: at + 1,
      isListening: false,
      soon: 0,
    }));
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.failed = promise;
    this.#fail = reject;
  }

  /** The first alone: what it finds wrong, or has to bring up to date, is seen to once. Rejects when one does not start. */
  async start(): Promise<WorkerUrls> {
    const [first, ...others] = this.#slots;
    if (first === undefined) throw new Error('There is no worker to start.');
    const urls = await this.#begin(first);
    await Promise.all(others.map((slot) => this.#begin(slot)));
    for (const slot of this.#slots) void this.#keep(slot);
    return urls;
  }

  /** Each worker's answer; undefined for one that does not answer. */
  async ask(what: WorkerQuestion, withinMs: number): Promise<readonly unknown[]> {
    return await Promise.all(
      this.#slots.map(async ({ process, isListening }) =>
        isListening ? await process?.ask(what, withinMs) : undefined,
      ),
    );
  }

  /** Whether every worker that takes calls answers. One that is being started again is seen to here. */
  async isAlive(): Promise<boolean> {
    const listening = this.#slots.filter(({ isListening }) => isListening);
    const answers = await Promise.all(
      listening.map(async ({ process }) => await process?.ask('metrics', ANSWER_MS)),
    );
    return answers.every((answer) => answer !== undefined);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const graceMs = this.#given.config.stopGraceSeconds * SECOND_MS + CLOSE_MS;
    await Promise.all(this.#slots.map(async ({ process }) => await process?.stop(graceMs)));
  }

  async #begin(slot: Slot): Promise<WorkerUrls> {
    slot.process = startWorkerProcess(this.#given.programFile, ordersFor(this.#given, slot.number));
    void slot.process.ended.then(() => (slot.isListening = false));
    const urls = await slot.process.listening;
    slot.isListening = true;
    return urls;
  }

  /** Starts it again each time it ends, until all are stopped. Never rejects. */
  async #keep(slot: Slot): Promise<void> {
    let began = clock.monotonicMs();
    for (;;) {
      const how = await slot.process?.ended;
      if (this.#stopping.signal.aborted) return;
      this.#notes.counts.ended();
      const next = this.#next(slot, clock.monotonicMs() - began, how ?? 'never begun');
      if (next === undefined) return;
      if (!(await this.#waited(next))) return;
      began = clock.monotonicMs();
      await this.#begin(slot).catch((error: unknown) => {
        this.#notes.logger.error({ worker: slot.number, err: error }, 'a worker does not start again');
      });
    }
  }

  /** How long to wait, ms; undefined where it is of no use. */
  #next(slot: Slot, livedMs: number, how: string): number | undefined {
    const othersListen = this.#slots.some(({ isListening }) => isListening);
    const next = restartWorker({ livedMs, soonBefore: slot.soon, othersListen });
    const name = workerName(this.#given.config.node, slot.number);
    if (next.kind === 'give-up') {
      this.#fail(
        new Error(
          `Worker ${name} ended again and again soon after its start, at last by ${how}, and no other takes calls. What it said stands above; countersign check-config names faults of the config.`,
        ),
      );
      return undefined;
    }
    slot.soon = next.soon;
    this.#notes.logger.warn(
      { worker: slot.number, how, waitMs: next.waitMs },
      'a worker ended; it is started again',
    );
    return next.waitMs;
  }

  /** False when all are stopped meanwhile. */
  async #waited(ms: number): Promise<boolean> {
    return await pause(ms, true, { signal: this.#stopping.signal }).catch(() => false);
  }
}
