import {
  createMultipartFilter,
  filterMultipart,
  type MultipartFilter,
  type MultipartRules,
} from '../domain/dicom/filter-multipart.ts';
import type { PacsBody, PieceSink } from './ports.ts';

interface Piece {
  readonly bytes: Uint8Array;
  readonly release: () => void;
}

/** A filter to which pieces are handed as they come, also while it waits. */
interface Turns {
  /** Throws what went wrong, now or with an earlier piece. */
  readonly take: PieceSink;
  /** Resolves when everything has gone through; throws the same. */
  readonly done: () => Promise<void>;
}

/** Makes a filter go on that has waited. */
const GO_ON: Piece = { bytes: new Uint8Array(), release: () => undefined };

/** A multipart body as `filterMultipart` lets it through, that can still be passed on without a copy where the PACS's can. */
export function filteredBody(body: PacsBody, rules: MultipartRules): PacsBody {
  const { passTo } = body;
  if (passTo === undefined) return filterMultipart(body, rules);
  return {
    [Symbol.asyncIterator]: () => filterMultipart(body, rules),
    passTo: async (sink) => {
      const filter = createMultipartFilter(rules);
      const turns = inTurns(filter, sink);
      await passTo.call(body, turns.take);
      await turns.done();
      filter.end();
    },
  };
}

/** What comes while the filter waits is kept unreleased, so that no more comes than its sender lets be unreleased. */
function inTurns(filter: MultipartFilter, sink: PieceSink): Turns {
  const waiting: Piece[] = [];
  let turn: Promise<void> | undefined;
  let fault: { readonly error: unknown } | undefined;
  const goOn = async (first: Promise<void>): Promise<void> => {
    try {
      for (let wait: Promise<void> | undefined = first; wait !== undefined; wait = nextWait()) {
        await wait;
        feed(filter, GO_ON, sink);
      }
    } catch (error: unknown) {
      fault = { error };
      for (const { release } of waiting.splice(0)) release();
    }
    turn = undefined;
  };
  const nextWait = (): Promise<void> | undefined => {
    while (filter.waitsFor() === undefined) {
      const next = waiting.shift();
      if (next === undefined) return undefined;
      feed(filter, next, sink);
    }
    return filter.waitsFor();
  };
  return {
    take: (bytes, release) => {
      if (fault !== undefined) throw fault.error;
      waiting.push({ bytes, release });
      if (turn !== undefined) return;
      const wait = nextWait();
      if (wait !== undefined) turn = goOn(wait);
    },
    done: async () => {
      await turn;
      if (fault !== undefined) throw fault.error;
    },
  };
}

/** What came is released once every piece of it that went out is; and where the filter takes no more. */
function feed(filter: MultipartFilter, { bytes, release }: Piece, sink: PieceSink): void {
  const pieces = fed(filter, bytes, release);
  let out = pieces.length;
  if (out === 0) release();
  const one = (): void => {
    out -= 1;
    if (out === 0) release();
  };
  for (const piece of pieces) sink(piece, one);
}

function fed(filter: MultipartFilter, bytes: Uint8Array, release: () => void): readonly Uint8Array[] {
  try {
    return filter.feed(bytes);
  } catch (error: unknown) {
    release();
    throw error;
  }
}
