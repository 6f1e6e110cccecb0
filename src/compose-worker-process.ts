import { fork, type ChildProcess } from 'node:child_process';
import {
  parseFromWorker,
  type FromWorker,
  type ToWorker,
  type WorkerOrders,
  type WorkerQuestion,
  type WorkerUrls,
} from './compose-worker-words.ts';

/** One process that takes calls. */
export interface WorkerProcess {
  /** Once it takes calls. Rejects, with its own sentence where it gave one, when it ends before that. */
  readonly listening: Promise<WorkerUrls>;
  /** Once it is gone, and how; never rejects. */
  readonly ended: Promise<string>;
  /** Undefined where it does not say within that time. Never rejects. */
  readonly ask: (what: WorkerQuestion, withinMs: number) => Promise<unknown>;
  /** Lets calls in flight finish for that long, then ends it. Resolves once it is gone. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/** Starts one. It listens by itself, on a port that others of the same user share. */
export function startWorkerProcess(programFile: string, orders: WorkerOrders): WorkerProcess {
  const worker = fork(programFile, { serialization: 'advanced' });
  const listening = Promise.withResolvers<WorkerUrls>();
  const ended = Promise.withResolvers<string>();
  // Whoever does not wait for it hears of the end.
  listening.promise.catch(() => undefined);
  const asked = new Map<number, (value: unknown) => void>();
  const hear = (message: FromWorker): void => {
    switch (message.kind) {
      case 'here':
        tell(worker, { kind: 'begin', ...orders });
        return;
      case 'listening':
        listening.resolve(message.urls);
        return;
      case 'refused':
        listening.reject(new Error(message.sentence));
        return;
      case 'answer':
        asked.get(message.id)?.(message.value);
    }
  };
  worker.on('message', (message: unknown) => hear(parseFromWorker(message)));
  worker.once('exit', (code, signal) => {
    const how = signal ?? `code ${String(code)}`;
    listening.reject(new Error(`Worker ${orders.config.node} ended (${how}) before it took calls.`));
    ended.resolve(how);
  });
  return {
    listening: listening.promise,
    ended: ended.promise,
    ask: (what, withinMs) => ask(worker, asked, { what, withinMs }),
    stop: (graceMs) => stop(worker, ended.promise, graceMs),
  };
}

/** One that is ending hears nothing any more; its end is heard of anyway. */
function tell(worker: ChildProcess, message: ToWorker): void {
  if (worker.connected) worker.send(message, () => undefined);
}

let questions = 0;

async function ask(
  worker: ChildProcess,
  asked: Map<number, (value: unknown) => void>,
  { what, withinMs }: { readonly what: WorkerQuestion; readonly withinMs: number },
): Promise<unknown> {
  questions += 1;
  const id = questions;
  const { promise, resolve } = Promise.withResolvers<unknown>();
  asked.set(id, resolve);
  const late = setTimeout(() => resolve(undefined), withinMs);
  tell(worker, { kind: 'ask', id, what });
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    asked.delete(id);
  }
}

async function stop(worker: ChildProcess, ended: Promise<string>, graceMs: number): Promise<void> {
  tell(worker, { kind: 'stop' });
  const late = setTimeout(() => worker.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(late);
}
