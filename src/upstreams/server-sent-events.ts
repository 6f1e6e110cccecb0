/** An event longer than the limit, one that is cut, or bytes that are no UTF-8: whoever sends that sends no event stream. */
class NoEventStream extends Error {}

/** A stream of events that broke off; its cause is why. */
export class CutEvent extends Error {
  /** The data of the event that it broke off in, as far as it came, and of those that came with it; empty between two. */
  readonly unfinished: string;

  constructor(unfinished: string, cause: unknown) {
    super('the stream of events broke off', { cause });
    this.unfinished = unfinished;
  }
}

/** A line end; a CR at the very end may be half of a CRLF, so it ends nothing yet. */
const LINE_END = /\r\n|\n|\r(?!$)/;
const HAS_LINE_END = /[\r\n]/;

/**
 * The data of each server-sent event (WHATWG HTML §9.2.6), as soon as its empty line is there. Comments and fields other than `data` are
 * passed over. An event that is cut by the end is not left out, as a browser would: words are missing then. Throws CutEvent for that, for an
 * event that is too long or no UTF-8, and where the source throws.
 */
export async function* readServerSentEvents(
  source: AsyncIterable<Uint8Array>,
  maxEventBytes: number,
): AsyncGenerator<string, void, undefined> {
  let data: string[] = [];
  const lines = createLines(maxEventBytes);
  try {
    for await (const line of readLines(source, lines)) {
      data.push(...dataOf(line));
      if (line !== '') continue;
      const event = data;
      data = [];
      if (event.length > 0) yield event.join('\n');
    }
    if (data.length > 0) throw new NoEventStream();
  } catch (cause: unknown) {
    throw new CutEvent([...data, ...lines.rest().flatMap(dataOf)].join('\n'), cause);
  }
}

function dataOf(line: string): readonly string[] {
  return line.startsWith('data:') ? [line.slice(line.startsWith('data: ') ? 6 : 5)] : [];
}

async function* readLines(
  source: AsyncIterable<Uint8Array>,
  lines: Lines,
): AsyncGenerator<string, void, undefined> {
  for await (const bytes of source) {
    for (const line of lines.take(bytes)) {
      if (line === '') lines.beginEvent();
      yield line;
    }
  }
  yield* lines.end();
}

interface Lines {
  /** The lines that are whole with these bytes. */
  readonly take: (bytes: Uint8Array) => readonly string[];
  /** What the end makes a whole line. Throws NoEventStream for one that is cut, unless it is a comment. */
  readonly end: () => readonly string[];
  /** What came before counts no more against the limit. */
  readonly beginEvent: () => void;
  /** The line that is not whole yet, and whatever came with what is no UTF-8. */
  readonly rest: () => readonly string[];
}

/** Text without a line end is put aside as it comes: searched again and again it would cost the square of its length. */
function createLines(maxEventBytes: number): Lines {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let waiting: string[] = [];
  let eventBytes = 0;
  return {
    take: (bytes) => {
      eventBytes += bytes.byteLength;
      if (eventBytes > maxEventBytes) throw new NoEventStream();
      const text = decoded(decoder, bytes);
      if (text === undefined) {
        waiting.push(Buffer.from(bytes).toString('latin1'));
        throw new NoEventStream();
      }
      const isHalfEnded = waiting.at(-1)?.endsWith('\r') === true;
      waiting.push(text);
      if (!isHalfEnded && !HAS_LINE_END.test(text)) return [];
      const lines = waiting.join('').split(LINE_END);
      waiting = lines.splice(-1);
      return lines;
    },
    end: () => {
      const last = decoded(decoder);
      if (last === undefined) throw new NoEventStream();
      const rest = `${waiting.join('')}${last}`;
      // It was no half of a CRLF after all.
      if (rest.endsWith('\r')) return [rest.slice(0, -1)];
      if (rest !== '' && !rest.startsWith(':')) throw new NoEventStream();
      return [];
    },
    beginEvent: () => {
      eventBytes = 0;
    },
    rest: () => waiting.join('').split(LINE_END),
  };
}

/** Undefined for what is no UTF-8; without bytes what they end with. */
function decoded(decoder: InstanceType<typeof TextDecoder>, bytes?: Uint8Array): string | undefined {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch {
    // The caller says what that means.
    return undefined;
  }
}
