import { rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** 4 MiB: room for an alarm, a stop and a checkpoint many times over. */
const BALLAST_BYTES = 4 * 1024 * 1024;

/** Space on the disk kept back for the last words: freed when the disk is full, made again once there is room. */
export interface Ballast {
  readonly free: () => void;
  /** True when the space is set aside (again); false when the disk has no room for it. */
  readonly setAside: () => boolean;
}

/** A ballast that is a file of `bytes` zeros. Any reason for not getting the space counts as no room. */
export function createBallast(path: string, bytes = BALLAST_BYTES): Ballast {
  const free = (): void => rmSync(path, { force: true });
  return {
    free,
    setAside: () => {
      try {
        if (sizeOf(path) === bytes) return true;
        if (!hasRoom(dirname(path), bytes)) return false;
        writeFileSync(path, Buffer.alloc(bytes), { flush: true });
        return true;
      } catch {
        // A part of it would take the very space that the last words need.
        free();
        return false;
      }
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** A cheap look first: on a full disk every refused AI call asks. */
function hasRoom(folder: string, bytes: number): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= bytes;
}
