import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { askRaw as ask, createRawUpstreams, sized, textOf } from '../fakes/raw-upstream.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});
const { serve, poolFor } = createRawUpstreams(closers);

test('one connection carries one request after the other, and a second only what is at the same time', async () => {
  const upstream = await serve((socket, { connection }) => socket.write(sized(String(connection))));
  const pool = poolFor(upstream.port);
  expect(await textOf(await ask(pool))).toBe('1');
  expect(await textOf(await ask(pool))).toBe('1');
  const both = await Promise.all([ask(pool), ask(pool)]);
  expect(await Promise.all(both.map(textOf))).toEqual(['1', '2']);
});

test('there are no more connections than allowed: others wait their turn', async () => {
  const waiting: Socket[] = [];
  const upstream = await serve((socket) => waiting.push(socket));
  const pool = poolFor(upstream.port, { max: 2 });
  const asked = [ask(pool), ask(pool), ask(pool)];
  while (waiting.length < 2) await new Promise((resolve) => setImmediate(resolve));
  for (let served = 0; served < 3; served += 1) {
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    waiting.shift()?.write(sized('x'));
  }
  expect(await Promise.all((await Promise.all(asked)).map(textOf))).toEqual(['x', 'x', 'x']);
  expect(upstream.sockets).toHaveLength(2);
});

test.each([
  ['a second answer', (socket: Socket) => socket.write(sized('a') + sized('stolen'))],
  ['bytes behind the end', (socket: Socket) => socket.write(`${sized('a')}\r\n`)],
  [
    'an answer that says it is the last',
    (socket: Socket) => socket.write(sized('a', 'Connection: close\r\n')),
  ],
])('after %s the next request goes another way', async (_name, answer) => {
  const upstream = await serve((socket, { connection }) =>
    connection === 1 ? answer(socket) : socket.write(sized('b')),
  );
  const pool = poolFor(upstream.port);
  expect(await textOf(await ask(pool))).toBe('a');
  expect(await textOf(await ask(pool))).toBe('b');
});

test('what nobody asked for ends a connection that waits', async () => {
  const upstream = await serve((socket, { connection }) => socket.write(sized(String(connection))));
  const pool = poolFor(upstream.port);
  await textOf(await ask(pool));
  const [first] = upstream.sockets;
  first?.write(sized('stolen'));
  await once(first ?? process, 'close');
  expect(await textOf(await ask(pool))).toBe('2');
});

test('a kept connection that ends before any answer costs one more attempt, on a new one', async () => {
  const upstream = await serve((socket, { connection, request }) => {
    if (connection <= 2 && request === 2) socket.destroy();
    else socket.write(sized(String(connection)));
  });
  const pool = poolFor(upstream.port);
  await Promise.all((await Promise.all([ask(pool), ask(pool)])).map(textOf));
  expect(await textOf(await ask(pool))).toBe('3');
});

test.each([
  ['ended', (socket: Socket) => socket.end()],
  ['reset', (socket: Socket) => socket.resetAndDestroy()],
])('a new connection that is %s before any answer is not tried again', async (_name, cut) => {
  const upstream = await serve((socket) => cut(socket));
  const fault = await faultOf(ask(poolFor(upstream.port)));
  expect(fault.code).toBe('upstream-unreachable');
  expect(upstream.sockets).toHaveLength(1);
});

test('a request whose answer has begun is never made twice', async () => {
  let requests = 0;
  const upstream = await serve((socket, { request }) => {
    requests += 1;
    if (request === 1) socket.write(sized('a'));
    else socket.end('HTTP/1.1 200');
  });
  const pool = poolFor(upstream.port);
  await textOf(await ask(pool));
  expect((await faultOf(ask(pool))).code).toBe('upstream-unreachable');
  expect(requests).toBe(2);
});

test('a reset in a body that ends with the connection is no end', async () => {
  const upstream = await serve((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\nhalf', () => socket.resetAndDestroy());
  });
  const asked = ask(poolFor(upstream.port)).then(textOf);
  expect((await faultOf(asked)).code).toBe('upstream-unreachable');
});

test('whoever leaves while waiting for a connection leaves its place', async () => {
  const upstream = await serve(() => undefined);
  const pool = poolFor(upstream.port, { max: 1 });
  const first = new AbortController();
  const second = new AbortController();
  const asked = [ask(pool, first.signal), ask(pool, second.signal)].map(faultOf);
  second.abort();
  first.abort();
  expect((await Promise.all(asked)).map(({ code }) => code)).toEqual([
    'upstream-unreachable',
    'upstream-unreachable',
  ]);
});

test('waiting for a connection counts as waiting for the answer', async () => {
  const upstream = await serve(() => undefined);
  const pool = poolFor(upstream.port, { max: 1 });
  void faultOf(ask(pool));
  expect((await faultOf(ask(pool, new AbortController().signal, 50))).code).toBe('upstream-timeout');
});

test('nobody who takes a body slowly makes the PACS look silent, and nothing is read ahead of them', async () => {
  const piece = Buffer.alloc(1 << 20, 7);
  let sent = 0;
  const upstream = await serve((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const more = (): void => {
      while (sent < 64) {
        sent += 1;
        socket.write('100000\r\n');
        socket.write(piece);
        if (!socket.write('\r\n')) {
          socket.once('drain', more);
          return;
        }
      }
      socket.write('0\r\n\r\n');
    };
    more();
  });
  const { body } = await ask(poolFor(upstream.port, { idleMs: 3_000 }));
  const held: (() => void)[] = [];
  let bytes = 0;
  let isSlow = true;
  const passing = body.passTo?.((taken, release) => {
    bytes += taken.length;
    if (isSlow) held.push(release);
    else release();
  });
  // More than twice the patience with a silent PACS.
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  expect(bytes).toBeLessThan(2 << 20);
  expect(sent).toBeLessThan(64);
  isSlow = false;
  for (const release of held.splice(0)) release();
  await passing;
  expect(bytes).toBe(64 << 20);
});

test('what is handed on stays as it is until it is released, and is read into again after that', async () => {
  const bodies = ['a', 'b', 'c'].map((letter) => letter.repeat(300_000));
  const upstream = await serve((socket, { request }) => socket.write(sized(bodies[request - 1] ?? '')));
  const pool = poolFor(upstream.port);
  const kept: { readonly bytes: Uint8Array; readonly text: string; readonly release: () => void }[] = [];
  for (const expected of bodies.slice(0, 2)) {
    const { body } = await ask(pool);
    let text = '';
    let lent = 0;
    await body.passTo?.((bytes, release) => {
      const piece = Buffer.from(bytes).toString('latin1');
      text += piece;
      // However many pieces it comes in: with more than this unreleased nothing would be read any more.
      if ((lent += bytes.buffer.byteLength) < 512 * 1024) kept.push({ bytes, text: piece, release });
      else release();
    });
    expect(text === expected).toBe(true);
  }
  expect(kept.every(({ bytes, text }) => Buffer.from(bytes).toString('latin1') === text)).toBe(true);
  const memory = new Set(kept.map(({ bytes }) => bytes.buffer));
  for (const { release } of kept.flatMap((one) => [one, one])) release();
  const { body } = await ask(pool);
  const again: boolean[] = [];
  await body.passTo?.((bytes, release) => {
    again.push(memory.has(bytes.buffer));
    release();
  });
  expect(again).toContain(true);
});

test('a sink that fails ends the exchange with its own error', async () => {
  const upstream = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nx'));
  const { body } = await ask(poolFor(upstream.port));
  const refused = new Error('refused');
  const passing = body.passTo?.(() => {
    throw refused;
  });
  await expect(passing).rejects.toBe(refused);
  await once(upstream.sockets[0] ?? process, 'close');
});

test('a body is read once', async () => {
  const upstream = await serve((socket) => socket.write(sized('a')));
  const answer = await ask(poolFor(upstream.port));
  await textOf(answer);
  await expect(answer.body.passTo?.(() => undefined)).rejects.toBeInstanceOf(TypeError);
});

test('by TLS, the same; and only with an authority that is known', async () => {
  const { privateKeyPem, certificatePem } = makeKeyPair('localhost');
  const server = createTlsServer({ key: privateKeyPem, cert: certificatePem });
  const long = 'x'.repeat(3 << 20);
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(sized(long)));
  });
  const { port } = await serve(() => undefined, server);
  // Made for no name; whom it is for is not what is tried here.
  const trusting = { ca: certificatePem, checkServerIdentity: () => undefined };
  const known = poolFor(port, { max: 1, tls: trusting });
  for (let turn = 0; turn < 2; turn += 1) expect((await textOf(await ask(known))).length).toBe(long.length);
  const held: (() => void)[] = [];
  let bytes = 0;
  let isSlow = true;
  const { body } = await ask(known);
  const passing = body.passTo?.((taken, release) => {
    bytes += taken.length;
    if (isSlow) held.push(release);
    else release();
  });
  // Nobody takes anything: reading stops far from the end, and goes on from there.
  let before = -1;
  while (before !== bytes || bytes === 0) {
    before = bytes;
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(bytes).toBeLessThan(1 << 20);
  isSlow = false;
  for (const release of held.splice(0)) release();
  await passing;
  expect(bytes).toBe(long.length);
  expect((await faultOf(ask(poolFor(port, { tls: {} })))).code).toBe('upstream-unreachable');
});
