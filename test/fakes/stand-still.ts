import { readFileSync } from 'node:fs';

/** Stops processes where they stand (SIGSTOP). Returns once every one does: a signal comes some time after it is sent. */
export function stopEach(pids: readonly number[]): void {
  for (const pid of pids) signalOne(pid, 'SIGSTOP');
  const deadline = performance.now() + 10_000;
  while (!pids.every(standsStill)) {
    if (performance.now() > deadline) throw new Error('a process does not stop');
    // Whoever shares this processor comes to its signal meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

/** Stopped (T), or ended: as a zombie (Z), or gone. Where the system does not say, it is taken to be. */
function standsStill(pid: number): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return true;
  }
  // The state comes after the name, which stands in brackets.
  return /^ [TZX]/.test(stat.slice(stat.lastIndexOf(')') + 1));
}

/** One that has ended meanwhile gets none. */
export function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error: unknown) {
    if (typeof error !== 'object' || error === null) throw error;
    if (!('code' in error && error.code === 'ESRCH')) throw error;
  }
}
