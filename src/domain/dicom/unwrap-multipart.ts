import { UpstreamFault } from '../errors.ts';

/** What was to be one part is several. */
export class SeveralParts extends UpstreamFault {
  constructor() {
    super('upstream-bad-answer', 'pacs', {
      detail: 'The PACS gave several parts where one was asked for.',
    });
  }
}

/** What a multipart answer of one part holds. */
export interface OnePart {
  /** As the part says it; empty where it says nothing. */
  readonly contentType: string;
  /** The part's bytes. Fails with an UpstreamFault when the answer is cut short, with SeveralParts when a second part follows. */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
}

const CRLF = '\r\n';
const HEAD_END = Buffer.from('\r\n\r\n');
/** A preamble, one boundary line and the headers of one part. */
const MAX_HEAD_BYTES = 32 * 1024;
const PADDING = /^[ \t]*$/;
/** What follows a boundary that does not close the body, as far as two characters say it. */
const BEGINS_PART = /^[ \t\r]/;

/**
 * The one part of a multipart body (RFC 2046 §5.1), for a caller that takes no multipart. Empty parts in front of it do not count: of a film
 * some PACS give the empty table of its frames first (PS3.5 §A.4). Memory is bounded by the size of a chunk. Throws UpstreamFault for a body that does not begin with a part.
 */
export async function unwrapMultipart(source: AsyncIterable<Uint8Array>, boundary: string): Promise<OnePart> {
  const delimiter = Buffer.from(`${CRLF}--${boundary}`, 'latin1');
  const pieces = source[Symbol.asyncIterator]();
  // The first boundary may stand at the very start: a line end put in front makes it like the others.
  let held: Buffer = Buffer.from(CRLF, 'latin1');
  for (;;) {
    const { contentType, rest, next } = firstPart(held, delimiter);
    if (next === 'body') return { contentType, body: partBody(pieces, rest, delimiter) };
    held = next === 'another part' ? rest : await longer(held, pieces);
  }
}

async function longer(held: Buffer, pieces: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const piece = held.length > MAX_HEAD_BYTES ? undefined : await pieces.next();
  if (piece === undefined || piece.done === true) throw broken('The PACS gave an answer without a part.');
  return Buffer.concat([held, piece.value]);
}

/** What a part's head is followed by, as far as it has come. */
type Following = 'body' | 'another part' | 'more';

interface FirstPart {
  readonly contentType: string;
  /** From the line end before the body on. */
  readonly rest: Buffer;
  readonly next: Following;
}

function firstPart(held: Buffer, delimiter: Buffer): FirstPart {
  const head = readHead(held, delimiter);
  if (head === undefined) return { contentType: '', rest: held, next: 'more' };
  const rest = held.subarray(head.end);
  return { contentType: head.contentType, rest, next: whatFollows(rest, delimiter) };
}

function whatFollows(rest: Buffer, delimiter: Buffer): Following {
  // Nothing at all stands before the boundary, or a body of no bytes does.
  for (const from of [0, CRLF.length]) {
    const seen = rest.subarray(from);
    if (!seen.subarray(0, delimiter.length).equals(delimiter.subarray(0, seen.length))) continue;
    const after = seen.toString('latin1', delimiter.length, delimiter.length + 2);
    if (after.length < 2) return 'more';
    return BEGINS_PART.test(after) ? 'another part' : 'body';
  }
  return 'body';
}

/** Where the first part's headers end, the line end before the body included; undefined when more bytes are wanted. */
function readHead(
  held: Buffer,
  delimiter: Buffer,
): { readonly contentType: string; readonly end: number } | undefined {
  const at = held.indexOf(delimiter);
  if (at === -1) return undefined;
  const lineEnd = held.indexOf(CRLF, at + delimiter.length);
  const headEnd = lineEnd === -1 ? -1 : held.indexOf(HEAD_END, lineEnd);
  if (headEnd === -1) return undefined;
  if (!PADDING.test(held.toString('latin1', at + delimiter.length, lineEnd)))
    throw broken('The PACS gave an answer without a part.');
  const head = held.toString('latin1', lineEnd, headEnd).replaceAll(/\r\n[ \t]+/g, ' ');
  const contentType = /\r\ncontent-type:[ \t]*([^\r\n]*)/i.exec(head)?.[1]?.trim() ?? '';
  // One line end stays: a part without a body ends with it at once.
  return { contentType, end: headEnd + CRLF.length };
}

async function* partBody(
  pieces: AsyncIterator<Uint8Array>,
  first: Buffer,
  delimiter: Buffer,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held = first;
  // The line end that closes the head belongs to nobody, unless it begins the boundary.
  let skip = CRLF.length;
  try {
    for (;;) {
      const found = endOf(held, delimiter);
      const end = found ?? held.length - (delimiter.length + 2);
      if (end > skip) {
        yield held.subarray(skip, end);
        held = held.subarray(end);
        skip = 0;
      }
      if (found !== undefined) break;
      const piece = await pieces.next();
      if (piece.done === true) throw broken('The PACS cut its answer short, so it was stopped here.');
      held = Buffer.concat([held, piece.value]);
    }
    // What follows the closing boundary is read to its end, so that the connection can be used again.
    while ((await pieces.next()).done !== true);
  } finally {
    await pieces.return?.();
  }
}

/** Where the closing boundary begins; undefined when it is not there yet. */
function endOf(held: Buffer, delimiter: Buffer): number | undefined {
  for (let at = held.indexOf(delimiter); at !== -1; at = held.indexOf(delimiter, at + 1)) {
    const behind = held.toString('latin1', at + delimiter.length, at + delimiter.length + 2);
    if (behind === '--') return at;
    if (behind.length < 2) return undefined;
    if (BEGINS_PART.test(behind)) throw new SeveralParts();
  }
  return undefined;
}

function broken(detail: string): UpstreamFault {
  return new UpstreamFault('upstream-bad-answer', 'pacs', { detail });
}
