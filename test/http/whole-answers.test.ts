import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import express, { type Response } from 'express';
import { singlePiece } from '../../src/flows/dicomweb-answer.ts';
import { streamResponse } from '../../src/http/stream-response.ts';

const BYTES = new TextEncoder().encode('[{"00080005":{"vr":"CS"}}]');
const servers: Server[] = [];

function answerOf(bytes: Uint8Array): Parameters<typeof streamResponse>[1] {
  const headers = { 'content-type': 'application/dicom+json', 'content-length': String(bytes.length) };
  return { status: 200, headers, body: singlePiece(bytes), cancel: () => undefined };
}

async function listen(act: (res: Response, path: string) => void): Promise<number> {
  const app = express();
  app.use((req, res) => {
    act(res, req.path);
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return parseAddress(address).port;
}

function parseAddress(address: ReturnType<Server['address']>): AddressInfo {
  return address as AddressInfo;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('an answer that is there in one piece', () => {
  it.each([
    ['short', BYTES],
    ['longer than one call takes', new Uint8Array(200_000).fill(0x20)],
    ['empty', new Uint8Array()],
  ])('goes out whole: %s', async (_what, bytes) => {
    const port = await listen((res) => {
      void streamResponse(res, answerOf(bytes), new AbortController().signal);
    });
    const answer = await fetch(`http://127.0.0.1:${String(port)}/`);
    expect(answer.headers.get('gateway-origin')).toBe('pacs');
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
  });

  it('does not look whole for a client that has left', async () => {
    const done = Promise.withResolvers<boolean>();
    const port = await listen((res) => {
      void streamResponse(res, answerOf(BYTES), AbortSignal.abort()).then(() => {
        done.resolve(res.writableEnded);
      });
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect(done.promise).resolves.toBe(false);
    socket.destroy();
  });

  it('waits for the end of the turn, and for nobody who has left by then', async () => {
    const turn = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<Response>();
    const done = Promise.withResolvers<boolean>();
    const port = await listen((res) => {
      const pace = { turnEnd: () => turn.promise };
      void streamResponse(res, answerOf(BYTES), new AbortController().signal, pace).then(() => {
        done.resolve(res.closed);
      });
      begun.resolve(res);
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const res = await begun.promise;
    expect([res.headersSent, res.writableEnded]).toEqual([false, false]);
    socket.destroy();
    await once(res, 'close');
    turn.resolve(undefined);
    await expect(done.promise).resolves.toBe(true);
  });

  it('is given up where the client takes nothing for too long', async () => {
    const done = Promise.withResolvers<boolean>();
    // The first is never answered, so that the second cannot leave.
    const port = await listen((res, path) => {
      if (path === '/first') return;
      void streamResponse(res, answerOf(BYTES), new AbortController().signal, { stalledMs: 1 }).then(() => {
        done.resolve(res.destroyed);
      });
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect(done.promise).resolves.toBe(true);
    socket.destroy();
  });

  it('holds its place until the client that keeps it waiting has gone', async () => {
    const begun = Promise.withResolvers<string>();
    const done = Promise.withResolvers<string>();
    let first: Response | undefined;
    const port = await listen((res, path) => {
      if (path === '/first') {
        first = res;
        return;
      }
      void streamResponse(res, answerOf(BYTES), new AbortController().signal).then(() => {
        done.resolve('over');
      });
      begun.resolve(path);
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n');
    await begun.promise;
    await new Promise((resolve) => setImmediate(resolve));
    await expect(Promise.race([done.promise, Promise.resolve('waits')])).resolves.toBe('waits');
    first?.end();
    await expect(done.promise).resolves.toBe('over');
    socket.destroy();
  });
});
