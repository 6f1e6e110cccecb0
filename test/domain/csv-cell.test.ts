import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvLine, markFormula, unmarkFormula } from '../../src/domain/csv-cell.ts';

test.each([
  { cell: 'plain', line: 'plain' },
  { cell: '', line: '' },
  { cell: 'a,b', line: '"a,b"' },
  { cell: 'say "ah"', line: '"say ""ah"""' },
  { cell: 'two\nlines', line: '"two\nlines"' },
  { cell: '=1+1', line: "'=1+1" },
  { cell: '+44 20', line: "'+44 20" },
  { cell: '-2', line: "'-2" },
  { cell: '@SUM(A1)', line: "'@SUM(A1)" },
  { cell: '\tx', line: "'\tx" },
  { cell: '=HYPERLINK("http://x","y")', line: '"\'=HYPERLINK(""http://x"",""y"")"' },
  { cell: "'=1", line: "''=1" },
])('$cell', ({ cell, line }) => {
  expect(csvLine([cell])).toBe(`${line}\r\n`);
});

test('any texts come back by a reader of RFC 4180, but for the mark before what would be a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 2, maxLength: 5 }), (cells) => {
      const [row]: string[][] = parse(csvLine(cells), { relax_column_count: true });
      expect(row).toHaveLength(cells.length);
      row?.forEach((read, place) => expect([cells[place], `'${cells[place] ?? ''}`]).toContain(read));
      expect(row?.filter((read) => /^[=+\-@\t\r]/.test(read))).toEqual([]);
    }),
  );
});

test('any text comes back from its mark as it was, and what is marked begins no formula', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('', '=', "'=", "''@", '-1', '\t'), (rest, start) => {
      const marked = markFormula(start + rest);
      expect(unmarkFormula(marked)).toBe(start + rest);
      expect(marked).not.toMatch(/^[=+\-@\t\r]/);
    }),
  );
});
