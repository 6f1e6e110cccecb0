import { Agent, request } from 'node:http';

/** What is asked, of whom. */
export interface Call {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Milliseconds from when each call was due, in order. */
export type Latencies = readonly number[];

/** As many connections as an open loop may need: a new one is not part of what is measured. */
const MAX_SOCKETS = 512;

const WARM_UP_SECONDS = 2;

/** Asks once. Throws with the answer's beginning when it is no success. */
export function ask(agent: Agent, { url, headers, body }: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const length = String(Buffer.byteLength(body));
    const fields = { 'content-type': 'application/json', 'content-length': length, ...headers };
    const req = request(url, { method: 'POST', agent, headers: fields }, (res) => {
      let said = '';
      res.setEncoding('utf8').on('data', (text: string) => (said = said.length < 500 ? said + text : said));
      res.once('end', () => {
        if (res.statusCode === 200) resolve();
        else reject(new Error(`${url}: ${String(res.statusCode)} ${said.slice(0, 500)}`));
      });
      res.once('error', reject);
    });
    req.once('error', reject);
    req.end(body);
  });
}

/** An agent that keeps its connections. */
export function createAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: MAX_SOCKETS });
}

/**
 * Asks at a steady rate, whatever the answers do: each call is due at its own moment, and what it waits for behind others counts. The
 * first two seconds open connections and let code be compiled; they are not counted. Throws when a call fails.
 */
export async function openLoop(
  call: Call,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Latencies> {
  const agent = createAgent();
  const calls: Promise<number>[] = [];
  const uncounted = perSecond * WARM_UP_SECONDS;
  const total = uncounted + perSecond * seconds;
  const began = performance.now();
  const dueAt = (at: number): number => began + (at * 1_000) / perSecond;
  await new Promise<void>((resolve) => {
    const tick = (): void => {
      while (calls.length < total && dueAt(calls.length) <= performance.now()) {
        const due = dueAt(calls.length);
        calls.push(ask(agent, call).then(() => performance.now() - due));
      }
      if (calls.length < total) setTimeout(tick, 1);
      else resolve();
    };
    tick();
  });
  const took = (await Promise.all(calls)).slice(uncounted);
  agent.destroy();
  return took.toSorted((a, b) => a - b);
}

/** Asks as fast as it is answered, by so many at once. Gives calls per second. */
export async function closedLoop(
  call: Call,
  { atOnce, seconds }: { readonly atOnce: number; readonly seconds: number },
): Promise<number> {
  const agent = createAgent();
  await Promise.all(Array.from({ length: atOnce }, () => ask(agent, call)));
  const began = performance.now();
  const until = began + seconds * 1_000;
  let count = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < until) {
        await ask(agent, call);
        count += 1;
      }
    }),
  );
  agent.destroy();
  return (count * 1_000) / (performance.now() - began);
}

/** The value below which that share of them lies. */
export function percentile(sorted: Latencies, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
