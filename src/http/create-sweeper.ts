import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What may lie about of a body that passes: about one processor's cache. */
const EVERY_BYTES = 8 * 1_024 * 1_024;

/**
 * For one body: takes how many bytes of it have gone on their way and are held by nobody any more. Buffers lie outside V8's heap, and it
 * comes for them only once they are twice its largest young generation, which has grown to its full size meanwhile: some 64 MiB. Coming for
 * them sooner, in its quick collection of young objects, keeps a process that passes gigabytes small, and is faster too: the next pieces
 * fill memory that the processor still has at hand.
 */
export function createSweeper(): (bytes: number) => void {
  let lying = 0;
  return (bytes) => {
    lying += bytes;
    if (lying < EVERY_BYTES) return;
    lying = 0;
    collectYoung();
  };
}

const collectYoung = takeCollector();

/** Node's own tests get at it in this way: no flag at the start of the process, and none that stays. */
function takeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return isGc(gc) ? () => gc({ type: 'minor' }) : () => undefined;
}

function isGc(value: unknown): value is (options: { readonly type: 'minor' }) => void {
  return typeof value === 'function';
}
