import { faultOf } from '../fakes/fault-of.ts';
import { askRaw as ask, createRawUpstreams, sized, textOf } from '../fakes/raw-upstream.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});
const { serve, poolFor } = createRawUpstreams(closers);

test('what is asked for within one turn is sent at its end, and what is called off until then never', async () => {
  const heard: number[] = [];
  const upstream = await serve((socket, { connection }) => {
    heard.push(connection);
    socket.write(sized('x'));
  });
  const pool = poolFor(upstream.port);
  const leaving = new AbortController();
  const asked = [ask(pool), ask(pool, leaving.signal), ask(pool)];
  leaving.abort();
  const [first, left, last] = await Promise.allSettled(asked);
  expect([first?.status, left?.status, last?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(heard).toHaveLength(2);
});

test('a pool that is closed within the turn of a request answers it', async () => {
  const upstream = await serve((socket) => socket.write(sized('x')));
  const pool = poolFor(upstream.port);
  const asked = ask(pool);
  pool.close();
  expect(await faultOf(asked)).toMatchObject({ code: 'upstream-unreachable' });
  expect(upstream.sockets).toEqual([]);
});

test('an answer that has come whole is read at once; none that is longer than is wanted, or is not whole', async () => {
  const upstream = await serve((socket, { request }) =>
    request < 3
      ? socket.write(sized('whole'))
      : socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
  );
  const pool = poolFor(upstream.port);
  const { body } = await ask(pool);
  expect(Buffer.from(body.takeWhole?.(5) ?? '').toString()).toBe('whole');
  expect(body.takeWhole?.(5)).toBeUndefined();
  const long = await ask(pool);
  expect(long.body.takeWhole?.(4)).toBeUndefined();
  expect(await textOf(long)).toBe('whole');
  const half = await ask(pool);
  expect(half.body.takeWhole?.(99)).toBeUndefined();
  half.cancel();
});

test('a certificate of ours that cannot be used is a fault of each request, and of nothing else', async () => {
  const upstream = await serve((socket) => socket.write(sized('x')));
  const pool = poolFor(upstream.port, { tls: { cert: 'none' } });
  const faults = await Promise.all([faultOf(ask(pool)), faultOf(ask(pool))]);
  expect(faults.map(({ code }) => code)).toEqual(['upstream-unreachable', 'upstream-unreachable']);
});
