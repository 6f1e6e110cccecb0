import { faultOf } from './writer-fault.ts';
import type { LogWriter } from './log-writer.ts';
import { WriterFault } from './writer-fault.ts';
import type {
  StampedEntry,
  WriterAnswers,
  WriterCommand,
  WriterReply,
  WriterRequest,
} from './writer-messages.ts';

/** The worker's side of the line to the main thread. */
interface Port {
  readonly on: (event: 'message', listener: (request: WriterRequest) => void) => unknown;
  readonly postMessage: (reply: WriterReply) => void;
}

/** Answers the main thread's commands, one after the other, each with the call number it came with. Never throws. */
export function serveWriter(port: Port, open: (start: StampedEntry) => LogWriter): void {
  let writer: LogWriter | undefined;
  const perform = (command: WriterCommand): WriterAnswers[keyof WriterAnswers] => {
    if (command.do === 'open') {
      writer = open(command.start);
      return writer.opened();
    }
    if (writer === undefined) throw new WriterFault('fatal', 'The case log is not open.');
    if (command.do === 'append') return writer.append(command.entries, command.reserved);
    if (command.do === 'checkpoint') return writer.signCheckpoint();
    writer.close();
    writer = undefined;
    return null;
  };
  port.on('message', (request) => {
    const { call } = request;
    try {
      port.postMessage({ call, ok: true, value: perform(request) });
    } catch (error: unknown) {
      const { kind, detail } = faultOf(error);
      port.postMessage({ call, ok: false, kind, detail });
    }
  });
}
