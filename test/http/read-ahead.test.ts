import { once } from 'node:events';
import { createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import { BadRequest } from '../../src/domain/errors.ts';
import { readAhead, type ReadAheadRoom } from '../../src/http/read-ahead.ts';
import { createPacsStore } from '../../src/upstreams/pacs-store.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { listenToStore, rawConnection } from '../fakes/store-app.ts';
import { createStoreHouse } from '../fakes/store-house.ts';
import { longHead, multipartBody, storedFile } from '../fakes/stored-files.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const MEBIBYTE = 1024 * 1024;
const HOUR_MS = 3_600_000;

describe('pieces', () => {
  const TERMS = { afterMs: 0, maxBytes: 4, maxPieces: 50 };
  /** Pieces of two bytes, and how many of them were asked for. */
  function aSource(count: number, fault?: Error) {
    const asked = { count: 0, isLeft: false };
    let tell: () => void = () => undefined;
    const source = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for (let nth = 0; nth < count; nth += 1) {
          asked.count += 1;
          tell();
          yield Uint8Array.of(nth, nth);
        }
        if (fault !== undefined) throw fault;
      } finally {
        asked.isLeft = true;
        tell();
      }
    };
    const until = async (isTrue: () => boolean): Promise<void> => {
      while (!isTrue()) await new Promise<void>((resolve) => (tell = resolve));
    };
    return { source: source(), asked, until };
  }
  const all = async (pieces: AsyncIterable<Uint8Array>): Promise<number[]> => {
    const found: number[] = [];
    for await (const piece of pieces) found.push(...piece);
    return found;
  };

  test('come in order, all of them, however they are taken', async () => {
    const room = { left: 100 };
    const { source, asked, until } = aSource(5);
    const pieces = readAhead(source, room, TERMS);
    expect(asked.count).toBe(0);
    expect(await pieces.next()).toEqual({ done: false, value: Uint8Array.of(0, 0) });
    await until(() => asked.count === 3);
    expect(await all(pieces)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
    expect(room.left).toBe(100);
  });

  test.each<[string, ReadAheadRoom, number]>([
    ['so much is held', { left: 100 }, 3],
    ['no more than there is room for', { left: 2 }, 2],
    ['nothing where there is none', { left: 0 }, 1],
  ])('%s', async (_name, room, count) => {
    const { source, asked, until } = aSource(50);
    const pieces = readAhead(source, room, TERMS);
    await pieces.next();
    await until(() => asked.count === count);
    // Whoever would read further would do so by then.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve));
    expect(asked.count).toBe(count);
  });

  test('not more pieces than so many, however small they are', async () => {
    const { source, asked, until } = aSource(50);
    const pieces = readAhead(source, { left: 100 }, { afterMs: 0, maxBytes: 100, maxPieces: 3 });
    await pieces.next();
    await until(() => asked.count === 4);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve));
    expect(asked.count).toBe(4);
  });

  test('a fault comes behind the pieces before it, once', async () => {
    const { source, asked, until } = aSource(2, new BadRequest('broke off'));
    const pieces = readAhead(source, { left: 100 }, { ...TERMS, maxBytes: 100 });
    await pieces.next();
    await until(() => asked.isLeft);
    expect(await pieces.next()).toEqual({ done: false, value: Uint8Array.of(1, 1) });
    expect(await faultOf(pieces.next())).toMatchObject({ code: 'bad-request' });
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
  });

  test('what is held is dropped with the rest when it is left, and its room is free', async () => {
    const room = { left: 100 };
    const { source, asked, until } = aSource(50);
    const pieces = readAhead(source, room, TERMS);
    await pieces.next();
    await until(() => asked.count === 3);
    await pieces.return?.();
    expect(asked.isLeft).toBe(true);
    expect(room.left).toBe(100);
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
  });
});

/** Takes connections, and not one byte of what they bring. */
async function deafPacs(): Promise<string> {
  const sockets: Socket[] = [];
  const server = createNetServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.resolve(server.close());
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/dicom-web`;
}

test('an uploader that hangs up is noticed while the PACS takes nothing, long before the PACS’s time is over', async () => {
  const pacsStore = createPacsStore({
    baseUrl: await deafPacs(),
    publicDicomwebUrl: 'https://gw.example/dicom-web',
    timeouts: { firstByteMs: HOUR_MS, idleMs: HOUR_MS },
  });
  closers.push(() => pacsStore.close());
  const told: Promise<unknown>[] = [];
  const house = createStoreHouse();
  const store: typeof pacsStore.store = (request, signal) => {
    const answer = pacsStore.store(request, signal);
    told.push(faultOf(answer));
    return answer;
  };
  const listener = await listenToStore({ ...house.deps, pacsStore: { store } });
  closers.push(() => listener.close(0));
  const { socket } = await rawConnection(listener.port);
  closers.push(async () => await Promise.resolve(socket.destroy()));
  const length = 16 * MEBIBYTE;
  const body = multipartBody([
    storedFile({ after: [longHead([0x7fe0, 0x0010], 'OB', length), Buffer.alloc(length, 7)] }),
  ]);
  socket.write(
    `POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ct\r\nContent-Length: ${String(body.length)}\r\n` +
      'Content-Type: multipart/related; type="application/dicom"; boundary=edge\r\n\r\n',
  );
  // Most of it lies with the systems, more than they hold of what nobody takes.
  await new Promise((resolve) => socket.write(body.subarray(0, 12 * MEBIBYTE), resolve));
  socket.destroy();
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await told[0]).toMatchObject({ code: 'upstream-unreachable' });
});
