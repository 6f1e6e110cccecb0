/**
 * How long a person waits for the sandbox: from the command to the line that says it is ready. Beside it, as the raw limit, Node
 * starting with nothing to do. First start: an empty folder, so keys, case log and register are made. Later start: the same folder.
 * Wanted: first under 5 s, later under 2 s. Prints the median of ROUNDS.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const ROUNDS = 5;
const ROOT = resolve(import.meta.dirname, '..', '..');

async function timed(words: readonly string[], line: RegExp): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, words, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const text of createInterface({ input: child.stdout })) if (line.test(text)) break;
  const took = performance.now() - began;
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return took;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const raw: number[] = [];
const first: number[] = [];
const later: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-start-'));
  const sandbox = ['fixtures/sandbox/main.ts', '--data', join(folder, 'data'), '--port', '18440'];
  raw.push(await timed(['-e', 'console.log("ready")'], /ready/));
  first.push(await timed(sandbox, /^countersign ready/));
  later.push(await timed(sandbox, /^countersign ready/));
  rmSync(folder, { recursive: true, force: true });
}
const rows = { 'node alone': median(raw), 'first start': median(first), 'later start': median(later) };
for (const [name, ms] of Object.entries(rows)) {
  console.log(
    `${name.padEnd(12)} ${ms.toFixed(0).padStart(6)} ms  ${(ms / median(raw)).toFixed(1).padStart(6)} x node alone`,
  );
}
