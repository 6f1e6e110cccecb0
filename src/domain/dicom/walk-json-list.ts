import { UpstreamFault } from '../errors.ts';
import { extentEnd, startExtent, type JsonExtent } from './json-extent.ts';
import { skipSpace } from './json-space.ts';
import { UnreadableJson } from './scan-json-dataset.ts';

/** Where one dataset stands. */
export interface DatasetExtent {
  /** Just behind the closing brace. */
  readonly end: number;
}

/** What to do with the datasets of a list. */
export interface DatasetReader<D extends DatasetExtent> {
  /** Reads the one that begins here. Throws UnreadableJson: behind the last byte where it may go on, before it where it is none. */
  readonly scan: (bytes: Uint8Array, at: number) => D;
  /** Told of each when it is whole, in order, with the bytes it stands in and where it begins. May throw UnreadableJson. */
  readonly take: (dataset: D, bytes: Uint8Array, start: number) => void;
}

/** A list that is read as it comes. */
export interface JsonListWalk {
  /** Takes the next piece. Throws UpstreamFault for what is no list, and for a dataset above 64 MiB. */
  readonly take: (piece: Uint8Array) => void;
  /** Nothing more comes. Throws UpstreamFault for a list that has not ended. */
  readonly end: () => void;
}

interface Begun {
  readonly extent: JsonExtent;
  readonly pieces: Uint8Array[];
  size: number;
}

type Step = 'start' | 'first' | 'next' | 'behind' | 'done';

interface State<D extends DatasetExtent> {
  readonly reader: DatasetReader<D>;
  step: Step;
  /** Bytes of the mark that may stand before a text (RFC 3629 §6), as far as they came. */
  marks: number;
  /** A dataset that began in an earlier piece. */
  begun: Begun | undefined;
  /** Of the last one, bytes: those of one answer are much alike. */
  datasetSize: number;
}

/** One dataset is held until it is whole: more than any real one needs, bulk data aside, which comes by address. */
const MAX_DATASET_BYTES = 64 * 1024 * 1024;
const MARK = [0xef, 0xbb, 0xbf];
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
/** What else than a dataset may come, and where it leads. */
const STEPS: Readonly<Record<Step, ReadonlyMap<number | undefined, Step>>> = {
  start: new Map([[OPEN_LIST, 'first']]),
  first: new Map([[CLOSE_LIST, 'done']]),
  next: new Map(),
  behind: new Map([
    [COMMA, 'next'],
    [CLOSE_LIST, 'done'],
  ]),
  done: new Map(),
};

/**
 * Walks through a list of datasets in the DICOM JSON model (PS3.18 §F.2) as it comes. Held is at most one dataset that is not whole
 * yet. How the list is cut makes no difference to what is read.
 */
export function walkJsonList<D extends DatasetExtent>(reader: DatasetReader<D>): JsonListWalk {
  const state: State<D> = { reader, step: 'start', marks: 0, begun: undefined, datasetSize: 0 };
  return {
    take: (piece) => {
      takeAll(state, piece);
    },
    end: () => {
      if (state.step !== 'done') throw unreadable('The PACS cut its answer short, so it was stopped here.');
    },
  };
}

function takeAll<D extends DatasetExtent>(state: State<D>, bytes: Uint8Array): void {
  try {
    let at = 0;
    while (at < bytes.length) {
      const { begun } = state;
      at = begun ? resume(state, begun, bytes, at) : advance(state, bytes, at);
    }
  } catch (cause: unknown) {
    throw cause instanceof UnreadableJson
      ? unreadable('The PACS sent an answer that is no DICOM JSON.', cause)
      : cause;
  }
}

/** One step of what stands between datasets, or one dataset; gives the place behind it. */
function advance<D extends DatasetExtent>(state: State<D>, bytes: Uint8Array, from: number): number {
  const at = skipSpace(bytes, state.step === 'start' ? behindMark(state, bytes, from) : from);
  if (at === bytes.length) return at;
  if (bytes[at] === OPEN_OBJECT && (state.step === 'first' || state.step === 'next')) {
    return begin(state, bytes, at);
  }
  const step = STEPS[state.step].get(bytes[at]);
  if (step === undefined) throw new UnreadableJson(at);
  state.step = step;
  return at + 1;
}

/** A byte order mark may stand at the very start (RFC 8259 §8.1 lets a reader pass over it). */
function behindMark(state: { marks: number }, bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] !== MARK[state.marks]) {
      if (state.marks > 0 && state.marks < MARK.length) throw new UnreadableJson(at);
      state.marks = MARK.length;
      return at;
    }
    state.marks += 1;
  }
  return bytes.length;
}

/** Most datasets stand whole in one piece: only one that does not, or is not likely to, is looked through for its end first. */
function begin<D extends DatasetExtent>(state: State<D>, bytes: Uint8Array, at: number): number {
  const dataset = bytes.length - at < state.datasetSize ? undefined : scanOrWait(state.reader, bytes, at);
  if (dataset === undefined) {
    state.begun = { extent: startExtent(), pieces: [], size: 0 };
    return at;
  }
  settle(state, dataset, bytes, at);
  return dataset.end;
}

function scanOrWait<D extends DatasetExtent>(
  { scan }: DatasetReader<D>,
  bytes: Uint8Array,
  at: number,
): D | undefined {
  try {
    return scan(bytes, at);
  } catch (error: unknown) {
    if (error instanceof UnreadableJson && error.at >= bytes.length) return undefined;
    throw error;
  }
}

function resume<D extends DatasetExtent>(
  state: State<D>,
  begun: Begun,
  bytes: Uint8Array,
  at: number,
): number {
  const end = extentEnd(begun.extent, bytes, at);
  const piece = bytes.subarray(at, end === -1 ? bytes.length : end);
  begun.size += piece.length;
  if (begun.size > MAX_DATASET_BYTES) {
    throw unreadable('The PACS sent data of one object that are too long to be read.');
  }
  begun.pieces.push(piece);
  if (end === -1) return bytes.length;
  state.begun = undefined;
  const whole = Buffer.concat(begun.pieces);
  settle(state, state.reader.scan(whole, 0), whole, 0);
  return end;
}

function settle<D extends DatasetExtent>(
  state: State<D>,
  dataset: D,
  bytes: Uint8Array,
  start: number,
): void {
  state.step = 'behind';
  state.datasetSize = dataset.end - start;
  state.reader.take(dataset, bytes, start);
}

function unreadable(detail: string, cause?: unknown): UpstreamFault {
  return new UpstreamFault('upstream-bad-answer', 'pacs', { detail, cause });
}
