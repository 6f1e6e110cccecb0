import { isAboutPatients } from '../../src/domain/about-patients.ts';
import { DRAFT_MARK } from '../../src/domain/draft-marking.ts';

test.each([
  ['one', ['P-1'], true],
  ['several', ['943 476 5919', 'Grün,1', '日本'], true],
  ['a hundred', Array.from({ length: 100 }, (_, at) => String(at)), true],
  ['nobody', [], false],
  ['a hundred and one', Array.from({ length: 101 }, (_, at) => String(at)), false],
  ['somebody twice', ['P-1', 'P-2', 'P-1'], false],
  ['no name', [''], false],
  ['a longer one than PS3.5 allows', ['x'.repeat(65)], false],
  ['two values in one', ['P-1\\P-2'], false],
  ['a line end', ['P-1\n'], false],
  ['a space before', [' P-1'], false],
  ['half a surrogate pair', ['\ud800'], false],
  [
    'more bytes together than the log keeps',
    Array.from({ length: 16 }, (_, at) => `${String(at)}${'x'.repeat(62)}`),
    false,
  ],
])('about %s', (_name, ids, expected) => {
  expect(isAboutPatients(ids)).toBe(expected);
});

test('the mark of a draft is a line of its own', () => {
  expect(DRAFT_MARK.split('\n')).toEqual(['DRAFT – AI-generated, not verified', '', '']);
});
