import { GatewayError } from '../domain/errors.ts';
import { createTurns } from '../domain/turns.ts';
import type { SharedLogWriter } from './shared-log-writer.ts';
import { faultOf, WriterFault } from './writer-fault.ts';
import type { WriterLink } from './writer-link.ts';
import { parseAnswer, type WriterAnswers, type WriterCommand } from './writer-messages.ts';

type Answer = WriterAnswers[keyof WriterAnswers];

/** A writer of a log in PostgreSQL behind the same line as the append thread: commands one after another, faults as WriterFault. */
export function createSharedLink(open: () => Promise<SharedLogWriter>): WriterLink {
  const inTurn = createTurns();
  let writer: SharedLogWriter | undefined;
  let broken: WriterFault | undefined;

  const perform = async (command: WriterCommand): Promise<Answer> => {
    if (command.do === 'open') {
      writer = await open();
      return await writer.start(command.start);
    }
    if (command.do === 'close') return null;
    if (writer === undefined) throw new WriterFault('fatal', 'The case log is not open.');
    return command.do === 'append' ? await writer.append(command.entries) : await writer.signCheckpoint();
  };
  const guarded = async (command: WriterCommand): Promise<Answer> => {
    if (broken !== undefined) throw broken;
    try {
      return await perform(command);
    } catch (error: unknown) {
      const fault = plainFault(error);
      if (fault.kind === 'fatal') broken = fault;
      throw fault;
    }
  };
  return {
    send: async (command) => parseAnswer(command, await inTurn(() => guarded(command))),
    end: () => {
      broken = new WriterFault('fatal', 'The case log is closed.');
      return Promise.resolve();
    },
  };
}

/** Ours already say in plain words what is wrong; a driver's do not. */
function plainFault(error: unknown): WriterFault {
  const isOurs = error instanceof GatewayError && !(error instanceof WriterFault);
  return isOurs ? new WriterFault('fatal', error.detail, error) : faultOf(error);
}
