import {
  parseToWorker,
  type FromWorker,
  type ToWorker,
  type WorkerQuestion,
} from './compose-worker-words.ts';
import { startGateway, type RunningGateway } from './compose.ts';
import type { AdminDeps } from './http/build-admin-app.ts';

// The program of a worker process: one node of several on this machine, started by `countersign serve --workers N`.

/** A worker that nobody waits for any more ends by itself, so long after its grace. */
const CLOSE_MS = 15_000;
/** Less than the first process waits. */
const READINESS_MS = 5_000;
const SECOND_MS = 1_000;

interface Life {
  gateway?: Promise<RunningGateway>;
  graceMs: number;
  admin?: AdminDeps;
  isStopping?: boolean;
}

function begin(life: Life, { config, place }: Extract<ToWorker, { kind: 'begin' }>): void {
  life.graceMs = config.stopGraceSeconds * SECOND_MS;
  life.gateway = startGateway(config, place, (admin) => {
    life.admin = admin;
    return Promise.resolve({ url: '', close: () => Promise.resolve() });
  });
  life.gateway.then(
    ({ url, cardUrl }) =>
      tell({ kind: 'listening', urls: { url, ...(cardUrl === undefined ? {} : { cardUrl }) } }),
    (error: unknown) => {
      const sentence = error instanceof Error ? error.message : String(error);
      tell({ kind: 'refused', sentence }, () => process.exit(1));
    },
  );
}

/** Lets calls in flight finish, and ends; whoever told it. */
async function stop(life: Life): Promise<void> {
  if (life.isStopping === true) return;
  life.isStopping = true;
  setTimeout(() => process.exit(1), life.graceMs + CLOSE_MS).unref();
  // One that does not start says so by itself.
  const gateway = await life.gateway?.catch(() => undefined);
  try {
    await gateway?.close();
    process.exit(0);
  } catch (error: unknown) {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  }
}

async function valueOf({ admin }: Life, what: WorkerQuestion): Promise<unknown> {
  if (admin === undefined) return undefined;
  if (what === 'metrics') return await admin.metrics.snapshot();
  return await admin.flows.checkReadiness(AbortSignal.timeout(READINESS_MS));
}

function hear(life: Life, message: ToWorker): void {
  switch (message.kind) {
    case 'begin':
      begin(life, message);
      return;
    case 'stop':
      void stop(life);
      return;
    case 'ask': {
      const { id, what } = message;
      valueOf(life, what).then(
        (value) => tell({ kind: 'answer', id, value }),
        () => tell({ kind: 'answer', id }),
      );
    }
  }
}

/** To a process that is gone nothing is said. */
function tell(message: FromWorker, then: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, {}, then);
  else then();
}

function live(): void {
  const life: Life = { graceMs: 0 };
  process.on('message', (message) => hear(life, parseToWorker(message)));
  // The first process is gone: calls in flight finish all the same.
  process.once('disconnect', () => void stop(life));
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => void stop(life));
  tell({ kind: 'here' });
}

if (process.send === undefined) {
  process.stderr.write('This is started by `countersign serve --workers N`.\n');
  process.exitCode = 2;
} else {
  live();
}
