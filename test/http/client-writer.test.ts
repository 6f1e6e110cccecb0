import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import express from 'express';
import { abortSignalOf } from '../../src/http/abort-signal.ts';
import { streamResponse } from '../../src/http/stream-response.ts';
import type { PacsBody, PieceSink } from '../../src/flows/ports.ts';
import { UpstreamFault } from '../../src/domain/errors.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Client {
  readonly socket: Socket;
  /** Everything until the connection is closed. */
  readonly all: Promise<string>;
}

async function ask(app: RequestListener): Promise<Client> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  closers.push(async () => {
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  socket.on('error', () => undefined);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const all = once(socket, 'close').then(() => Buffer.concat(chunks).toString('latin1'));
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  return { socket, all };
}

/** A client that reads may stand still for some time on a busy machine. */
const PATIENCE_MS = 60_000;

/** An app that answers with this body; `ended` says how it came out. */
function appFor(
  passTo: (sink: PieceSink) => Promise<void>,
  headers: Readonly<Record<string, string>> = {},
  pace: Parameters<typeof streamResponse>[3] = {},
) {
  const state = { cancelled: 0, socketWrites: [] as number[] };
  let tell: (outcome: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => (tell = resolve));
  const body: PacsBody = {
    passTo,
    [Symbol.asyncIterator]: () => {
      throw new Error('it can be passed on');
    },
  };
  const app = express().get('/', async (req, res) => {
    const { socket } = req;
    const writeOne = socket._write.bind(socket);
    socket._write = (chunk, encoding, done) => {
      state.socketWrites.push(1);
      writeOne(chunk, encoding, done);
    };
    const write = socket._writev?.bind(socket);
    socket._writev = (chunks, done) => {
      state.socketWrites.push(chunks.length);
      write?.(chunks, done);
    };
    const answer = { status: 200, headers, body, cancel: () => (state.cancelled += 1) };
    const signal = abortSignalOf(req, res);
    await streamResponse(res, answer, signal, { stalledMs: PATIENCE_MS, ...pace }).then(
      tell,
      (error: unknown) => {
        tell(error);
      },
    );
  });
  return { app, state, ended };
}

const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);

test('head, pieces and end that come at once go out in one call, in their order', async () => {
  const released: number[] = [];
  const pieces = ['a'.repeat(10_000), 'b', 'c', 'd'.repeat(20_000), 'e'];
  const length = String(pieces.join('').length);
  const { app, state, ended } = appFor(
    async (sink) => {
      for (const [at, piece] of pieces.entries()) sink(Buffer.from(piece), () => released.push(at));
      await Promise.resolve();
    },
    { 'content-length': length },
  );
  const { all } = await ask(app);
  expect(bodyOf(await all)).toBe(pieces.join(''));
  expect(await ended).toBeUndefined();
  expect(state.socketWrites).toHaveLength(1);
  expect(released.toSorted()).toEqual([0, 1, 2, 3, 4]);
});

test('large pieces of the only answer under way go out as they come; with others beside it at the end of the turn', async () => {
  const writesWith = async (others: number[]): Promise<readonly number[]> => {
    const { app, state } = appFor(
      async (sink) => {
        for (const letter of ['a', 'b', 'c']) sink(Buffer.alloc(10_000, letter), () => undefined);
        sink(Buffer.from('end'), () => undefined);
        await Promise.resolve();
      },
      { 'content-length': '30003' },
      { isAlone: () => others.shift() === 0 },
    );
    const letters = ['a', 'b', 'c'].map((letter) => letter.repeat(10_000));
    expect(bodyOf(await (await ask(app)).all)).toBe(`${letters.join('')}end`);
    return state.socketWrites;
  };
  expect(await writesWith([0, 0, 0])).toHaveLength(4);
  expect(await writesWith([0, 1, 1])).toHaveLength(2);
  expect(await writesWith([1, 1, 0])).toHaveLength(2);
  expect(await writesWith([1, 1, 1])).toHaveLength(1);
});

test('small pieces become one chunk of the answer, which goes out with head and end', async () => {
  const { app, state } = appFor(async (sink) => {
    for (let at = 0; at < 500; at += 1) sink(Buffer.from('xy'), () => undefined);
    await Promise.resolve();
  });
  const text = bodyOf(await (await ask(app)).all);
  expect(text).toBe(`3e8\r\n${'xy'.repeat(500)}\r\n0\r\n\r\n`);
  expect(state.socketWrites).toHaveLength(1);
});

test('pieces that come apart do not wait for each other', async () => {
  let goOn: () => void = () => undefined;
  const { app } = appFor(async (sink) => {
    sink(Buffer.from('first'), () => undefined);
    await new Promise<void>((resolve) => (goOn = resolve));
    sink(Buffer.from('second'), () => undefined);
  });
  const { socket, all } = await ask(app);
  await once(socket, 'data');
  goOn();
  expect(bodyOf(await all)).toBe('5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n');
});

test('bytes are not looked at any more once they are released', async () => {
  const memory = Buffer.alloc(200_000, 'a');
  const { app } = appFor(
    async (sink) => {
      for (const letter of ['a', 'b', 'c']) {
        memory.fill(letter);
        await new Promise<void>((resolve) => {
          sink(memory, resolve);
        });
      }
    },
    { 'content-length': '600000' },
  );
  const text = bodyOf(await (await ask(app)).all);
  expect(text === ['a', 'b', 'c'].map((letter) => letter.repeat(200_000)).join('')).toBe(true);
});

test('nothing came, and it fails: the head is still free for a problem', async () => {
  const fault = new UpstreamFault('upstream-unreachable', 'pacs');
  const { app, ended } = appFor(() => Promise.reject(fault), { 'content-length': '9' });
  const guarded = express().use(app, (_req, res) => res.end());
  void ask(guarded);
  expect(await ended).toBe(fault);
});

test('a piece came, and it fails: the client gets what came and no end', async () => {
  const { app, ended } = appFor(async (sink) => {
    sink(Buffer.from('half'), () => undefined);
    await Promise.resolve();
    throw new UpstreamFault('upstream-unreachable', 'pacs');
  });
  const text = await (await ask(app)).all;
  expect(text.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true);
  expect(bodyOf(text)).toBe('4\r\nhalf\r\n');
  expect(await ended).toBeInstanceOf(UpstreamFault);
});

test('a client that leaves: nothing more is written, and whoever makes it is told', async () => {
  let told: () => void = () => undefined;
  const isTold = new Promise<void>((resolve) => (told = resolve));
  const body: PacsBody = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('not this way')) }),
    passTo: async (sink) => {
      sink(Buffer.from('first'), () => undefined);
      await isTold;
      sink(Buffer.from('late'), () => {
        throw new Error('nobody is there');
      });
    },
  };
  const app = express().get('/', async (req, res) => {
    await streamResponse(res, { status: 200, headers: {}, body, cancel: told }, abortSignalOf(req, res));
  });
  const { socket } = await ask(app);
  await once(socket, 'data');
  socket.destroy();
  await isTold;
});

test('the end waits for a client that has not taken all, and for one that takes nothing not for long', async () => {
  const large = Buffer.alloc(64 << 20);
  const released: string[] = [];
  const { app, state, ended } = appFor(
    async (sink) => {
      sink(large, () => released.push('large'));
      await Promise.resolve();
    },
    {},
    { stalledMs: 200 },
  );
  const { socket } = await ask(app);
  socket.pause();
  await ended;
  expect(state.cancelled).toBeGreaterThan(0);
  socket.resume();
  await once(socket, 'close');
});
