import fc from 'fast-check';
import { canonicalJson } from '../../src/domain/canonical-json.ts';

describe('canonicalJson', () => {
  test('the example of RFC 8785 §3.2.2 and §3.2.4', () => {
    const value: unknown = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],` +
        String.raw`"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    );
    expect(canonicalJson(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
        String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test('members sort by UTF-16 code units, not code points (RFC 8785 §3.2.3)', () => {
    const value = { '\u20ac': 5, '\r': 1, '\ufb33': 7, '1': 2, '\ud83d\ude00': 6, '\u0080': 3, '\u00f6': 4 };
    expect(canonicalJson(value)).toBe(
      '{"\\r":1,"1":2,"\u0080":3,"\u00f6":4,"\u20ac":5,"\ud83d\ude00":6,"\ufb33":7}',
    );
  });

  // RFC 8785 appendix B
  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
  ])('number %s is written %s', (hex, expected) => {
    expect(canonicalJson(Buffer.from(hex, 'hex').readDoubleBE())).toBe(expected);
  });

  test.each([
    ['empty object and array', { a: {}, b: [] }, '{"a":{},"b":[]}'],
    ['an undefined member is left out', { a: 1, b: undefined }, '{"a":1}'],
    ['control characters', '\u0000\u001f\b\t\n\f\r\u007f', '"\\u0000\\u001f\\b\\t\\n\\f\\r\u007f"'],
    ['line separators stay as they are', '\u2028\u2029', '"\u2028\u2029"'],
    ['no normalisation of text', 'A\u030a', '"A\u030a"'],
    ['an object without a prototype', Object.assign(Object.create(null), { b: 1, a: 2 }), '{"a":2,"b":1}'],
    ['an own member named __proto__', JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
    ['an object from a structured clone', structuredClone({ b: [1], a: null }), '{"a":null,"b":[1]}'],
  ])('%s', (_name, value: unknown, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  test.each<[string, unknown]>([
    ['NaN', { a: NaN }],
    ['infinity', [-Infinity]],
    ['undefined', undefined],
    ['undefined in an array', [undefined]],
    ['a hole in an array', new Array(2)],
    ['a function', { a: () => 1 }],
    ['a symbol', Symbol('a')],
    ['a bigint', 1n],
    ['bytes', Uint8Array.of(1)],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a lone surrogate in a value', 'a\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['a value that contains itself', circular],
  ])('refuses %s', (_name, value) => {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('property: reads back the same, and writing it again changes nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        const back: unknown = JSON.parse(text);
        expect(JSON.stringify(back)).toEqual(JSON.stringify(JSON.parse(text)));
        expect(canonicalJson(back)).toBe(text);
      }),
    );
  });

  test('property: the order in which members were added does not matter', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      }),
    );
  });
});
