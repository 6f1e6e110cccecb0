import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What may lie about of bodies that have passed: about one processor's cache. */
const EVERY_BYTES = 8 * 1_024 * 1_024;

let passedBytes = 0;
let collect: (() => void) | undefined;

/**
 * Says that so many bytes of a body have gone on their way and nobody holds them any more. Buffers lie outside V8's heap, and it comes for
 * them only once they are twice its largest young generation, which has grown to its full size meanwhile: some 64 MiB. Coming for them
 * sooner, in its quick collection of young objects, keeps a process that passes gigabytes small, and is faster too: the next pieces fill
 * memory that the processor still has at hand.
 */
export function freePassed(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < EVERY_BYTES) return;
  passedBytes = 0;
  collect ??= collector();
  collect();
}

/** Node's own tests get at it in this way; it needs no flag at the start of the process. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  return isGc(gc) ? () => gc({ type: 'minor' }) : () => undefined;
}

function isGc(value: unknown): value is (options: { readonly type: 'minor' }) => void {
  return typeof value === 'function';
}
