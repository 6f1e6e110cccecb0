import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import express from 'express';
import request, { type Test } from 'supertest';
import { createPause } from '../../src/compose-pause.ts';
import { parseWorkitem } from '../../src/domain/dicom/parse-workitem.ts';
import { abortSignalOf } from '../../src/http/abort-signal.ts';
import { sendWorkitems } from '../../src/http/send-workitems.ts';
import { startListener } from '../../src/http/start-listener.ts';
import { edgeApp, PUBLIC_URL } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { practitionerId } from '../fakes/register-builder.ts';
import { sopInstanceUid } from '../fakes/uids.ts';
import { workitemApp } from '../fakes/workitem-app.ts';
import { aWorkitem, aWorkitemDraft, el } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse } from '../fakes/workitem-house.ts';

const MEBIBYTE = 1024 * 1024;
/** What the system may hold of an answer that nobody reads is less. */
const LONG = { '00741204': el('UT', 'x'.repeat(12 * MEBIBYTE)) };

/** As large as one may be. */
async function houseOfLarge(count: number): Promise<ReturnType<typeof createWorkitemHouse>> {
  const house = createWorkitemHouse();
  const texts = Array.from({ length: 60 }, () => '&"<'.repeat(80));
  const { '00741000': _state, ...dataset } = parseWorkitem(
    Buffer.from(JSON.stringify(aWorkitemDraft({ '00741208': el('LO', ...texts) }))),
  );
  for (let nth = 0; nth < count; nth += 1)
    await house.workitems.create(
      aWorkitem({
        uid: sopInstanceUid(`1.6.${String(nth)}`),
        caseId: aCaseId(nth),
        creator: practitionerId(`p-${String(nth)}`),
        dataset,
      }),
    );
  return house;
}

test.each(['application/dicom+json', 'application/dicom+xml'])(
  'an answer holds so much, and says that there is more: %s',
  async (accept) => {
    const http = request(workitemApp(await houseOfLarge(300)));
    const answer = await http
      .get('/dicom-web/workitems?includefield=all')
      .set({ Authorization: 'Bearer rcai', Accept: accept })
      .buffer(true)
      .parse(whole);
    expect(answer.status).toBe(200);
    const { length } = answer.body as Buffer;
    expect(length).toBeGreaterThan(3 * MEBIBYTE);
    expect(length).toBeLessThan(4.5 * MEBIBYTE);
    const { warning } = answer.headers;
    expect(warning).toBe(`299 ${PUBLIC_URL}/dicom-web: There are additional results that can be requested.`);
  },
);

test('of several searches that give way one goes on at a time, and others have their turn in between', async () => {
  const pause = createPause();
  const order: string[] = [];
  const others = (): void => {
    order.push('other');
    if (order.length < 6) setImmediate(others);
  };
  const searches = ['one', 'two'].map(async (name) => {
    await pause();
    order.push(name);
  });
  setImmediate(others);
  await Promise.all(searches);
  expect(order.slice(order.indexOf('one'), order.indexOf('two') + 1)).toEqual(['one', 'other', 'two']);
});

/** Asks, and reads nothing of the answer. */
async function askAndWait(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET /dicom-web/workitems HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer operator\r\n\r\n');
  await once(socket, 'readable');
  return socket;
}

test('whoever does not read an answer holds its place until they do, or leave', async () => {
  const flows = fakeFlows({ searchWorkitems: async () => ({ rows: [LONG], hasMore: false }) });
  const server = await startListener({ app: edgeApp({ flows }), host: '127.0.0.1', port: 0 });
  const ask = async (): Promise<number> => {
    const headers = { authorization: 'Bearer operator' };
    const answer = await fetch(`${server.url}/dicom-web/workitems`, { headers });
    await answer.arrayBuffer();
    return answer.status;
  };
  try {
    const waiting = await Promise.all(Array.from({ length: 16 }, () => askAndWait(server.url)));
    expect(await ask()).toBe(503);
    for (const socket of waiting) socket.destroy();
    let status = await ask();
    while (status === 503) status = await ask();
    expect(status).toBe(200);
  } finally {
    await server.close(0);
  }
});

test('and is cut off after a while', async () => {
  const app = express();
  let tellSent: () => void = () => undefined;
  const sent = new Promise<void>((resolve) => void (tellSent = resolve));
  app.get('/', async (req, res) => {
    const signal = abortSignalOf(req, res);
    await sendWorkitems(req, res, { format: 'json', rows: [LONG], signal, stalledMs: 50 });
    tellSent();
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await sent;
  let length = 0;
  socket.on('data', (piece: Buffer) => (length += piece.length));
  await once(socket, 'close');
  expect(length).toBeLessThan(12 * MEBIBYTE);
  await new Promise((resolve) => server.close(resolve));
});

test('a body that is far too large is read to its end, and the next request on the connection answered', async () => {
  const app = workitemApp(createWorkitemHouse());
  const server = await startListener({ app, host: '127.0.0.1', port: 0 });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  let got = '';
  socket.on('error', () => undefined);
  socket.on('data', (piece: Buffer) => (got += piece.toString('latin1')));
  const login = 'HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer operator\r\n';
  const type = 'Content-Type: application/dicom+json\r\nTransfer-Encoding: chunked\r\n\r\n';
  const chunk = `${MEBIBYTE.toString(16)}\r\n${' '.repeat(MEBIBYTE)}\r\n`;
  socket.write(`POST /dicom-web/workitems?1.2 ${login}${type}${chunk.repeat(8)}0\r\n\r\n`);
  socket.write(`GET /dicom-web/workitems ${login}Connection: close\r\n\r\n`);
  await once(socket, 'close');
  const statuses = [...got.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
  expect(statuses).toEqual(['413', '200']);
  await server.close(0);
});

/** As it came: the client would take it for a form. */
const whole: Parameters<Test['parse']>[0] = (res, done) => {
  const pieces: Buffer[] = [];
  res.on('data', (piece: Buffer) => pieces.push(piece));
  res.on('end', () => done(null, Buffer.concat(pieces)));
};
