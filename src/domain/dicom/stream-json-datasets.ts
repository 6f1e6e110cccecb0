import { UpstreamFault } from '../errors.ts';
import type { DatasetRules } from './dataset-rules.ts';
import { rewriteUrl } from './rewrite-dicom-urls.ts';
import { extentEnd, startExtent, type JsonExtent } from './json-extent.ts';
import { skipSpace } from './json-space.ts';
import { jsonText, scanJsonDataset, UnreadableJson, type DatasetScan } from './scan-json-dataset.ts';

interface Segment {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

interface Begun {
  readonly extent: JsonExtent;
  readonly pieces: Uint8Array[];
  size: number;
}

interface Dataset extends DatasetScan {
  readonly bytes: Uint8Array;
  readonly start: number;
}

type Step = 'start' | 'first' | 'next' | 'behind' | 'done';

interface Under {
  readonly state: State;
  readonly rules: DatasetRules;
}

interface State {
  step: Step;
  /** Bytes of the mark that may stand before a text (RFC 3629 §6), as far as they came. */
  marks: number;
  /** A dataset that began in an earlier piece. */
  begun: Begun | undefined;
  /** Of the last one, bytes: those of a series are much alike. */
  datasetSize: number;
  hasWritten: boolean;
  unmapped: number;
  out: Segment[];
}

/** One dataset is held until it is whole: more than any real one needs, bulk data aside, which comes by address. */
const MAX_DATASET_BYTES = 64 * 1024 * 1024;
const UTF8 = new TextDecoder('utf-8', { fatal: true });
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
 * Passes a list of datasets in the DICOM JSON model (PS3.18 §F.2) on as it comes, leaving out those that may not pass, with the
 * gateway's own addresses in the others; every other byte of a dataset is as it came. White space between datasets goes.
 * Held are at most one dataset and one piece of the source; what is given out of a piece was decided on with no wait in
 * between. The closing bracket goes out only when the PACS has ended the list and its answer. How the body is cut makes no
 * difference. Throws UpstreamFault for a truncated list, for what is no list of DICOM JSON, and for a dataset above 64 MiB.
 */
export async function* streamJsonDatasets(
  source: AsyncIterable<Uint8Array>,
  rules: DatasetRules,
): AsyncGenerator<Uint8Array, void, undefined> {
  const state: State = {
    step: 'start',
    marks: 0,
    begun: undefined,
    datasetSize: 0,
    hasWritten: false,
    unmapped: 0,
    out: [],
  };
  for await (const piece of source) {
    takeAll(state, rules, piece);
    if (state.unmapped > 0) rules.onUnmapped?.(state.unmapped);
    state.unmapped = 0;
    if (state.out.length > 0) yield joined(state.out.splice(0));
  }
  if (state.step !== 'done') throw unreadable('The PACS cut its answer short, so it was stopped here.');
  yield Buffer.from(state.hasWritten ? ']' : '[]');
}

function takeAll(state: State, rules: DatasetRules, bytes: Uint8Array): void {
  try {
    let at = 0;
    while (at < bytes.length) {
      const { begun } = state;
      at = begun ? resume(begun, { state, rules }, bytes, at) : advance(state, rules, bytes, at);
    }
  } catch (cause: unknown) {
    throw cause instanceof UnreadableJson
      ? unreadable('The PACS sent an answer that is no DICOM JSON.', cause)
      : cause;
  }
}

/** One step of what stands between datasets, or one dataset; gives the place behind it. */
function advance(state: State, rules: DatasetRules, bytes: Uint8Array, from: number): number {
  const at = skipSpace(bytes, state.step === 'start' ? behindMark(state, bytes, from) : from);
  if (at === bytes.length) return at;
  if (bytes[at] === OPEN_OBJECT && (state.step === 'first' || state.step === 'next')) {
    return begin(state, rules, bytes, at);
  }
  const step = STEPS[state.step].get(bytes[at]);
  if (step === undefined) throw new UnreadableJson(at);
  state.step = step;
  return at + 1;
}

/** A byte order mark may stand at the very start (RFC 8259 §8.1 lets a reader pass over it). */
function behindMark(state: State, bytes: Uint8Array, from: number): number {
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
function begin(state: State, rules: DatasetRules, bytes: Uint8Array, at: number): number {
  const scan = bytes.length - at < state.datasetSize ? undefined : scanOrWait(bytes, at);
  if (scan === undefined) {
    state.begun = { extent: startExtent(), pieces: [], size: 0 };
    return at;
  }
  settle(state, rules, { ...scan, bytes, start: at });
  return scan.end;
}

function scanOrWait(bytes: Uint8Array, at: number): DatasetScan | undefined {
  try {
    return scanJsonDataset(bytes, at);
  } catch (error: unknown) {
    if (error instanceof UnreadableJson && error.at >= bytes.length) return undefined;
    throw error;
  }
}

function resume(begun: Begun, { state, rules }: Under, bytes: Uint8Array, at: number): number {
  const end = extentEnd(begun.extent, bytes, at);
  const piece = bytes.subarray(at, end === -1 ? bytes.length : end);
  begun.size += piece.length;
  if (begun.size > MAX_DATASET_BYTES) {
    throw unreadable('The PACS sent metadata of one object that are too long to be read.');
  }
  begun.pieces.push(piece);
  if (end === -1) return bytes.length;
  state.begun = undefined;
  const whole = Buffer.concat(begun.pieces);
  settle(state, rules, { ...scanJsonDataset(whole, 0), bytes: whole, start: 0 });
  return end;
}

/** Lets a whole dataset out, or not. */
function settle(state: State, rules: DatasetRules, dataset: Dataset): void {
  const { bytes, start, end, identity, addresses } = dataset;
  checkUtf8(bytes.subarray(start, end));
  state.step = 'behind';
  state.datasetSize = end - start;
  if (!rules.mayPass(identity)) return;
  const separator = state.hasWritten ? COMMA : OPEN_LIST;
  state.hasWritten = true;
  let from = start - 1;
  if (bytes[from] !== separator) {
    put(state, { bytes: Uint8Array.of(separator), start: 0, end: 1 });
    from = start;
  }
  for (const address of addresses) {
    const text = jsonText(bytes, address);
    const { value, unmapped } = rewriteUrl(text, rules.mapping);
    state.unmapped += unmapped;
    if (value === text) continue;
    const written = Buffer.from(JSON.stringify(value));
    put(state, { bytes, start: from, end: address.start });
    put(state, { bytes: written, start: 0, end: written.length });
    from = address.end;
  }
  put(state, { bytes, start: from, end });
}

function checkUtf8(bytes: Uint8Array): void {
  try {
    UTF8.decode(bytes);
  } catch {
    throw new UnreadableJson(0);
  }
}

/** What follows on what was put last is put to it, so that a piece that stays as it is goes on without a copy. */
function put({ out }: State, segment: Segment): void {
  const last = out.at(-1);
  if (last?.bytes === segment.bytes && last.end === segment.start)
    out[out.length - 1] = { ...last, end: segment.end };
  else out.push(segment);
}

function joined(segments: readonly Segment[]): Uint8Array {
  const [only, ...others] = segments;
  if (only && others.length === 0) return only.bytes.subarray(only.start, only.end);
  const whole = Buffer.allocUnsafe(segments.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  for (const { bytes, start, end } of segments) {
    whole.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  return whole;
}

function unreadable(detail: string, cause?: unknown): UpstreamFault {
  return new UpstreamFault('upstream-bad-answer', 'pacs', { detail, cause });
}
