import { BadRequest } from '../errors.ts';

/** A body taken apart: a part begins, some of its bytes, it is over. */
export type PartEvent =
  | { readonly kind: 'begin'; readonly headers: PartHeaders }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' };

/** What a part says about itself; absent where it says nothing. */
export interface PartHeaders {
  readonly contentType?: string;
  readonly transferEncoding?: string;
  /** Of a form (RFC 7578 §4.2): which field it is. */
  readonly disposition?: string;
}

interface State {
  step: 'preamble' | 'headers' | 'body' | 'epilogue';
  /** Bytes read and not yet told. */
  held: Buffer;
  out: PartEvent[];
}

/** Beyond it the sender is no DICOMweb client. */
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_LINE_BYTES = 1024;
const MAX_PREAMBLE_BYTES = 64 * 1024;
const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const PADDING = /^[ \t]*$/;

/**
 * Takes the body of a multipart/related request apart as it comes in (RFC 2046 §5.1). Memory is bounded by the size of a chunk,
 * whatever the size of a part; how the body is cut into chunks makes no difference. What follows the closing boundary is read and left
 * out. Throws BadRequest for a body that is malformed or ends before its closing boundary.
 */
export async function* multipartParts(
  source: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<PartEvent, void, undefined> {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // The first boundary may stand at the very start: a line end put in front makes it like the others.
  const state: State = { step: 'preamble', held: CRLF, out: [] };
  let preambleBytes = 0;
  for await (const chunk of source) {
    if (state.step === 'epilogue') continue;
    if (state.step === 'preamble') preambleBytes += chunk.length;
    state.held = Buffer.concat([state.held, chunk]);
    while (advance(state, delimiter));
    if (state.step === 'preamble' && preambleBytes > MAX_PREAMBLE_BYTES)
      throw new BadRequest('The body does not begin with the boundary that its Content-Type names.');
    yield* state.out.splice(0);
  }
  if (state.step !== 'epilogue')
    throw new BadRequest(
      'The body ends before its closing boundary, so part of it is missing. Send it again.',
    );
}

/** A body that is one object by itself, as parts. */
export async function* onePart(
  source: AsyncIterable<Uint8Array>,
  contentType: string,
): AsyncGenerator<PartEvent, void, undefined> {
  yield { kind: 'begin', headers: { contentType } };
  for await (const bytes of source) yield { kind: 'data', bytes };
  yield { kind: 'end' };
}

/** One step; false when more bytes are wanted. */
function advance(state: State, delimiter: Buffer): boolean {
  if (state.step === 'epilogue') return false;
  return state.step === 'headers' ? advanceHeaders(state, delimiter) : advanceBody(state, delimiter);
}

/** Bytes up to the next boundary; the last ones are held back as long as they could begin one. */
function advanceBody(state: State, delimiter: Buffer): boolean {
  const found = state.held.indexOf(delimiter);
  const end = found === -1 ? state.held.length - (delimiter.length - 1) : found;
  if (end > 0) {
    tell(state, state.held.subarray(0, end));
    state.held = state.held.subarray(end);
  }
  return found !== -1 && passBoundary(state, delimiter);
}

function passBoundary(state: State, delimiter: Buffer): boolean {
  const after = state.held.subarray(delimiter.length);
  const kind = kindOfBoundary(after);
  if (kind === 'unknown') return false;
  if (kind === 'data') {
    tell(state, state.held.subarray(0, delimiter.length));
    state.held = after;
    return true;
  }
  if (state.step === 'body') state.out.push({ kind: 'end' });
  state.step = kind === 'closing' ? 'epilogue' : 'headers';
  // The line end stays: a part without headers begins with the empty line at once.
  state.held = kind === 'closing' ? Buffer.alloc(0) : after.subarray(after.indexOf(CRLF));
  return true;
}

/** Behind a boundary stands `--` for the end, or the end of the line; anything else was no boundary but data. */
function kindOfBoundary(after: Buffer): 'closing' | 'next' | 'data' | 'unknown' {
  if (after.toString('latin1', 0, 2) === '--') return 'closing';
  const lineEnd = after.indexOf(CRLF);
  if (after.length < 2 || (lineEnd === -1 && after.length < MAX_LINE_BYTES)) return 'unknown';
  return lineEnd !== -1 && PADDING.test(after.toString('latin1', 0, lineEnd)) ? 'next' : 'data';
}

function tell(state: State, bytes: Buffer): void {
  if (state.step === 'body') state.out.push({ kind: 'data', bytes });
}

/** The headers end with an empty line, or, in a part without a body, with the line end that begins the next boundary. */
function advanceHeaders(state: State, delimiter: Buffer): boolean {
  const headEnd = state.held.indexOf(HEAD_END);
  if ((headEnd === -1 ? state.held.length : headEnd) > MAX_HEAD_BYTES)
    throw new BadRequest('The headers of a part are too long.');
  if (headEnd === -1 || state.held.length < headEnd + CRLF.length + delimiter.length) return false;
  const rest = state.held.subarray(headEnd + CRLF.length);
  const kind = rest.indexOf(delimiter) === 0 ? kindOfBoundary(rest.subarray(delimiter.length)) : 'data';
  if (kind === 'unknown') return false;
  state.out.push({ kind: 'begin', headers: readHeaders(state.held.toString('latin1', 0, headEnd)) });
  state.held = kind === 'data' ? rest.subarray(CRLF.length) : rest;
  state.step = 'body';
  return true;
}

function readHeaders(raw: string): PartHeaders {
  // Folded lines (RFC 5322 §2.2.3) become one, so that nothing hides on the second.
  const lines = raw.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  const contentType = headerOf(lines, 'content-type');
  const transferEncoding = headerOf(lines, 'content-transfer-encoding');
  const disposition = headerOf(lines, 'content-disposition');
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(transferEncoding === undefined ? {} : { transferEncoding }),
    ...(disposition === undefined ? {} : { disposition }),
  };
}

function headerOf(lines: readonly string[], name: string): string | undefined {
  const values = lines
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim());
  if (values.length > 1) throw new BadRequest('A part has the same header twice.');
  return values[0];
}
