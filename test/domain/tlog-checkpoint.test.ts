import { formatCheckpoint, parseCheckpoint } from '../../src/domain/tlog-checkpoint.ts';

const ROOT = 'XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=';

describe('checkpoint text (C2SP tlog-checkpoint)', () => {
  test('golden: is read and written', () => {
    const text = `caselog.rx1.main/2026-1\n8\n${ROOT}\n`;
    const checkpoint = parseCheckpoint(text);
    expect(checkpoint).toEqual({
      origin: 'caselog.rx1.main/2026-1',
      size: 8,
      root: Buffer.from('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328', 'hex'),
      extensions: [],
    });
    expect(checkpoint && formatCheckpoint(checkpoint)).toBe(text);
  });

  test('the empty tree has size 0', () => {
    expect(parseCheckpoint(`a b\n0\n${ROOT}\n`)).toMatchObject({ origin: 'a b', size: 0 });
  });

  test('extension lines of other logs are read', () => {
    expect(parseCheckpoint(`a\n1\n${ROOT}\nx\ny z\n`)?.extensions).toEqual(['x', 'y z']);
  });

  test.each([
    ['nothing', ''],
    ['no final newline', `a\n8\n${ROOT}`],
    ['an empty origin', `\n8\n${ROOT}\n`],
    ['a leading zero', `a\n08\n${ROOT}\n`],
    ['a plus sign', `a\n+8\n${ROOT}\n`],
    ['a minus sign', `a\n-8\n${ROOT}\n`],
    ['a fraction', `a\n8.0\n${ROOT}\n`],
    ['hexadecimal', `a\n0x8\n${ROOT}\n`],
    ['spaces around the size', `a\n 8\n${ROOT}\n`],
    ['a size beyond exact numbers', `a\n9007199254740993\n${ROOT}\n`],
    ['no size', `a\n\n${ROOT}\n`],
    ['no root', 'a\n8\n'],
    ['a root without padding', `a\n8\n${ROOT.slice(0, -1)}\n`],
    ['a root in base64url', `a\n8\n${ROOT.replace('+', '-')}\n`],
    ['a root with stray bits', `a\n8\n${ROOT.replace('g=', 'h=')}\n`],
    ['a root of 31 bytes', `a\n8\n${Buffer.alloc(31).toString('base64')}\n`],
    ['a root of 33 bytes', `a\n8\n${Buffer.alloc(33).toString('base64')}\n`],
    ['an empty extension line', `a\n8\n${ROOT}\n\n`],
    ['carriage returns', `a\r\n8\r\n${ROOT}\r\n`],
  ])('rejects %s', (_name, text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });

  test.each([
    ['an origin of two lines', { origin: 'a\nb', size: 1, root: Buffer.alloc(32) }],
    ['no origin', { origin: '', size: 1, root: Buffer.alloc(32) }],
    ['a size that is no count', { origin: 'a', size: 1.5, root: Buffer.alloc(32) }],
    ['a short root', { origin: 'a', size: 1, root: Buffer.alloc(20) }],
  ])('does not write %s', (_name, checkpoint) => {
    expect(() => formatCheckpoint(checkpoint)).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
