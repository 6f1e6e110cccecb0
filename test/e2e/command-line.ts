import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const PROJECT = resolve(__dirname, '..', '..');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `countersign` to its end. */
export async function countersign(...words: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['src/main.ts', ...words], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await once(child, 'close');
  return { code: child.exitCode, out, err };
}

export interface Running {
  readonly pid: number;
  /** First match of the awaited line. */
  readonly match: RegExpExecArray;
  /** Everything it has printed so far, both streams. */
  readonly said: () => string;
  /** Ends it by signal (SIGTERM when none is given); resolves to its exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** Starts a program and waits for a line of its standard output. Rejects with what it said when it ends before that. */
export async function startProgram(words: readonly string[], line: RegExp): Promise<Running> {
  const child = spawn(process.execPath, words, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (text) => lines.push(text));
  const match = await new Promise<RegExpExecArray>((found, failed) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      lines.push(text);
      const hit = line.exec(text);
      if (hit !== null) found(hit);
    });
    child.once('close', () => failed(new Error(`ended before "${line.source}":\n${lines.join('\n')}`)));
  });
  return { pid: child.pid ?? 0, match, said: () => lines.join('\n'), stop: (signal) => stop(child, signal) };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'close');
  }
  return child.exitCode;
}
