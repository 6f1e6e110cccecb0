import { Worker } from 'node:worker_threads';
import { WriterFault } from './writer-fault.ts';
import {
  parseAnswer,
  type WriterAnswers,
  type WriterCommand,
  type WriterReply,
  type WriterSettings,
} from './writer-messages.ts';

type Answer = WriterAnswers[keyof WriterAnswers];

interface Pending {
  readonly resolve: (value: Answer) => void;
  readonly reject: (fault: WriterFault) => void;
}

/** What the main thread says to the append thread, and hears from it. */
export interface WriterLink {
  /** Resolves with the command's answer. Rejects with WriterFault; `fatal` once the thread has ended. */
  readonly send: <C extends WriterCommand>(command: C) => Promise<WriterAnswers[C['do']]>;
  /** Ends the thread, whatever it is doing. */
  readonly end: () => Promise<void>;
}

/** The append thread, as the main thread owns it. */
export class WorkerLink implements WriterLink {
  readonly #worker: Worker;
  readonly #onDeath: (fault: WriterFault) => void;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #dead: WriterFault | undefined;

  /** Starts the thread. `onDeath` is called once, when it ends without being asked to. */
  constructor(workerFile: string, settings: WriterSettings, onDeath: (fault: WriterFault) => void) {
    this.#onDeath = onDeath;
    this.#worker = new Worker(workerFile, { workerData: settings });
    this.#worker.on('message', (reply: WriterReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#die('The thread that writes the case log has failed.', error));
    this.#worker.on('exit', () => this.#die('The thread that writes the case log has ended.'));
  }

  readonly send = async <C extends WriterCommand>(command: C): Promise<WriterAnswers[C['do']]> => {
    if (this.#dead !== undefined) throw this.#dead;
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#calls += 1;
      this.#pending.set(this.#calls, { resolve, reject });
      this.#worker.postMessage({ ...command, call: this.#calls });
    });
    return parseAnswer(command, answer);
  };

  readonly end = async (): Promise<void> => {
    this.#fail(new WriterFault('fatal', 'The case log is closed.'));
    await this.#worker.terminate();
  };

  #settle(reply: WriterReply): void {
    const call = this.#pending.get(reply.call);
    this.#pending.delete(reply.call);
    if (reply.ok) call?.resolve(reply.value);
    else call?.reject(new WriterFault(reply.kind, reply.detail));
  }

  #die(detail: string, cause?: unknown): void {
    const fault = new WriterFault('fatal', detail, cause);
    if (this.#fail(fault)) this.#onDeath(fault);
  }

  /** False when it had failed before. */
  #fail(fault: WriterFault): boolean {
    if (this.#dead !== undefined) return false;
    this.#dead = fault;
    for (const { reject } of this.#pending.values()) reject(fault);
    this.#pending.clear();
    return true;
  }
}
