import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { startListener } from '../../src/http/start-listener.ts';
import { UpstreamFault } from '../../src/domain/errors.ts';
import { dicomwebApp } from '../fakes/dicomweb-app.ts';
import { allObjects, createRetrievalHouse, pathTo, STUDY } from '../fakes/retrieval-house.ts';

const [ctOne = ''] = allObjects.map(pathTo);
const FRAME = `${ctOne}/frames/1`;
const PIECE = Buffer.alloc(256 * 1024, 7);
/** Far more than two sockets can hold: without back-pressure all of it is taken. */
const MAX_PIECES = 600;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function open(app: RequestListener, path: string): Promise<Socket> {
  const listener = await startListener({ app, host: '127.0.0.1', port: 0 });
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  closers.push(async () => {
    socket.destroy();
    await listener.close(0);
  });
  await once(socket, 'connect');
  socket.write(`GET /dicom-web/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\n\r\n`);
  return socket;
}
async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** A long body that counts how much of it was taken. */
function longBody() {
  const state = { taken: 0 };
  async function* body(): AsyncGenerator<Uint8Array> {
    while (state.taken < MAX_PIECES) {
      state.taken += 1;
      yield PIECE;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { state, body };
}

test('a slow client slows the PACS, and one that leaves frees it', async () => {
  const { state, body } = longBody();
  const house = createRetrievalHouse({
    answers: { [FRAME]: { headers: { 'content-type': 'image/x' }, body } },
  });
  let dropped: () => void = () => undefined;
  const isDropped = new Promise<void>((resolve) => (dropped = resolve));
  const pacs: typeof house.pacs = {
    ...house.pacs,
    fetch: async (request, signal) => {
      const answer = await house.pacs.fetch(request, signal);
      return {
        ...answer,
        cancel: () => {
          answer.cancel();
          dropped();
        },
      };
    },
  };
  const socket = await open(dicomwebApp({ ...house.deps, pacs }), FRAME);
  await once(socket, 'readable');
  // Nobody reads on: what the two sockets hold is full soon, and then nothing more is taken.
  let before = -1;
  while (before !== state.taken && state.taken < MAX_PIECES) {
    before = state.taken;
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(state.taken).toBeLessThan(MAX_PIECES / 2);
  socket.destroy();
  await isDropped;
});

test('a failure after the head breaks the connection and never ends the answer', async () => {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield PIECE;
    throw new UpstreamFault('upstream-unreachable', 'pacs');
  }
  const house = createRetrievalHouse({
    answers: { [FRAME]: { headers: { 'content-type': 'image/x' }, body } },
  });
  const answer = await readAll(await open(dicomwebApp(house.deps), FRAME));
  expect(answer.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true);
  expect(answer.endsWith('0\r\n\r\n')).toBe(false);
});

test('a close-delimited study that the PACS cuts never gets its closing boundary', async () => {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('--edge\r\nContent-Type: image/png\r\nContent-Location: /instances/1.10.1\r\n\r\n');
    for (let turn = 0; turn < 5; turn += 1) yield PIECE;
  }
  const headers = { 'content-type': 'multipart/related; boundary=edge' };
  const house = createRetrievalHouse({ answers: { [`studies/${STUDY}`]: { headers, body } } });
  const answer = await readAll(await open(dicomwebApp(house.deps), `studies/${STUDY}`));
  expect(answer).toContain('HTTP/1.1 200 OK');
  expect(answer).not.toContain('--edge--');
  expect(answer.endsWith('0\r\n\r\n')).toBe(false);
});

test('whole answers end whole, and the connection serves the next', async () => {
  const house = createRetrievalHouse();
  const socket = await open(dicomwebApp(house.deps), `studies/${STUDY}`);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  while (!text.endsWith('0\r\n\r\n')) await once(socket, 'data');
  expect(text).toContain('--edge--\r\n');
  text = '';
  socket.write(
    'GET /dicom-web/studies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\nConnection: close\r\n\r\n',
  );
  await once(socket, 'close');
  expect(text).toContain('HTTP/1.1 200 OK');
});
