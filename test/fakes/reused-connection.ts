import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection that is asked one thing after another, and is opened anew where nobody can say where an answer ends. */
export interface ReusedConnection {
  /** Sends bytes as they are; resolves with what came back, once it is whole or the connection is closed. */
  readonly ask: (bytes: string) => Promise<string>;
  /** How often it was opened. */
  readonly opened: () => number;
  readonly close: () => void;
}

/** A request without a body, all of it in words that no parser stumbles over. */
const PLAIN_LINE = /^(?:GET|HEAD|OPTIONS|PUT|DELETE) [!-~]+ HTTP\/1\.1$/;
const PLAIN_HEADER =
  /^(?!(?:content-length|transfer-encoding|expect|upgrade|connection):)[A-Za-z][A-Za-z-]*: [ -~]*$/i;

/** Whether it is plain where this request ends, so that another may follow it. */
export function isPlainRequest(bytes: string): boolean {
  if (!bytes.endsWith('\r\n\r\n')) return false;
  const [line = '', ...headers] = bytes.slice(0, -4).split('\r\n');
  return PLAIN_LINE.test(line) && headers.every((header) => PLAIN_HEADER.test(header));
}

/** Opens none before it is first asked. */
export function createReusedConnection(port: number): ReusedConnection {
  let socket: Socket | undefined;
  let opened = 0;
  const open = async (): Promise<Socket> => {
    const fresh = connect({ port, host: '127.0.0.1', noDelay: true });
    fresh.on('error', () => undefined);
    fresh.once('close', () => {
      if (socket === fresh) socket = undefined;
    });
    await once(fresh, 'connect');
    opened += 1;
    return fresh;
  };
  return {
    ask: async (bytes) => {
      const here = (socket ??= await open());
      if (isPlainRequest(bytes)) return await exchange(here, bytes);
      socket = undefined;
      return await lastExchange(here, bytes);
    },
    opened: () => opened,
    close: () => socket?.destroy(),
  };
}

/** Says that nothing more comes, and takes what comes until the other side says so too. */
function lastExchange(socket: Socket, bytes: string): Promise<string> {
  let got = '';
  const take = (piece: Buffer): void => void (got += piece.toString('latin1'));
  return new Promise((resolve) => {
    socket.on('data', take).once('close', () => resolve(got));
    socket.end(bytes, 'latin1');
  });
}

function exchange(socket: Socket, bytes: string): Promise<string> {
  let got = '';
  return new Promise((resolve) => {
    const finish = (): void => {
      socket.off('data', take).off('close', finish);
      resolve(got);
    };
    const take = (piece: Buffer): void => {
      got += piece.toString('latin1');
      if (isWhole(got, bytes.startsWith('HEAD '))) finish();
    };
    socket.on('data', take).once('close', finish);
    socket.write(bytes, 'latin1');
  });
}

/** One that ends its connection is whole when that is closed. */
function isWhole(answer: string, isHead: boolean): boolean {
  const end = answer.indexOf('\r\n\r\n');
  const head = answer.slice(0, end);
  if (end < 0 || /\r\nconnection: *close/i.test(head)) return false;
  if (isHead || /^HTTP\/1\.1 (?:204|304) /.test(head)) return true;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  return length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length - end - 4 >= Number(length);
}
