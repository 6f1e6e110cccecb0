import { UpstreamFault } from '../errors.ts';
import { readFileIdentity } from './file-identity.ts';

/** What a part says about itself, as far as it says anything. */
export interface PartIdentity {
  readonly contentType: string;
  readonly contentLocation?: string;
  /** From the dataset of an application/dicom part. */
  readonly sopClassUid?: string;
  readonly sopInstanceUid?: string;
}

/** What to do with each part of an answer. */
export interface MultipartRules {
  /** Without the leading dashes (RFC 2046 §5.1.1). */
  readonly boundary: string;
  readonly mayPass: (part: PartIdentity) => boolean;
  /** A part's Content-Location as it goes out. */
  readonly rewriteLocation: (location: string) => string;
}

type Step = 'preamble' | 'boundary' | 'headers' | 'probe' | 'body' | 'epilogue';

interface State {
  step: Step;
  /** Bytes read and not yet decided on. */
  held: Buffer;
  /** Headers of the part that is being identified. */
  head: string;
  identity: PartIdentity;
  isPassing: boolean;
  hasWritten: boolean;
  out: Uint8Array[];
}

const MAX_HEAD_BYTES = 16 * 1024;
const MAX_LINE_BYTES = 1024;
/** The UIDs stand in the first few hundred bytes of a file. */
const MAX_PROBE_BYTES = 8 * 1024;
const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const PADDING = /^[ \t]*$/;
const DICOM_PART = /^application\/dicom[ \t]*(;|$)/i;

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
  const delimiter = Buffer.from(`\r\n--${rules.boundary}`, 'latin1');
  const state: State = {
    step: 'preamble',
    // The first boundary may stand at the very start: a line end put in front makes it like the others.
    held: CRLF,
    head: '',
    identity: { contentType: '' },
    isPassing: false,
    hasWritten: false,
    out: [],
  };
  for await (const chunk of source) {
    // What follows the closing boundary is read to its end, so that the connection can be used again, and left out.
    if (state.step === 'epilogue') continue;
    state.held = Buffer.concat([state.held, chunk]);
    advanceAll(state, rules, delimiter);
    yield* state.out.splice(0);
  }
  if (state.step !== 'epilogue') throw broken('The PACS cut its answer short, so it was stopped here.');
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
      return advanceBoundary(state, delimiter);
    case 'headers':
      return advanceHeaders(state, rules, delimiter);
    case 'probe':
      return advanceProbe(state, rules, delimiter);
    case 'epilogue':
      return false;
  }
}

/** Body bytes up to the next boundary; the last bytes are held back as long as they could begin one. */
function advanceBody(state: State, delimiter: Buffer): boolean {
  const found = state.held.indexOf(delimiter);
  const end = found === -1 ? state.held.length - (delimiter.length - 1) : found;
  if (end > 0) {
    emitBody(state, state.held.subarray(0, end));
    state.held = state.held.subarray(end);
  }
  if (found === -1) return false;
  state.step = 'boundary';
  return true;
}

/** Behind a boundary stands `--` for the end, or the end of the line; anything else was no boundary but data. */
function advanceBoundary(state: State, delimiter: Buffer): boolean {
  const after = state.held.subarray(delimiter.length);
  if (after.length < 2) return false;
  if (after.toString('latin1', 0, 2) === '--') return close(state, delimiter);
  const lineEnd = after.indexOf(CRLF);
  if (lineEnd === -1 && after.length < MAX_LINE_BYTES) return false;
  if (lineEnd === -1 || !PADDING.test(after.toString('latin1', 0, lineEnd))) {
    emitBody(state, state.held.subarray(0, delimiter.length));
    state.held = after;
    state.step = 'body';
    return true;
  }
  // The line end stays: a part without headers begins with the empty line at once.
  state.held = after.subarray(lineEnd);
  state.step = 'headers';
  return true;
}

function close(state: State, delimiter: Buffer): boolean {
  emit(state, Buffer.concat([delimiter, Buffer.from('--\r\n')]));
  state.held = Buffer.alloc(0);
  state.step = 'epilogue';
  return true;
}

/** The headers end with an empty line, or, in a part without a body, with the line end that begins the next boundary. */
function advanceHeaders(state: State, rules: MultipartRules, delimiter: Buffer): boolean {
  const headEnd = state.held.indexOf(HEAD_END);
  if (headEnd > MAX_HEAD_BYTES || (headEnd === -1 && state.held.length > MAX_HEAD_BYTES)) {
    throw broken('The PACS sent a part whose headers are too long.');
  }
  if (headEnd === -1 || state.held.length < headEnd + CRLF.length + delimiter.length) return false;
  readHead(state, state.held.toString('latin1', CRLF.length, headEnd + CRLF.length), rules);
  const rest = state.held.subarray(headEnd + CRLF.length);
  const isEmpty = rest.indexOf(delimiter) === 0;
  state.held = isEmpty ? rest : rest.subarray(CRLF.length);
  if (DICOM_PART.test(state.identity.contentType)) state.step = 'probe';
  else begin(state, rules, delimiter);
  return true;
}

function readHead(state: State, raw: string, rules: MultipartRules): void {
  // Folded lines (RFC 5322 §2.2.3) become one, so that nothing hides on the second.
  const lines = raw
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .filter((line) => line !== '');
  const contentType = headerOf(lines, 'content-type');
  const contentLocation = headerOf(lines, 'content-location');
  state.identity = {
    contentType: contentType ?? '',
    ...(contentLocation === undefined ? {} : { contentLocation }),
  };
  state.head = lines
    .map((line) =>
      line.replace(/^content-location:[ \t]*(.*)$/i, (_line, location: string) => located(rules, location)),
    )
    .map((line) => `${line}\r\n`)
    .join('');
}

function located(rules: MultipartRules, location: string): string {
  return `Content-Location: ${rules.rewriteLocation(location.trimEnd())}`;
}

function headerOf(lines: readonly string[], name: string): string | undefined {
  const values = lines
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim());
  if (values.length > 1) throw broken('The PACS sent a part with the same header twice.');
  return values[0];
}

/** Waits for as much of the file's head as names the object; a part that ends before names none. */
function advanceProbe(state: State, rules: MultipartRules, delimiter: Buffer): boolean {
  const partEnd = state.held.indexOf(delimiter);
  const known = partEnd === -1 ? state.held : state.held.subarray(0, partEnd);
  const file = readFileIdentity(known);
  if (file === undefined && partEnd === -1 && known.length < MAX_PROBE_BYTES) return false;
  state.identity = { ...state.identity, ...file };
  begin(state, rules, delimiter);
  return true;
}

function begin(state: State, rules: MultipartRules, delimiter: Buffer): void {
  state.isPassing = rules.mayPass(state.identity);
  state.step = 'body';
  if (state.isPassing)
    emit(state, Buffer.concat([delimiter, CRLF, Buffer.from(`${state.head}\r\n`, 'latin1')]));
}

/** The line end before the very first boundary is left out. */
function emit(state: State, bytes: Buffer): void {
  state.out.push(state.hasWritten ? bytes : bytes.subarray(CRLF.length));
  state.hasWritten = true;
}

function emitBody(state: State, bytes: Buffer): void {
  if (state.isPassing) state.out.push(bytes);
}

function broken(detail: string): UpstreamFault {
  return new UpstreamFault('upstream-bad-answer', 'pacs', { detail });
}
