import fc from 'fast-check';
import { GatewayError } from '../../src/domain/errors.ts';
import { createHttp1Reader } from '../../src/upstreams/http1-reader.ts';

interface Read {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly keepAliveMs?: number;
  readonly body: string;
  /** `whole`, `open`, or the code of the fault. */
  readonly end: string;
  readonly surplus: number;
}

/** What a reader makes of bytes that come in these pieces, after which the connection ends. */
function readAll(pieces: readonly Buffer[], method: 'GET' | 'HEAD' = 'GET'): Read {
  const body: Buffer[] = [];
  let head: Pick<Read, 'status' | 'headers' | 'keepAliveMs'> = {};
  let end = 'open';
  const reader = createHttp1Reader(method, {
    onHead: ({ status, headers, keepAliveMs }) => (head = { status, headers, keepAliveMs }),
    onPiece: (piece) => body.push(Buffer.from(piece)),
    onEnd: () => (end = 'whole'),
  });
  try {
    // A copy that is overwritten afterwards: nothing may lean on what was fed.
    for (const piece of pieces) {
      const lent = Buffer.from(piece);
      reader.feed(lent);
      lent.fill(0x58);
    }
    reader.close();
  } catch (error: unknown) {
    end = error instanceof GatewayError ? error.code : String(error);
  }
  return { ...head, body: Buffer.concat(body).toString('latin1'), end, surplus: reader.surplus() };
}

const once = (text: string, method?: 'GET' | 'HEAD'): Read => readAll([Buffer.from(text, 'latin1')], method);
const OK = 'HTTP/1.1 200 OK\r\n';

test.each([
  ['a length', `${OK}Content-Length: 3\r\n\r\nabc`, 'abc'],
  ['a length of nothing', `${OK}Content-Length: 0\r\n\r\n`, ''],
  ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n`, 'abcde'],
  ['chunks with trailers', `${OK}Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n`, 'a'],
  ['the end of the connection', `${OK}\r\nabc`, 'abc'],
  ['an answer without a reason', 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na', 'a'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na', 'a'],
  ['no body by its status', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', ''],
  [
    'word beforehand',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n${OK}Content-Length: 1\r\n\r\na`,
    'a',
  ],
])('takes %s', (_name, text, body) => {
  expect(once(text)).toMatchObject({ body, end: 'whole', surplus: 0 });
});

test('an answer to HEAD ends with its head', () => {
  expect(once(`${OK}Content-Length: 5\r\n\r\n`, 'HEAD')).toMatchObject({ end: 'whole', body: '' });
});

test('names are in lower case, values trimmed, repeats joined, and no name is special', () => {
  const { headers } = once(`${OK}A:  b \r\na: c\r\n__proto__: d\r\nContent-Length: 0\r\n\r\n`);
  expect(Object.entries(headers ?? {})).toEqual([
    ['a', 'b, c'],
    ['__proto__', 'd'],
    ['content-length', '0'],
  ]);
});

const head = (lines: string): string => `${OK}${lines}\r\n\r\nabc`;
const chunked = (rest: string): string => `${OK}Transfer-Encoding: chunked\r\n\r\n${rest}`;

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH\r\n'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status that begins with 0', 'HTTP/1.1 020 OK\r\n\r\n'],
  ['two blanks before the status', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['a control character in the reason', 'HTTP/1.1 200 O\x07K\r\n\r\n'],
  ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc\r\n\r\n'],
  ['a bare carriage return in a value', head('A: b\rContent-Length: 3')],
  ['a bare line feed in a value', head('A: b\nContent-Length: 3')],
  ['NUL in a value', head('A: b\0')],
  ['a blank before the colon', head('Content-Length : 3')],
  ['a folded line', head('A: b\r\n c')],
  ['a line without a colon', head('Content-Length 3')],
  ['a name of no characters', head(': 3')],
  ['two lengths that differ', head('Content-Length: 3\r\nContent-Length: 4')],
  ['two lengths that agree', head('Content-Length: 3\r\nContent-Length: 3')],
  ['a list of lengths', head('Content-Length: 3, 3')],
  ['a length with a sign', head('Content-Length: +3')],
  ['a length in hexadecimal', head('Content-Length: 0x3')],
  ['a length that is negative', head('Content-Length: -3')],
  ['a length beyond what numbers hold', head('Content-Length: 9999999999999999')],
  ['an empty length', head('Content-Length:')],
  ['length and chunks', head('Content-Length: 3\r\nTransfer-Encoding: chunked')],
  ['another coding', head('Transfer-Encoding: gzip')],
  ['codings one over the other', head('Transfer-Encoding: gzip, chunked')],
  ['chunked twice', head('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked')],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['another protocol from here on', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
  ['nothing but words beforehand', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9)],
  ['a head without end', `${OK}A: ${'b'.repeat(70_000)}`],
  ['too many headers', `${OK}${'A: b\r\n'.repeat(300)}\r\n`],
  ['a chunk without a size', chunked('\r\nabc\r\n0\r\n\r\n')],
  ['a chunk size that is no number', chunked('3x\r\nabc\r\n0\r\n\r\n')],
  ['a chunk size with a sign', chunked('-3\r\nabc\r\n0\r\n\r\n')],
  ['a chunk size too large to be meant', chunked('fffffffffffffffff\r\nabc')],
  ['a chunk longer than it says', chunked('2\r\nabc\r\n0\r\n\r\n')],
  ['a chunk size that ends in a bare line feed', chunked('3\nabc\r\n0\r\n\r\n')],
  ['a chunk size without end', chunked(`3;${'x'.repeat(5_000)}`)],
  ['a trailer that is no header', chunked('0\r\nno header\r\n\r\n')],
  ['trailers without end', chunked(`0\r\n${`A: ${'b'.repeat(1_000)}\r\n`.repeat(70)}\r\n`)],
])('refuses %s', (_name, text) => {
  expect(once(text).end).toBe('upstream-bad-answer');
});

test.each([
  ['before anything', ''],
  ['in the head', 'HTTP/1.1 200 OK\r\nContent-'],
  ['before its length', `${OK}Content-Length: 9\r\n\r\nabc`],
  ['between chunks', chunked('3\r\nabc\r\n')],
  ['in a chunk', chunked('3\r\nab')],
  ['before the end of the trailers', chunked('3\r\nabc\r\n0\r\n')],
])('cut %s, it is not whole', (_name, text) => {
  expect(once(text).end).toBe('upstream-unreachable');
});

test('what comes behind the end is counted and is no part of it', () => {
  const answer = `${OK}Content-Length: 3\r\n\r\nabc`;
  expect(once(`${answer}${answer}`)).toMatchObject({ body: 'abc', end: 'whole', surplus: answer.length });
});

test.each([
  ['', 4_000],
  ['Keep-Alive: timeout=1\r\n', 900],
  ['Keep-Alive: max=5, timeout=20\r\n', 19_900],
  ['Keep-Alive: timeout=0\r\n', 0],
  ['Keep-Alive: timeout=999999999\r\n', 599_900],
  ['Connection: keep-alive, Close\r\n', 0],
])('after %j the connection may wait %d ms', (line, keepAliveMs) => {
  expect(once(`${OK}${line}Content-Length: 0\r\n\r\n`)).toMatchObject({ keepAliveMs });
});

test.each([
  ['one delimited by its end', `${OK}\r\n`, 0],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', 0],
  ['HTTP/1.0 that says so', 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n', 4_000],
])('%s', (_name, text, keepAliveMs) => {
  expect(once(text)).toMatchObject({ keepAliveMs });
});

describe('how the bytes are cut makes no difference', () => {
  const bodyText = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', '-'), maxLength: 40 });
  const sized = bodyText.map((body) => `${OK}Content-Length: ${String(body.length)}\r\n\r\n${body}`);
  const inChunks = fc.array(bodyText, { maxLength: 4 }).map((parts) =>
    chunked(
      parts
        .filter((part) => part !== '')
        .map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
        .join('') + '0\r\nX: y\r\n\r\n',
    ),
  );
  const toTheEnd = bodyText.map((body) => `HTTP/1.1 100 Continue\r\n\r\n${OK}A: b\r\n\r\n${body}`);
  /** Sound answers, and the same with one character gone, doubled or replaced. */
  const answers = fc
    .record({
      text: fc.oneof(sized, inChunks, toTheEnd),
      at: fc.nat(200),
      put: fc.option(fc.constantFrom('', '\r', '\n', '\0', ' ', ':', '9', 'HTTP/1.1 200 OK\r\n\r\n'), {
        nil: undefined,
      }),
    })
    .map(({ text, at, put }) => (put === undefined ? text : text.slice(0, at) + put + text.slice(at + 1)));

  test.each(['GET', 'HEAD'] as const)('%s', (method) => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(250), { maxLength: 12 }), (text, cuts) => {
        const bytes = Buffer.from(text, 'latin1');
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted(
          (a, b) => a - b,
        );
        const pieces = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
        const bitByBit = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
        const whole = outcome(readAll([bytes], method));
        expect(outcome(readAll(pieces, method))).toEqual(whole);
        expect(outcome(readAll(bitByBit, method))).toEqual(whole);
      }),
      { numRuns: 1_500 },
    );
  });

  /** Of what is refused, how much of its body came before that was seen is nobody's promise. */
  function outcome(read: Read): Partial<Read> {
    return read.end === 'upstream-bad-answer' ? { end: read.end } : read;
  }
});
