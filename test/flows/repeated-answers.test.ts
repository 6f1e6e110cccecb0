import { UpstreamFault } from '../../src/domain/errors.ts';
import { createRepeatedAnswers } from '../../src/flows/repeated-answers.ts';

const bytesOf = (rows: readonly unknown[]): Uint8Array => Buffer.from(JSON.stringify(rows));
const row = (name: string): unknown => ({ '00100010': { vr: 'PN', Value: [{ Alphabetic: name }] } });

describe('answers that repeat themselves', () => {
  test('the same bytes to the same search are read once', () => {
    const answers = createRepeatedAnswers();
    const first = answers.read('studies', bytesOf([row('One')]));
    expect(first.rows).toEqual([row('One')]);
    expect(answers.read('studies', bytesOf([row('One')]))).toBe(first);
  });

  test.each([
    { name: 'more bytes', asked: 'studies', rows: [row('Three')] },
    { name: 'as many other bytes', asked: 'studies', rows: [row('Six')] },
    { name: 'another search', asked: 'studies\n00100020=1', rows: [row('One')] },
  ])('$name are read anew', ({ asked, rows }) => {
    const answers = createRepeatedAnswers();
    const first = answers.read('studies', bytesOf([row('One')]));
    const second = answers.read(asked, bytesOf(rows));
    expect(second).not.toBe(first);
    expect(second.rows).toEqual(rows);
  });

  test('only the last answer to a search is kept', () => {
    const answers = createRepeatedAnswers();
    const first = answers.read('studies', bytesOf([row('One')]));
    answers.read('studies', bytesOf([row('Two')]));
    expect(answers.read('studies', bytesOf([row('One')]))).not.toBe(first);
  });

  test('no more are kept than there is room for; the one asked for longest ago leaves', () => {
    const answers = createRepeatedAnswers({ maxEntries: 2, maxBytes: 100, maxTotalBytes: 1_000 });
    const [first, second] = ['a', 'b'].map((asked) => answers.read(asked, bytesOf([])));
    expect(answers.read('a', bytesOf([]))).toBe(first);
    answers.read('c', bytesOf([]));
    expect(answers.read('a', bytesOf([]))).toBe(first);
    expect(answers.read('b', bytesOf([]))).not.toBe(second);
  });

  test('a long one is not kept, nor the shorter one that it followed', () => {
    const answers = createRepeatedAnswers({ maxEntries: 2, maxBytes: 10, maxTotalBytes: 1_000 });
    const short = answers.read('a', bytesOf([]));
    const long = answers.read('a', bytesOf([row('One')]));
    expect(answers.read('a', bytesOf([row('One')]))).not.toBe(long);
    expect(answers.read('a', bytesOf([]))).not.toBe(short);
  });

  test('all that are kept, and what they answer, take no more bytes than there is room for', () => {
    const answers = createRepeatedAnswers({ maxEntries: 9, maxBytes: 10, maxTotalBytes: 8 });
    const [first, second] = ['a', 'b'].map((asked) => answers.read(asked, bytesOf([])));
    // Asked for again and again, they are counted once.
    for (const _again of [1, 2, 3]) {
      expect(answers.read('a', bytesOf([]))).toBe(first);
      expect(answers.read('b', bytesOf([]))).toBe(second);
    }
    answers.read('long', bytesOf([]));
    expect(answers.read('b', bytesOf([]))).not.toBe(second);
    expect(answers.read('a', bytesOf([]))).not.toBe(first);
  });

  test('unless a test says otherwise: 16 KiB each, 2 MiB in all', () => {
    const answers = createRepeatedAnswers();
    const sized = (bytes: number): Uint8Array => Buffer.from(`[${' '.repeat(bytes - 2)}]`);
    const keptOf = (count: number, bytes: number): number => {
      const names = Array.from({ length: count }, (_, at) => String(1_000 + at));
      const first = names.map((name) => answers.read(name, sized(bytes)));
      return names
        .toReversed()
        .filter((name) => answers.read(name, sized(bytes)) === first[Number(name) - 1_000]).length;
    };
    expect(keptOf(1, 16 * 1024)).toBe(1);
    expect(keptOf(1, 16 * 1024 + 1)).toBe(0);
    expect(keptOf(200, 16 * 1024)).toBe(127);
  });

  test('what is no DICOM JSON is refused each time', () => {
    const answers = createRepeatedAnswers();
    for (const text of ['{}', '[1]', 'no'])
      for (const _again of [1, 2]) expect(() => answers.read('a', Buffer.from(text))).toThrow(UpstreamFault);
  });
});
