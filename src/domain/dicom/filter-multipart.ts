import { readFileIdentity } from './file-identity.ts';
import { brokenAnswer, readPartHead, type PartIdentity } from './part-head.ts';
import { createWholePart, type WholePart } from './whole-part.ts';

/** What to do with each part of an answer. */
export interface MultipartRules {
  /** Without the leading dashes (RFC 2046 §5.1.1). */
  readonly boundary: string;
  readonly mayPass: (part: PartIdentity) => boolean;
  /**
   * Asked once before a part is judged, with all of its bytes where it is remade, else with none: gives a promise where something must be
   * looked up first. Must not reject.
   */
  readonly lookUp?: (part: PartIdentity, bytes: Uint8Array) => Promise<void> | undefined;
  /** A part's Content-Location as it goes out. */
  readonly rewriteLocation: (location: string) => string;
  /** Where given, every part is read whole and goes out as this makes it; undefined leaves it out. `mayPass` is not asked then. */
  readonly remake?: (part: PartIdentity, bytes: Uint8Array) => Uint8Array | undefined;
}

type Step = 'preamble' | 'boundary' | 'headers' | 'probe' | 'judgement' | 'body' | 'epilogue';

interface State {
  step: Step;
  /** Bytes read and not yet decided on. */
  held: Buffer;
  /** Headers of the part that is being identified. */
  head: string;
  identity: PartIdentity;
  isPassing: boolean;
  /** Whether it was asked what must be looked up for the part at hand. */
  isLookedUp: boolean;
  waitsFor: Promise<void> | undefined;
  /** The part at hand, where it is to be remade. */
  whole: WholePart | undefined;
  hasWritten: boolean;
  out: Uint8Array[];
}

const MAX_HEAD_BYTES = 16 * 1024;
const MAX_LINE_BYTES = 1024;
const MAX_JOIN_BYTES = 4 * 1024;
/** The UIDs stand in the first few hundred bytes of a file. */
const MAX_PROBE_BYTES = 8 * 1024;
const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);
const PADDING = /^[ \t]*$/;
const DICOM_PART = /^application\/dicom[ \t]*(;|$)/i;

/** A body that is looked through as it passes. */
export interface MultipartFilter {
  /** Takes the next bytes; gives what may go out, as views of them where it can. Keeps no view of them itself. */
  readonly feed: (bytes: Uint8Array) => readonly Uint8Array[];
  /** What must be awaited before it is fed again, with nothing or with what comes next. */
  readonly waitsFor: () => Promise<void> | undefined;
  /** The body is over. Throws UpstreamFault where its closing boundary never came. */
  readonly end: () => void;
}

/**
 * Passes a multipart/related body on part by part (RFC 2046 §5.1, RFC 2387), leaving out those that may not pass; bytes
 * of the others are untouched but for Content-Location. Memory is bounded by the size of a chunk, whatever the size of a
 * part. The closing boundary goes out only when the PACS has sent its own: an answer cut short ends in an error, so that
 * nobody takes half a study for a whole one. How the body is cut into chunks makes no difference.
 * Throws UpstreamFault for a truncated or malformed body.
 */
export async function* filterMultipart(
  source: AsyncIterable<Uint8Array>,
  rules: MultipartRules,
): AsyncGenerator<Uint8Array, void, undefined> {
  const filter = createMultipartFilter(rules);
  for await (const chunk of source) {
    yield* filter.feed(chunk);
    for (let wait = filter.waitsFor(); wait !== undefined; wait = filter.waitsFor()) {
      await wait;
      yield* filter.feed(NOTHING);
    }
  }
  filter.end();
}

/** The same, piece by piece, for whoever is handed the pieces; throws what `filterMultipart` throws. */
export function createMultipartFilter(rules: MultipartRules): MultipartFilter {
  const delimiter = Buffer.from(`\r\n--${rules.boundary}`, 'latin1');
  const state: State = {
    step: 'preamble',
    // The first boundary may stand at the very start: a line end put in front makes it like the others.
    held: CRLF,
    head: '',
    identity: { contentType: '' },
    isPassing: false,
    isLookedUp: false,
    waitsFor: undefined,
    whole: undefined,
    hasWritten: false,
    out: [],
  };
  return {
    feed: (bytes) => {
      let rest = viewOf(bytes);
      state.waitsFor = undefined;
      // What is held back is joined with little of what comes, for as long as it takes: the bulk is never copied.
      while (state.held.length > 0 && rest.length > MAX_JOIN_BYTES && !isWaiting(state)) {
        take(state, rules, delimiter, rest.subarray(0, MAX_JOIN_BYTES));
        rest = rest.subarray(MAX_JOIN_BYTES);
      }
      take(state, rules, delimiter, rest);
      return state.out.splice(0);
    },
    waitsFor: () => state.waitsFor,
    end: () => {
      if (state.step !== 'epilogue')
        throw brokenAnswer('The PACS cut its answer short, so it was stopped here.');
    },
  };
}

function take(state: State, rules: MultipartRules, delimiter: Buffer, bytes: Buffer): void {
  // What follows the closing boundary is read to its end, so that the connection can be used again, and left out.
  if (state.step === 'epilogue') return;
  state.held = state.held.length === 0 ? bytes : Buffer.concat([state.held, bytes]);
  if (!isWaiting(state)) advanceAll(state, rules, delimiter);
  state.held = state.held.length === 0 ? NOTHING : Buffer.from(state.held);
}

function isWaiting({ waitsFor }: State): boolean {
  return waitsFor !== undefined;
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function advanceAll(state: State, rules: MultipartRules, delimiter: Buffer): void {
  let hasMoved = true;
  while (hasMoved) hasMoved = advance(state, rules, delimiter);
}

/** One step; false when more bytes are wanted. */
function advance(state: State, rules: MultipartRules, delimiter: Buffer): boolean {
  switch (state.step) {
    case 'preamble':
    case 'body':
      return advanceBody(state, delimiter);
    case 'boundary':
      return advanceBoundary(state, rules, delimiter);
    case 'headers':
      return advanceHeaders(state, rules, delimiter);
    case 'probe':
      return advanceProbe(state, delimiter);
    case 'judgement':
      return advanceJudgement(state, rules, delimiter);
    case 'epilogue':
      return false;
  }
}

/** Body bytes up to the next boundary; the last bytes are held back as long as they could begin one. */
function advanceBody(state: State, delimiter: Buffer): boolean {
  const found = state.held.indexOf(delimiter);
  const end = found === -1 ? state.held.length - begunLength(state.held, delimiter) : found;
  if (end > 0) {
    emitBody(state, state.held.subarray(0, end));
    state.held = state.held.subarray(end);
  }
  if (found === -1) return false;
  state.step = 'boundary';
  return true;
}

/** How many bytes at the end may begin a delimiter, which holds one carriage return, at its start. */
function begunLength(bytes: Buffer, delimiter: Buffer): number {
  const tail = bytes.subarray(Math.max(0, bytes.length - delimiter.length + 1));
  const at = tail.lastIndexOf(0x0d);
  if (at === -1) return 0;
  const begun = tail.subarray(at);
  return delimiter.subarray(0, begun.length).equals(begun) ? begun.length : 0;
}

/** Behind a boundary stands `--` for the end, or the end of the line; anything else was no boundary but data. */
function advanceBoundary(state: State, rules: MultipartRules, delimiter: Buffer): boolean {
  const after = state.held.subarray(delimiter.length);
  if (after.length < 2) return false;
  if (after.toString('latin1', 0, 2) === '--') return close(state, rules, delimiter);
  const lineEnd = after.indexOf(CRLF);
  if (lineEnd === -1 && after.length < MAX_LINE_BYTES) return false;
  if (lineEnd === -1 || !PADDING.test(after.toString('latin1', 0, lineEnd))) {
    emitBody(state, state.held.subarray(0, delimiter.length));
    state.held = after;
    state.step = 'body';
    return true;
  }
  if (mustWaitForWhole(state, rules)) return false;
  settleWhole(state, rules, delimiter);
  // The line end stays: a part without headers begins with the empty line at once.
  state.held = after.subarray(lineEnd);
  state.step = 'headers';
  return true;
}

function close(state: State, rules: MultipartRules, delimiter: Buffer): boolean {
  if (mustWaitForWhole(state, rules)) return false;
  settleWhole(state, rules, delimiter);
  emit(state, Buffer.concat([delimiter, Buffer.from('--\r\n')]));
  state.held = Buffer.alloc(0);
  state.step = 'epilogue';
  return true;
}

/** The headers end with an empty line, or, in a part without a body, with the line end that begins the next boundary. */
function advanceHeaders(state: State, rules: MultipartRules, delimiter: Buffer): boolean {
  const headEnd = state.held.indexOf(HEAD_END);
  if (headEnd > MAX_HEAD_BYTES || (headEnd === -1 && state.held.length > MAX_HEAD_BYTES)) {
    throw brokenAnswer('The PACS sent a part whose headers are too long.');
  }
  if (headEnd === -1 || state.held.length < headEnd + CRLF.length + delimiter.length) return false;
  const raw = state.held.toString('latin1', CRLF.length, headEnd + CRLF.length);
  const { head, identity } = readPartHead(raw, rules.rewriteLocation);
  state.head = head;
  state.identity = identity;
  const rest = state.held.subarray(headEnd + CRLF.length);
  const isEmpty = rest.indexOf(delimiter) === 0;
  state.held = isEmpty ? rest : rest.subarray(CRLF.length);
  state.step = DICOM_PART.test(state.identity.contentType) ? 'probe' : 'judgement';
  return true;
}

/** Waits for as much of the file's head as names the object; a part that ends before names none. */
function advanceProbe(state: State, delimiter: Buffer): boolean {
  const partEnd = state.held.indexOf(delimiter);
  const known = partEnd === -1 ? state.held : state.held.subarray(0, partEnd);
  const file = readFileIdentity(known);
  if (file === undefined && partEnd === -1 && known.length < MAX_PROBE_BYTES) return false;
  state.identity = { ...state.identity, ...file };
  state.step = 'judgement';
  return true;
}

/** What is remade is looked up when it is whole. */
function advanceJudgement(state: State, rules: MultipartRules, delimiter: Buffer): boolean {
  if (rules.remake === undefined && mustWait(state, () => rules.lookUp?.(state.identity, NOTHING)))
    return false;
  state.isLookedUp = false;
  begin(state, rules, delimiter);
  return true;
}

/** Asked once for each part, and once more when that is known for which it waits. */
function mustWait(state: State, lookUp: () => Promise<void> | undefined): boolean {
  if (state.isLookedUp) return false;
  state.isLookedUp = true;
  state.waitsFor = lookUp();
  return state.waitsFor !== undefined;
}

function mustWaitForWhole(state: State, rules: MultipartRules): boolean {
  const { whole } = state;
  return whole !== undefined && mustWait(state, () => rules.lookUp?.(state.identity, whole.bytes()));
}

function begin(state: State, rules: MultipartRules, delimiter: Buffer): void {
  const { remake } = rules;
  state.step = 'body';
  state.whole = remake && createWholePart();
  state.isPassing = remake === undefined && rules.mayPass(state.identity);
  if (state.isPassing)
    emit(state, Buffer.concat([delimiter, CRLF, Buffer.from(`${state.head}\r\n`, 'latin1')]));
}

/** The part before a boundary is whole: what is made of it goes out. */
function settleWhole(state: State, rules: MultipartRules, delimiter: Buffer): void {
  const { whole, identity } = state;
  state.whole = undefined;
  state.isLookedUp = false;
  const made = whole && rules.remake?.(identity, whole.bytes());
  if (made === undefined) return;
  const head = state.head.replaceAll(/^(content-length:)[^\r\n]*/gim, `$1 ${made.length}`);
  emit(state, Buffer.concat([delimiter, CRLF, Buffer.from(`${head}\r\n`, 'latin1'), made]));
}

/** The line end before the very first boundary is left out. */
function emit(state: State, bytes: Buffer): void {
  state.out.push(state.hasWritten ? bytes : bytes.subarray(CRLF.length));
  state.hasWritten = true;
}

function emitBody(state: State, bytes: Buffer): void {
  if (state.whole !== undefined) state.whole.take(bytes);
  else if (state.isPassing) state.out.push(bytes);
}
