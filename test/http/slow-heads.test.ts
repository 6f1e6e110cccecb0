import { connect } from 'node:net';
import { startListener, type Listener } from '../../src/http/start-listener.ts';

/** How long a request's head may take here. */
const HEADERS_MS = 200;
const DRIP_MS = 10;
/** A head that never ends, a line at a time: each comes sooner than any limit on silence would notice. */
const LINE = 'X-Slow: 1\r\n';

let listener: Listener;
let asked = 0;
beforeEach(async () => {
  asked = 0;
  const app: Parameters<typeof startListener>[0]['app'] = (_req, res) => {
    asked += 1;
    res.end('answer');
  };
  listener = await startListener({ app, host: '127.0.0.1', port: 0, headersMs: HEADERS_MS });
});
afterEach(async () => {
  await listener.close(0);
});

/** Sends the first text, then line after line until the connection is closed; resolves with all that came back. */
function drip(first: string): Promise<string> {
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
  let got = '';
  socket.on('error', () => undefined);
  socket.on('data', (piece: Buffer) => void (got += piece.toString('latin1')));
  socket.write(first);
  const timer = setInterval(() => {
    if (socket.writable) socket.write(LINE);
  }, DRIP_MS);
  return new Promise((resolve) => {
    socket.once('close', () => {
      clearInterval(timer);
      resolve(got);
    });
  });
}

test.each([
  ['of a first request', '', 0],
  ['of a request behind one that was answered', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 1],
])('a head that drips is cut with 408 in words of ours: %s', async (_name, before, answered) => {
  const dripOnce = (): Promise<string> => drip(`${before}GET /dicom-web/studies HTTP/1.1\r\nHost: x\r\n`);
  let got = await dripOnce();
  // The time of a first request runs from the connection's beginning: where the machine stood still until it was up, not even the one
  // that came whole was answered, and a new connection shows it.
  for (let more = 0; asked < answered && more < 3; more += 1) got = await dripOnce();
  const [last = ''] = got.split(/(?=HTTP\/1\.1 )/).slice(answered);
  expect(last).toMatch(/^HTTP\/1\.1 408 [^]*\r\nGateway-Origin: gateway\r\n/);
  expect(asked).toBe(answered);
});
