import fc from 'fast-check';
import {
  isUid,
  parseCaseId,
  parseModelName,
  parsePractitionerId,
  parseSeriesUid,
  parseSopInstanceUid,
  parseStudyUid,
  parseVersion,
} from '../../src/domain/identifiers.ts';

const LONGEST = `1.${'2'.repeat(62)}`;

describe('UIDs (PS3.5 §9.1)', () => {
  test.each(['1.2.3', '0', '1.02.3', LONGEST, '2.25.329800735698586629295641978511506172918'])(
    '%s is one',
    (text) => {
      expect(isUid(text)).toBe(true);
      expect([parseStudyUid(text), parseSeriesUid(text), parseSopInstanceUid(text)]).toEqual([
        text,
        text,
        text,
      ]);
    },
  );

  test.each(['', '.', '..', '1.', '.1', '1..2', '1.2.3 ', '1.2/3', '1.a', `${LONGEST}0`, '1.2\n', '１.2'])(
    '%j is none',
    (text) => {
      expect(isUid(text)).toBe(false);
      expect([parseStudyUid(text), parseSeriesUid(text), parseSopInstanceUid(text)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    },
  );

  test('whatever passes is safe in a path', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('.', '/', '0', '1', '%', ' ') }),
        (text) => !isUid(text) || encodeURI(text) === text,
      ),
    );
  });
});

describe('names and versions', () => {
  test.each([
    { text: 'alice.osei', isName: true, isVersion: true },
    { text: 'burned-in_text', isName: true, isVersion: true },
    { text: '1.0.0+build~2', isName: false, isVersion: true },
    { text: 'latest', isName: true, isVersion: false },
    { text: 'default', isName: true, isVersion: false },
    { text: '.hidden', isName: false, isVersion: false },
    { text: 'a/b', isName: false, isVersion: false },
    { text: 'a@b', isName: false, isVersion: false },
    { text: '', isName: false, isVersion: false },
    { text: 'x'.repeat(64), isName: true, isVersion: true },
    { text: 'x'.repeat(65), isName: true, isVersion: false },
    { text: 'x'.repeat(129), isName: false, isVersion: false },
  ])('$text', ({ text, isName, isVersion }) => {
    expect(parsePractitionerId(text)).toBe(isName ? text : undefined);
    expect(parseModelName(text)).toBe(isName ? text : undefined);
    expect(parseVersion(text)).toBe(isVersion ? text : undefined);
  });

  test.each([
    { text: 'c-0a1b2c3d-0000-4000-8000-0123456789ab', isOne: true },
    { text: 'c-0A1B2C3D-0000-4000-8000-0123456789AB', isOne: false },
    { text: '0a1b2c3d-0000-4000-8000-0123456789ab', isOne: false },
    { text: 'c-0a1b2c3d-0000-4000-8000-0123456789ab0', isOne: false },
  ])('$text is a case: $isOne', ({ text, isOne }) => {
    expect(parseCaseId(text)).toBe(isOne ? text : undefined);
  });
});
