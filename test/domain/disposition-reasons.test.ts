import { reasonChoices, reasonFault } from '../../src/domain/disposition-reasons.ts';
import { DISPOSITIONS } from '../../src/domain/words.ts';
import { aRegister } from '../fakes/register-builder.ts';

const { policy } = aRegister();
const overridden = policy.dispositions.find(({ disposition }) => disposition === 'overridden');
const EMPTY = { credentials: [], minAssurance: 3, maxLoginAgeMinutes: 1, source: 'none' } as const;
const withMore = {
  dispositions: [
    {
      ...(overridden ?? EMPTY),
      disposition: 'overridden',
      reasons: [
        { code: 'local-protocol', title: 'Our protocol says otherwise' },
        { code: 'artefact', title: 'Called otherwise here' },
      ],
    },
  ],
} as const;

test.each(DISPOSITIONS)('%s: each code once, in words, and the other one last', (disposition) => {
  const choices = reasonChoices(disposition, policy);
  expect(new Set(choices.map(({ code }) => code)).size).toBe(choices.length);
  expect(choices.at(-1)?.code).toBe('other');
  for (const { title } of choices) expect(title).toMatch(/^[A-Z]/);
});

test('a policy adds to a list, and renames nothing of it', () => {
  const choices = reasonChoices('overridden', withMore);
  expect(choices.slice(-2).map(({ code }) => code)).toEqual(['local-protocol', 'other']);
  expect(choices.find(({ code }) => code === 'artefact')?.title).toBe('It took an artefact for a finding');
  expect(choices.at(-2)?.title).toBe('Our protocol says otherwise');
});

test.each([
  ['one of the list', { disposition: 'overridden', code: 'false-positive', words: undefined }, undefined],
  [
    'one of another’s',
    { disposition: 'accepted', code: 'false-positive', words: undefined },
    'no reason for accepted',
  ],
  ['an unknown one', { disposition: 'flagged', code: 'nonsense', words: 'x' }, 'no reason for flagged'],
  ['another, said', { disposition: 'ignored', code: 'other', words: 'it was late' }, undefined],
  ['another, unsaid', { disposition: 'ignored', code: 'other', words: undefined }, 'own words'],
  ['one of the policy’s', { disposition: 'overridden', code: 'local-protocol', words: undefined }, undefined],
] as const)('%s -> %3$s', (_name, given, fault) => {
  const found = reasonFault(given, given.code === 'local-protocol' ? withMore : policy);
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(fault);
});
