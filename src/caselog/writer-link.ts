import { Worker } from 'node:worker_threads';
import { WriterFault } from './writer-fault.ts';
import type { WriterAnswers, WriterCommand, WriterReply, WriterSettings } from './writer-messages.ts';

/** The main thread's side of the line to the append thread. */
export interface WriterLink {
  /** Resolves with the command's answer. Rejects with WriterFault; `fatal` when the thread has died. */
  readonly send: <C extends WriterCommand>(command: C) => Promise<WriterAnswers[C['do']]>;
  /** Ends the thread, whatever it is doing. */
  readonly end: () => Promise<void>;
}

type Answer = WriterAnswers[keyof WriterAnswers];

interface Pending {
  readonly resolve: (value: Answer) => void;
  readonly reject: (fault: WriterFault) => void;
}

/** Starts the append thread. `onDeath` is called once, when it ends without being asked to. */
export function startWriterLink(
  workerFile: string,
  settings: WriterSettings,
  onDeath: (fault: WriterFault) => void,
): WriterLink {
  const worker = new Worker(workerFile, { workerData: settings });
  const pending = new Map<number, Pending>();
  let calls = 0;
  let dead: WriterFault | undefined;

  const fail = (fault: WriterFault): boolean => {
    if (dead !== undefined) return false;
    dead = fault;
    for (const { reject } of pending.values()) reject(fault);
    return true;
  };
  const die = (fault: WriterFault): void => {
    if (fail(fault)) onDeath(fault);
  };
  worker.on('message', (reply: WriterReply) => {
    settle(pending.get(reply.call), reply);
    pending.delete(reply.call);
  });
  worker.on('error', (error) => die(new WriterFault('fatal', 'The thread that writes the case log has failed.', error)));
  worker.on('exit', () => die(new WriterFault('fatal', 'The thread that writes the case log has ended.')));
  return {
    send: async (command) => {
      if (dead !== undefined) throw dead;
      const answer = await new Promise<Answer>((resolve, reject) => {
        calls += 1;
        pending.set(calls, { resolve, reject });
        worker.postMessage({ ...command, call: calls });
      });
      return parseAnswer(command, answer);
    },
    end: async () => {
      fail(new WriterFault('fatal', 'The case log is closed.'));
      await worker.terminate();
    },
  };
}

function settle(call: Pending | undefined, reply: WriterReply): void {
  if (reply.ok) call?.resolve(reply.value);
  else call?.reject(new WriterFault(reply.kind, reply.detail));
}

/** The thread runs this same release and answers each call with what its command asks for. */
function parseAnswer<C extends WriterCommand>(_command: C, answer: unknown): WriterAnswers[C['do']] {
  return answer as WriterAnswers[C['do']];
}
