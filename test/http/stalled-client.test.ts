import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import { abortSignalOf } from '../../src/http/abort-signal.ts';
import { streamResponse } from '../../src/http/stream-response.ts';

const PIECE = Buffer.alloc(1 << 20);

async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) yield await Promise.resolve(PIECE);
}

test('a client that takes nothing is cut off, and the PACS is told to stop', async () => {
  const app = express();
  let tellCancelled: () => void = () => undefined;
  const cancelled = new Promise<void>((resolve) => {
    tellCancelled = resolve;
  });
  app.get('/', async (req, res) => {
    const answer = { status: 200, headers: {}, body: endless(), cancel: tellCancelled };
    await streamResponse(res, answer, abortSignalOf(req, res), { stalledMs: 50 }).catch(() => undefined);
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  socket.pause();
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await cancelled;
  socket.resume();
  await once(socket, 'close');
  await new Promise((resolve) => server.close(resolve));
});
