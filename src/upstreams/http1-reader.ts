import { MAX_HEAD_BYTES, parseFields, parseHead, type Http1Head, type ParseHead } from './http1-head.ts';
import { badAnswer, pacsFault } from './pacs-fault.ts';

/** What the bytes of one answer say, in order: one head, pieces of the body, its end. */
export interface Http1Events {
  readonly onHead: (head: Http1Head) => void;
  /** A view of the bytes that were fed. */
  readonly onPiece: (piece: Uint8Array) => void;
  readonly onEnd: () => void;
}

/** Reads one answer; how its bytes are cut makes no difference. */
export interface Http1Reader {
  /** Takes bytes as they come. True once the answer is over; throws UpstreamFault when it is none. */
  readonly feed: (bytes: Buffer) => boolean;
  /** The connection ended. Throws UpstreamFault where the answer has not. */
  readonly close: () => void;
  /** How many bytes stand behind the end: nobody asked for them, so the connection carries nothing more. */
  readonly surplus: () => number;
}

type Step = 'head' | 'length' | 'close' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'over';

interface State {
  readonly method: 'GET' | 'HEAD';
  readonly on: Http1Events;
  readonly parse: ParseHead;
  step: Step;
  /** Of the length, or of the chunk. */
  left: number;
  /** Bytes of a head or line that are not whole yet. */
  held: Buffer;
  interim: number;
  surplus: number;
}

const NONE = Buffer.alloc(0);
const HEAD_END = '\r\n\r\n';
const START = 'HTTP/1.';
/** `100 Continue` and `103 Early Hints` before the answer (RFC 9110 §15.2). */
const MAX_INTERIM = 8;
const MAX_LINE_BYTES = 4 * 1024;
/** RFC 9112 §7.1.1: extensions are for nobody here, and dropped. */
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

/** Makes a reader for the answer to one request. */
export function createHttp1Reader(
  method: 'GET' | 'HEAD',
  on: Http1Events,
  parse: ParseHead = parseHead,
): Http1Reader {
  const state: State = { method, on, parse, step: 'head', left: 0, held: NONE, interim: 0, surplus: 0 };
  return {
    feed: (bytes) => {
      let at = 0;
      while (at < bytes.length && state.step !== 'over') at = STEPS[state.step](state, bytes, at);
      state.surplus += bytes.length - at;
      return state.step === 'over';
    },
    close: () => {
      if (state.step === 'close') end(state);
      if (state.step === 'over') return;
      if (state.step === 'head' && state.held.length > 0) checkStart(state.held, 0);
      throw pacsFault(new Error('the connection ended before the answer'));
    },
    surplus: () => state.surplus,
  };
}

/** Reads on from `at`; gives where it got to. */
type Advance = (state: State, bytes: Buffer, at: number) => number;

const STEPS: Readonly<Record<Step, Advance>> = {
  head: advanceHead,
  length: advanceCounted,
  chunk: advanceCounted,
  close: (state, bytes, at) => {
    state.on.onPiece(at === 0 ? bytes : bytes.subarray(at));
    return bytes.length;
  },
  'chunk-size': (state, bytes, at) => advanceLine(state, bytes, { at, read: readChunkSize }),
  'chunk-end': (state, bytes, at) => advanceLine(state, bytes, { at, read: readChunkEnd }),
  trailers: (state, bytes, at) => advanceLine(state, bytes, { at, read: readTrailer }),
  over: (_state, _bytes, at) => at,
};

function advanceHead(state: State, bytes: Buffer, at: number): number {
  const before = state.held.length;
  const whole = before === 0 ? bytes : Buffer.concat([state.held, bytes.subarray(at)]);
  const from = before === 0 ? at : 0;
  checkStart(whole, from);
  // Only where it can begin: a head that comes byte by byte is not searched from its start each time.
  const found = whole.indexOf(HEAD_END, before === 0 ? at : Math.max(0, before - HEAD_END.length), 'latin1');
  const length = (found === -1 ? whole.length - HEAD_END.length + 1 : found) - from;
  if (length > MAX_HEAD_BYTES) throw badAnswer(new Error('its head is too long'));
  if (found === -1) {
    // A copy: what was fed may be read into again.
    state.held = Buffer.from(whole.subarray(from));
    return bytes.length;
  }
  state.held = NONE;
  takeHead(state, whole.toString('latin1', from, found));
  return bytes.length - (whole.length - found - HEAD_END.length);
}

/** Told at once from what is no HTTP, however little of it has come. */
function checkStart(bytes: Buffer, from: number): void {
  const seen = bytes.toString('latin1', from, from + START.length);
  if (!START.startsWith(seen)) throw badAnswer(new Error('it is no HTTP/1.x'));
}

function takeHead(state: State, text: string): void {
  const head = state.parse(text, state.method);
  if (head.status < 200) {
    state.interim += 1;
    // 101 hands the connection over to another protocol, which nobody asked for.
    if (head.status === 101 || state.interim > MAX_INTERIM) throw badAnswer(new Error('it is none yet'));
    return;
  }
  state.on.onHead(head);
  beginBody(state, head.framing);
}

function beginBody(state: State, framing: Http1Head['framing']): void {
  switch (framing.kind) {
    case 'none':
      end(state);
      return;
    case 'length':
      state.left = framing.bytes;
      state.step = 'length';
      if (framing.bytes === 0) end(state);
      return;
    case 'chunked':
      state.step = 'chunk-size';
      return;
    case 'close':
      state.step = 'close';
  }
}

function advanceCounted(state: State, bytes: Buffer, at: number): number {
  const to = Math.min(bytes.length, at + state.left);
  state.left -= to - at;
  state.on.onPiece(at === 0 && to === bytes.length ? bytes : bytes.subarray(at, to));
  if (state.left > 0) return to;
  if (state.step === 'length') end(state);
  else state.step = 'chunk-end';
  return to;
}

/** One line, which may lie in several pieces. */
function advanceLine(
  state: State,
  bytes: Buffer,
  { at, read }: { readonly at: number; readonly read: (state: State, line: string) => void },
): number {
  const found = bytes.indexOf(0x0a, at);
  const to = found === -1 ? bytes.length : found + 1;
  if (state.held.length + to - at > MAX_LINE_BYTES) throw badAnswer(new Error('a line of it is too long'));
  const line = Buffer.concat([state.held, bytes.subarray(at, to)]);
  state.held = found === -1 ? line : NONE;
  if (found === -1) return to;
  if (line.at(-2) !== 0x0d) throw badAnswer(new Error('a line of it ends otherwise than a line'));
  read(state, line.toString('latin1', 0, line.length - 2));
  return to;
}

function readChunkSize(state: State, line: string): void {
  const size = CHUNK_SIZE.exec(line)?.[1];
  if (size === undefined) throw badAnswer(new Error('a chunk of it has no size'));
  state.left = Number.parseInt(size, 16);
  state.step = state.left === 0 ? 'trailers' : 'chunk';
  // From here it counts what trailers come to.
  if (state.left === 0) state.left = MAX_HEAD_BYTES;
}

function readChunkEnd(state: State, line: string): void {
  if (line !== '') throw badAnswer(new Error('a chunk of it is longer than it says'));
  state.step = 'chunk-size';
}

/** Nobody here wants them, and they may not say what the head says: dropped. */
function readTrailer(state: State, line: string): void {
  if (line === '') {
    end(state);
    return;
  }
  state.left -= line.length;
  if (state.left < 0) throw badAnswer(new Error('its trailers are too long'));
  parseFields([line]);
}

function end(state: State): void {
  state.step = 'over';
  state.on.onEnd();
}
