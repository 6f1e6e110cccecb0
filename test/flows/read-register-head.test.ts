import type { EntryDraft, EntryFacts } from '../../src/domain/log-entry.ts';
import { readRegisterHead } from '../../src/flows/read-register-head.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';

type Change = NonNullable<EntryFacts['change']>;

const entry = (number: number, change: Change, kind: EntryDraft['kind'] = 'register.change'): EntryDraft => ({
  id: `entry-${String(number)}`,
  kind,
  facts: { change },
  personal: {},
  retainClass: 'register',
});
const applied = (name: string): Change => ({
  kind: 'evidence',
  proposal: name,
  before: `${name} before`,
  head: `${name} after`,
});

async function headOf(...entries: readonly EntryDraft[]): Promise<string | undefined> {
  const log = createMemoryCaseLog();
  for (const one of entries) await log.append(one);
  return (await readRegisterHead({ caseLogReader: log }))?.head;
}

describe('the state of the register in the case log', () => {
  test('is what the newest change of it says, of whatever kind', async () => {
    const log = createMemoryCaseLog();
    await log.append(entry(1, applied('one')));
    await log.append(entry(2, applied('two'), 'stop-use'));
    expect(await readRegisterHead({ caseLogReader: log })).toEqual({
      head: 'two after',
      before: 'two before',
      proposal: 'two',
    });
    expect(await headOf(entry(1, applied('one'), 'model.release'))).toBe('one after');
  });

  test('other entries of these kinds are passed over, however many', async () => {
    const refusals = Array.from({ length: 120 }, (_, place) => entry(place + 2, { kind: 'act' }));
    expect(await headOf(entry(1, applied('one')), ...refusals)).toBe('one after');
    expect(await headOf(...refusals)).toBeUndefined();
    expect(await headOf(...refusals.slice(0, 100))).toBeUndefined();
  });

  test.each([
    { name: 'an empty log', entries: [] },
    { name: 'no change of the register', entries: [entry(1, applied('one'), 'recovery')] },
    {
      name: 'a change of a release that wrote no hashes, also after one that did',
      entries: [entry(1, applied('one')), entry(2, { kind: 'evidence', proposal: 'two' })],
    },
    { name: 'half a change', entries: [entry(1, { proposal: 'two', head: 'two after' })] },
  ])('$name says nothing', async ({ entries }) => {
    expect(await headOf(...entries)).toBeUndefined();
  });
});
