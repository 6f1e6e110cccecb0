import fc from 'fast-check';
import { PURPOSES_OF_USE, type RecordedPurpose } from '../../src/domain/purpose-of-use.ts';
import { createSeenAccesses } from '../../src/flows/seen-accesses.ts';
import { aPrincipal, NOW } from '../fakes/register-builder.ts';

const person = (sessionRef: string) => aPrincipal({ sessionRef });
const endpoint = (caseId: string) =>
  ({ kind: 'study-reader', studyInstanceUid: '1', caseId, expiresAt: NOW }) as const;

const WORDS: readonly (RecordedPurpose | undefined)[] = [undefined, 'unrecognised', ...PURPOSES_OF_USE];

test('says what was added, reader by reader, study by study, purpose by purpose', () => {
  const reader = fc.constantFrom(person('a'), person('b'), endpoint('a'), endpoint('b'));
  const access = fc.record({
    reader,
    study: fc.constantFrom('1.1', '1.2'),
    purpose: fc.constantFrom(...WORDS),
  });
  fc.assert(
    fc.property(fc.array(access), access, (added, asked) => {
      const seen = createSeenAccesses(1_000);
      for (const one of added) seen.add(one.reader, one.study, one.purpose);
      const covers = ({ reader: who, study, purpose }: typeof asked): boolean =>
        who === asked.reader &&
        study === asked.study &&
        (asked.purpose === undefined || asked.purpose === purpose);
      expect(seen.has(asked.reader, asked.study, asked.purpose)).toBe(added.some(covers));
    }),
  );
});

test('holds no more pairs than it may: readers who came first are forgotten, endpoints before people', () => {
  const seen = createSeenAccesses(3);
  const has = (): readonly boolean[] => [
    seen.has(person('a'), '1', undefined),
    seen.has(person('b'), '1', undefined),
    seen.has(endpoint('c'), '1', undefined),
  ];
  for (const [who, study] of [
    [person('a'), '1'],
    [person('a'), '2'],
    [endpoint('c'), '1'],
  ] as const)
    seen.add(who, study, undefined);
  expect(has()).toEqual([true, false, true]);
  seen.add(person('b'), '1', undefined);
  expect([has(), seen.size()]).toEqual([[true, true, false], 3]);
  seen.add(person('b'), '2', undefined);
  expect([has(), seen.size()]).toEqual([[false, true, false], 2]);
});

test('a reader of more studies than that is forgotten with the others, and begins anew', () => {
  const seen = createSeenAccesses(2);
  for (const study of ['1', '2', '3']) seen.add(person('a'), study, 'TREAT');
  expect(seen.size()).toBe(0);
  seen.add(person('a'), '3', 'TREAT');
  expect(seen.has(person('a'), '3', 'TREAT')).toBe(true);
});

test('can be emptied', () => {
  const seen = createSeenAccesses(9);
  seen.add(person('a'), '1', undefined);
  seen.add(endpoint('a'), '1', undefined);
  seen.clear();
  expect([seen.size(), seen.has(person('a'), '1', undefined)]).toEqual([0, false]);
});
