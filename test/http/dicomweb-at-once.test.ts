import { once } from 'node:events';
import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { retrieve } from '../../src/flows/retrieve.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import { edgeApp } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { allObjects, createRetrievalHouse, pathTo } from '../fakes/retrieval-house.ts';

/** As many as one login may read at once: OHIF asks for 130, and some more are left for what a person does meanwhile. */
const MAX = 160;
const FRAME = `${allObjects.map(pathTo)[0] ?? ''}/frames/1`;

let listener: Listener;
let agent: Agent;
let release: () => void;
/** What a frame begins with. */
let begin: readonly Buffer[];
/** Writes to all clients. */
let writes: number;
beforeEach(async () => {
  begin = [Buffer.from('begin')];
  writes = 0;
  const isReleased = new Promise<void>((resolve) => (release = resolve));
  /** A frame that begins, and stays open until it is released. */
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* begin;
    await isReleased;
    yield Buffer.from(' end');
  }
  const { deps } = createRetrievalHouse({
    answers: { [FRAME]: { headers: { 'content-type': 'image/x' }, body } },
  });
  const flows = fakeFlows({ retrieve: async (input, signal) => await retrieve(deps, input, signal) });
  const app = counting(edgeApp({ flows }));
  listener = await startListener({ app, host: '127.0.0.1', port: 0 });
  agent = new Agent({ keepAlive: true });
});
afterEach(async () => {
  release();
  agent.destroy();
  await listener.close(0);
});

/** Counts what goes to the system, whatever each write holds. */
function counting(app: RequestListener): RequestListener {
  const known = new WeakSet<Socket>();
  return (req, res) => {
    const { socket } = req;
    if (!known.has(socket)) {
      known.add(socket);
      const [write, writev] = [socket._write.bind(socket), socket._writev?.bind(socket)];
      socket._write = (chunk, encoding, done) => {
        writes += 1;
        write(chunk, encoding, done);
      };
      socket._writev = (chunks, done) => {
        writes += 1;
        writev?.(chunks, done);
      };
    }
    app(req, res);
  };
}

/** Asks for the frame; resolves when the head of the answer is there. */
async function ask(token = 'alice'): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${token}` };
  const [answer]: IncomingMessage[] = await once(
    get(`${listener.url}/dicom-web/${FRAME}`, { agent, headers }),
    'response',
  );
  if (answer === undefined) throw new TypeError('no answer');
  return answer;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of answer) text += String(piece);
  return text;
}

async function askTogether(count: number): Promise<readonly IncomingMessage[]> {
  return await Promise.all(Array.from({ length: count }, () => ask()));
}

const allOk = (count: number): readonly number[] => Array.from({ length: count }, () => 200);

test.each([100, 130, MAX])('%d requests of one login at once are all answered, whole', async (count) => {
  const answers = await askTogether(count);
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(allOk(count));
  release();
  expect(new Set(await Promise.all(answers.map(textOf)))).toEqual(new Set(['begin end']));
});

test('one more is refused in words; another login is not, and a place given back is free', async () => {
  const answers = await askTogether(MAX);
  const refused = await ask();
  expect([refused.statusCode, refused.headers['gateway-origin']]).toEqual([503, 'gateway']);
  expect(JSON.parse(await textOf(refused))).toMatchObject({ code: 'overloaded', status: 503 });
  expect((await ask('alice-again')).statusCode).toBe(200);
  release();
  await Promise.all(answers.map(textOf));
  const again = await ask();
  expect([again.statusCode, await textOf(again)]).toEqual([200, 'begin end']);
});

test('the only answer under way goes out piece by piece, one beside others in a row', async () => {
  begin = ['a', 'b', 'c'].map((letter) => Buffer.alloc(10_000, letter));
  const written = async (): Promise<number> => {
    const before = writes;
    const answer = await ask();
    let left = 30_000;
    await new Promise<void>((resolve) => {
      answer.on('data', (piece: Buffer) => {
        left -= piece.length;
        if (left === 0) resolve();
      });
    });
    return writes - before;
  };
  expect([await written(), await written()]).toEqual([3, 1]);
});
