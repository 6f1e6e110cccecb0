import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How much of the heap is in use, when all that nobody holds any more is gone. */
export function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  return process.memoryUsage().heapUsed;
}
