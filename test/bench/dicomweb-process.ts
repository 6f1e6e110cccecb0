import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A program that the bench runs beside itself. */
export interface Program {
  readonly pid: number;
  /** What the awaited line said. */
  readonly said: string;
  readonly stop: () => Promise<void>;
}

/** One clock tick of /proc (sysconf _SC_CLK_TCK, 100 on every Linux that matters). */
const TICK_MS = 10;
const PAGE_BYTES = 4096;

/** Starts a program of ours and waits for a line of its standard output, of which the first group is kept. */
export async function startNode(words: readonly string[], line: RegExp, cwd: string): Promise<Program> {
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(process.execPath, words, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const said = await new Promise<string>((found, failed) => {
    lines.on('line', (text) => {
      const hit = line.exec(text)?.[1];
      if (hit !== undefined) found(hit);
    });
    child.once('close', () => {
      failed(new Error(`${words.join(' ')} ended before it was ready`));
    });
  });
  return { pid: child.pid ?? 0, said, stop: () => end(child) };
}

/** Starts a program with its standard output in a file, and waits until `isReady`. */
export async function startServer(
  [command = '', ...words]: readonly string[],
  logFile: string,
  isReady: () => Promise<boolean>,
): Promise<Program> {
  const log = openSync(logFile, 'a');
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(command, words, { env, stdio: ['ignore', log, log] });
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isReady()) return { pid: child.pid ?? 0, said: '', stop: () => end(child) };
    if (child.exitCode !== null) break;
    await pause(50);
  }
  await end(child);
  throw new Error(`${command} does not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
}

/** Runs one to its end. Throws with what it said when it fails. */
export async function runNode(words: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const out of [child.stdout, child.stderr])
    out.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${words.join(' ')} failed:\n${said}`);
  return said;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** CPU time of a process and of all below it, in ms. */
export function cpuMs(pid: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(statOf);
  const sum = (of: number): number =>
    all.filter((one) => one.parent === of).reduce((total, one) => total + sum(one.pid), 0) +
    (all.find((one) => one.pid === of)?.ticks ?? 0);
  return sum(pid) * TICK_MS;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function statOf(name: string): readonly Stat[] {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    return [{ pid: Number(name), parent, ticks: (fields[11] ?? 0) + (fields[12] ?? 0) }];
  } catch {
    return [];
  }
}

/** Memory of a process that is really there, in bytes. */
export function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${String(pid)}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
}
