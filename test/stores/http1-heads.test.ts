import fc from 'fast-check';
import { createHeadParser, parseHead } from '../../src/upstreams/http1-head.ts';

const headOf = (length: number, more = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/dicom+json\r\nContent-Length: ${String(length)}${more}`;

describe('heads that repeat themselves', () => {
  test('the same text is parsed once, for each method apart', () => {
    const parse = createHeadParser();
    const first = parse(headOf(4), 'GET');
    expect(first).toEqual(parseHead(headOf(4), 'GET'));
    expect(parse(headOf(4), 'HEAD').framing).toEqual({ kind: 'none' });
    expect(parse(headOf(4), 'GET')).toBe(first);
    expect(parse(headOf(5), 'GET').framing).toEqual({ kind: 'length', bytes: 5 });
  });

  test('what is no head is refused each time', () => {
    const parse = createHeadParser();
    for (const _time of [1, 2]) expect(() => parse(headOf(4, '\r\nContent-Length: 5'), 'GET')).toThrow();
  });

  test('the first of many is forgotten, and a long one at once', () => {
    const parse = createHeadParser();
    const first = parse(headOf(0), 'GET');
    for (let length = 1; length < 64; length += 1) parse(headOf(length), 'GET');
    expect(parse(headOf(0), 'GET')).toBe(first);
    parse(headOf(64), 'GET');
    expect(parse(headOf(0), 'GET')).not.toBe(first);
    const long = headOf(1, `\r\nWarning: ${'x'.repeat(1_024)}`);
    expect(parse(long, 'GET')).not.toBe(parse(long, 'GET'));
  });

  test('any text comes to what it comes to without a memory', () => {
    const line = fc.constantFrom(
      '',
      '\r\nContent-Length: 3',
      '\r\nConnection: close',
      '\r\nX',
      '\r\nVary: a',
    );
    const text = fc.tuple(fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.0 204 ', 'HTTP/2 200'), line, line);
    const parse = createHeadParser();
    const outcome = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error: unknown) {
        return String(error);
      }
    };
    fc.assert(
      fc.property(text, fc.constantFrom<'GET' | 'HEAD'>('GET', 'HEAD'), (parts, method) => {
        const whole = parts.join('');
        expect(outcome(() => parse(whole, method))).toEqual(outcome(() => parseHead(whole, method)));
      }),
    );
  });
});
