import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

/** What one run of load came to. */
export interface Load {
  readonly perSecond: number;
  readonly requests: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface Asked {
  readonly url: string;
  readonly cookie: string;
  readonly connections: number;
  readonly seconds: number;
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

/** Asks as fast as it is answered, by wrk where it is installed. Throws when an answer is no success. */
export async function load(wrk: string | undefined, asked: Asked): Promise<Load> {
  return wrk === undefined ? await loadHere(asked) : await loadByWrk(wrk, asked);
}

/** Asks until so many requests were answered: what a program compiles as it runs is compiled by then. Throws when none is. */
export async function warmUp(
  wrk: string | undefined,
  asked: Omit<Asked, 'seconds'>,
  requests: number,
): Promise<void> {
  for (let left = requests; left > 0;) {
    const answered = (await load(wrk, { ...asked, seconds: 2 })).requests;
    if (answered === 0) throw new Error(`${asked.url}: nothing was answered`);
    left -= answered;
  }
}

async function loadByWrk(wrk: string, { url, cookie, connections, seconds }: Asked): Promise<Load> {
  const words = ['-t1', `-c${String(connections)}`, `-d${String(seconds)}s`, '--latency'];
  const child = spawn(wrk, [...words, '-H', `Cookie: ${cookie}`, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  checkAnswers(url, said);
  const number = (pattern: RegExp): number => Number(pattern.exec(said)?.[1] ?? Number.NaN);
  const time = (percent: string): number => {
    const [, value, unit = ''] = new RegExp(`${percent}%\\s+([0-9.]+)(us|ms|s)`).exec(said) ?? [];
    return Number(value) * (UNITS[unit] ?? Number.NaN);
  };
  return {
    perSecond: number(/Requests\/sec:\s+([0-9.]+)/),
    requests: number(/([0-9]+) requests in/),
    p50: time('50'),
    p99: time('99'),
  };
}

/** Peers cut a connection now and then, which is said; a refusal is quickly sent, and would count as speed. */
function checkAnswers(url: string, said: string): void {
  const refused = /.*Non-2xx.*/.exec(said)?.[0];
  if (refused !== undefined) throw new Error(`${url}: ${refused.trim()}`);
  const broken = /.*Socket errors.*/.exec(said)?.[0];
  if (broken !== undefined) console.error(`${url}: ${broken.trim()}`);
}

/** A small one of ours: takes answers by their length or their last chunk, and looks at nothing else. */
async function loadHere(asked: Asked): Promise<Load> {
  const took: number[] = [];
  const until = performance.now() + asked.seconds * 1000;
  const one = async (): Promise<void> => {
    const client = createClient(asked);
    while (performance.now() < until) {
      const began = performance.now();
      await client.ask();
      took.push(performance.now() - began);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: asked.connections }, one));
  const sorted = took.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  return { perSecond: took.length / asked.seconds, requests: took.length, p50: at(0.5), p99: at(0.99) };
}

interface Client {
  /** Resolves with the length of the body when the answer is over. */
  readonly ask: () => Promise<number>;
  readonly close: () => void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** One connection that asks for the same again and again. */
export function createClient({ url, cookie }: Pick<Asked, 'url' | 'cookie'>): Client {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  const request = `GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nAccept: */*\r\n\r\n`;
  let over: (bytes: number) => void = () => undefined;
  let failed: (error: Error) => void = () => undefined;
  let left: number | undefined;
  let seen = 0;
  let tail: Buffer = Buffer.alloc(0);
  const body = (bytes: Buffer): void => {
    seen += bytes.length;
    tail =
      bytes.length >= LAST_CHUNK.length
        ? bytes.subarray(-LAST_CHUNK.length)
        : Buffer.concat([tail, bytes]).subarray(-LAST_CHUNK.length);
    if (left === undefined ? tail.equals(LAST_CHUNK) : seen >= left) over(seen);
  };
  let isHead = true;
  socket.on('data', (bytes: Buffer) => {
    if (!isHead) {
      body(bytes);
      return;
    }
    const end = bytes.indexOf(HEAD_END);
    const head = bytes.toString('latin1', 0, end);
    if (!head.startsWith('HTTP/1.1 200') || end === -1) failed(new Error(`${url}: ${head.slice(0, 200)}`));
    const length = /\r\ncontent-length: *([0-9]+)/i.exec(head)?.[1];
    left = length === undefined ? undefined : Number(length);
    isHead = false;
    body(bytes.subarray(end + HEAD_END.length));
  });
  socket.on('error', (error) => {
    failed(error);
  });
  socket.on('close', () => {
    failed(new Error(`${url}: the connection was closed`));
  });
  return {
    ask: () =>
      new Promise((resolve, reject) => {
        isHead = true;
        seen = 0;
        over = resolve;
        failed = reject;
        socket.write(request);
      }),
    close: () => {
      failed = () => undefined;
      socket.destroy();
    },
  };
}
