import { CASE_STATES } from '../../src/domain/case-view.ts';
import { ENTRY_KINDS } from '../../src/domain/log-entry.ts';
import { PURPOSES_OF_USE } from '../../src/domain/purpose-of-use.ts';
import { AI_FUNCTIONS } from '../../src/domain/words.ts';
import { dicomDateText, momentOfMicroseconds, personNameText } from '../../src/ui/plain-time.ts';
import {
  accessText,
  failureText,
  functionText,
  kindText,
  standingText,
  stateTag,
} from '../../src/ui/plain-words.ts';

describe('dates and names as the PACS gives them', () => {
  test.each([
    ['20260303', '3 March 2026'],
    ['1961.04.12', '12 April 1961'],
    ['20261399', '20261399'],
    ['last week', 'last week'],
    ['', ''],
  ])('date %j -> %j', (given, expected) => {
    expect(dicomDateText(given)).toBe(expected);
  });

  test.each([
    ['MADEUP^Mary^Ann^Dr^Jr', 'MADEUP, Mary Ann'],
    ['MADEUP', 'MADEUP'],
    ['^Mary', 'Mary'],
    ['', ''],
    ['a b^ c ', 'a b, c'],
  ])('name %j -> %j', (given, expected) => {
    expect(personNameText(given)).toBe(expected);
  });
});

describe('moments', () => {
  const us = Date.UTC(2026, 5, 30, 23, 30, 1) * 1000;
  test.each([
    ['Europe/London', '1 Jul 2026, 00:30:01'],
    ['UTC', '30 Jun 2026, 23:30:01'],
  ])('in %s: %s', (timeZone, text) => {
    expect(momentOfMicroseconds(us + 999, timeZone)).toEqual({ text, iso: '2026-06-30T23:30:01.000Z' });
  });
});

describe('words', () => {
  test.each(AI_FUNCTIONS)('function %s reads as words', (name) => {
    expect(functionText(name)).toMatch(/^[A-Z][A-Za-z ]+$/);
  });
  test.each(ENTRY_KINDS)('kind %s reads as words', (kind) => {
    expect(kindText(kind)).toMatch(/^[A-Z][A-Za-z -]+$/);
  });
  test.each(CASE_STATES)('state %s reads as words', (state) => {
    expect(stateTag(state).text).toMatch(/^[A-Z][A-Za-z ]+$/);
  });

  test.each(['toString', '__proto__', 'a-kind-of-a-later-release'])(
    'what is not known stays as it is: %s',
    (name) => {
      expect([functionText(name), kindText(name), failureText(name)]).toEqual([name, name, 'The AI failed.']);
    },
  );

  test.each([
    { profession: 'radiologist', roles: ['auditor'], says: 'radiologist, auditor' },
    { profession: 'other', roles: ['programme-lead'], says: 'programme lead' },
    { profession: 'other', roles: [], says: 'other staff' },
  ] as const)('$says', ({ profession, roles, says }) => {
    expect(standingText({ profession, roles })).toBe(says);
  });
});

describe('who read what', () => {
  test.each([
    ['study 1.2', { reader: 'person', at: 0 }],
    ['study 1.2 in archive for treatment', { reader: 'person', at: 0, purpose: 'TREAT', pacs: 'archive' }],
    ['study 1.2 by emergency access', { reader: 'person', at: 0, emergency: true }],
    ['study 1.2 by an AI endpoint', { reader: 'ai-endpoint', at: 0 }],
    ['study 1.2 for a purpose that is not on the list', { reader: 'person', at: 0, purpose: 'unrecognised' }],
  ] as const)('reads as: %s', (words, access) => {
    expect(accessText(access, '1.2')).toBe(words);
  });
  test('an erased study is said to be no longer named', () => {
    expect(accessText({ reader: 'person', at: 0 }, undefined)).toBe('study no longer named');
  });
  test.each(PURPOSES_OF_USE)('purpose %s ends a sentence', (purpose) => {
    expect(accessText({ reader: 'person', at: 0, purpose }, '1')).toMatch(/^study 1 [a-z][a-z’ ]+$/);
  });
});
