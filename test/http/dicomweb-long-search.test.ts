import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { UpstreamFault } from '../../src/domain/errors.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { startListener } from '../../src/http/start-listener.ts';
import { search } from '../../src/flows/search.ts';
import { findStudies } from '../../src/http/study-lookup.ts';
import { text } from '../fakes/dicom-objects.ts';
import { dicomwebApp } from '../fakes/dicomweb-app.ts';
import { withLongAnswers } from '../fakes/long-answers.ts';
import { createMarkedHouse, MARKED_STUDY } from '../fakes/marked-study.ts';
import { createMemoryPacs } from '../fakes/memory-pacs.ts';
import { createRetrievalHouse } from '../fakes/retrieval-house.ts';

const JSON_TYPE = { 'content-type': 'application/dicom+json' };
const ROW = JSON.stringify({ '0020000D': text('UI', '9.6.1'), '00081030': text('LO', 'x'.repeat(1_000)) });
const PIECE = Buffer.from(Array.from({ length: 256 }, () => `,${ROW}`).join(''));
/** Far more than two sockets can hold: without back-pressure all of it is taken. */
const MAX_PIECES = 600;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function open(app: RequestListener, method = 'GET'): Promise<Socket> {
  const listener = await startListener({ app, host: '127.0.0.1', port: 0 });
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  closers.push(async () => {
    socket.destroy();
    await listener.close(0);
  });
  await once(socket, 'connect');
  const head = 'Host: x\r\nAuthorization: Bearer alice\r\nConnection: close\r\n\r\n';
  socket.write(`${method} /dicom-web/studies HTTP/1.1\r\n${head}`);
  return socket;
}
async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** A PACS that has studies without end, and counts how much of them was taken; resolves `dropped` when it is let go. */
function endless(fault?: { readonly after: number; readonly error: Error }) {
  const state = { taken: 0 };
  const dropped = Promise.withResolvers<undefined>();
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from(`[${ROW}`);
      while (state.taken < MAX_PIECES) {
        if (state.taken === fault?.after) throw fault.error;
        state.taken += 1;
        yield PIECE;
        await new Promise((resolve) => setImmediate(resolve));
      }
      yield Buffer.from(']');
    } finally {
      dropped.resolve(undefined);
    }
  }
  const { deps } = createRetrievalHouse({ answers: { studies: { headers: JSON_TYPE, body } } });
  const pacs: typeof deps.pacs = {
    ...deps.pacs,
    fetch: async (request, signal) => {
      const answer = await deps.pacs.fetch(request, signal);
      const cancel = (): void => {
        answer.cancel();
        dropped.resolve(undefined);
      };
      return { ...answer, cancel };
    },
  };
  return { state, dropped: dropped.promise, app: dicomwebApp({ ...deps, pacs }) };
}

test('a slow reader slows the PACS, and one that leaves frees it', async () => {
  const { state, dropped, app } = endless();
  const socket = await open(app);
  await once(socket, 'readable');
  // Nobody reads on: what the two sockets hold is full soon, and then nothing more is taken.
  let before = -1;
  while (before !== state.taken && state.taken < MAX_PIECES) {
    before = state.taken;
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(state.taken).toBeLessThan(MAX_PIECES / 2);
  socket.destroy();
  await dropped;
  const { taken } = state;
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(state.taken).toBeLessThanOrEqual(taken + 1);
});

test('a PACS that fails in the middle breaks the connection: neither the list nor the answer ends', async () => {
  const error = new UpstreamFault('upstream-unreachable', 'pacs');
  const { app } = endless({ after: 5, error });
  const answer = await readAll(await open(app));
  expect(answer.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true);
  expect(answer.toLowerCase()).not.toContain('content-length');
  expect(answer).toContain('9.6.1');
  expect(answer).not.toMatch(/\]\r\n|0\r\n\r\n$/);
});

test('one that fails at once is a problem', async () => {
  const answer = await readAll(
    await open(endless({ after: 0, error: new UpstreamFault('upstream-unreachable', 'pacs') }).app),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 502 /);
  expect(answer).toContain('application/problem+json');
});

test('HEAD takes the beginning and lets the PACS go', async () => {
  const { state, dropped, app } = endless();
  const answer = await readAll(await open(app, 'HEAD'));
  await dropped;
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer.endsWith('\r\n\r\n')).toBe(true);
  expect(state.taken).toBeLessThan(4);
});

test.each([
  ['short', 26, true],
  ['short', 25, false],
  ['long', 26, true],
  ['long', 25, false],
])(
  'a %s answer of %d studies, of which one is hidden: there is a next page: %s',
  async (kind, count, hasMore) => {
    const { deps } = createMarkedHouse([{ kind: 'locked', series: 1 }]);
    const uids = [MARKED_STUDY, ...Array.from({ length: 25 }, (_, at) => `9.5.${String(at)}`)];
    const rows = uids.map((uid) => ({ '0020000D': text('UI', uid), '00201208': text('IS', 1) }));
    const body = JSON.stringify(rows.slice(0, count));
    const house = { deps: { ...deps, pacs: createMemoryPacs({ studies: { headers: JSON_TYPE, body } }) } };
    const answering = kind === 'long' ? withLongAnswers(house) : house;
    const flows: Pick<Flows, 'search'> = {
      search: async (input, signal) => await search(answering.deps, input, signal),
    };
    const { signal } = new AbortController();
    const asking = { evidence: { bearerToken: 'alice' }, requestId: 'r-1', signal };
    const page = await findStudies(flows, asking, { search: {}, page: 1 });
    expect([page.studies.length, page.hasMore]).toEqual([count - 1, hasMore]);
  },
);
