import type { EntryDraft, LogEntry } from '../../src/domain/log-entry.ts';
import { leafHash } from '../../src/domain/merkle-tree.ts';
import type { CaseLogAppender, CaseLogReader, EntryFilter } from '../../src/flows/ports.ts';
import { caseId, draft } from './caselog/case-log-kit.ts';

interface ContractSubject {
  readonly log: CaseLogAppender & CaseLogReader;
  /** Removes the personal values of an entry, as an erasure does. */
  readonly erase: (seq: number) => unknown;
  readonly close: () => Promise<void>;
}

/** What every CaseLogAppender and CaseLogReader promises. `open` gives a fresh log, perhaps with entries of its own. */
export function describeCaseLogContract(name: string, open: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the contract of CaseLogAppender and CaseLogReader`, () => {
    let subject: ContractSubject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(async () => {
      await subject.close();
    });
    const collect = async (from: number, to: number): Promise<readonly LogEntry[]> => {
      const entries: LogEntry[] = [];
      for await (const entry of subject.log.range(from, to)) entries.push(entry);
      return entries;
    };
    const append = async (...drafts: readonly EntryDraft[]): Promise<void> => {
      for (const given of drafts) await subject.log.append(given);
    };

    test('entries come back as they were written, with seq, leaf and exact body', async () => {
      const given = draft('a', {
        caseId: caseId(1),
        requestId: 'r-1',
        facts: { function: 'triage', site: 'main', timing: { endpointMs: 12 } },
        personal: { user: 'alice.osei', studyUid: '1.2.3', accession: 'ACC 1' },
      });
      const receipt = await subject.log.append(given);
      const [entry] = await subject.log.entries({ limit: 1 });
      expect(entry).toMatchObject({
        seq: receipt.seq,
        id: 'a',
        kind: 'case.intent',
        caseId: caseId(1),
        facts: given.facts,
        personal: given.personal,
        leaf: receipt.leaf,
      });
      expect(Buffer.from(leafHash(entry?.body ?? Buffer.alloc(0))).toString('hex')).toBe(receipt.leaf);
    });

    test('who has no need of personal values gets none', async () => {
      const personal = { user: 'alice.osei', studyUid: '1.2.3' };
      await append(draft('a', { personal }), draft('b', { personal }));
      const read = async (wanted?: { readonly personal: boolean }): Promise<readonly LogEntry[]> => {
        const entries: LogEntry[] = [];
        for await (const entry of subject.log.range(0, Infinity, wanted)) {
          if (['a', 'b'].includes(entry.id)) entries.push(entry);
        }
        return entries;
      };
      const whole = await read();
      expect(whole).toMatchObject([{ personal }, { personal }]);
      expect(await read({ personal: true })).toEqual(whole);
      expect(await read({ personal: false })).toEqual(whole.map((entry) => ({ ...entry, personal: {} })));
    });

    test('an outcome points to its intent', async () => {
      await append(draft('a', { caseId: caseId(1) }));
      await append(draft('a:out', { caseId: caseId(1), kind: 'case.outcome', intent: 'a' }));
      expect(await subject.log.entries({ limit: 1 })).toMatchObject([{ id: 'a:out', intent: 'a' }]);
    });

    test('seq is contiguous and in order of appending', async () => {
      const receipts = [];
      for (const id of ['a', 'b', 'c']) receipts.push(await subject.log.append(draft(id)));
      const [first] = receipts;
      expect(receipts.map(({ seq }) => seq - (first?.seq ?? 0))).toEqual([0, 1, 2]);
    });

    test('the same id again yields the first receipt and no second entry', async () => {
      const first = await subject.log.append(draft('a', { facts: { err: 'one' } }));
      const again = await subject.log.append(draft('a', { facts: { err: 'two' } }));
      expect(again).toEqual(first);
      const all = await subject.log.entries({ limit: 100 });
      expect(all.filter((entry) => entry.id === 'a')).toMatchObject([{ facts: { err: 'one' } }]);
    });

    test.each<[string, Partial<EntryDraft>]>([
      ['kind', { kind: 'case.refused' }],
      ['case', { caseId: caseId(2) }],
    ])('the same id for another %s is refused, and the first stands', async (_name, changes) => {
      const given = draft('a', { caseId: caseId(1) });
      const first = await subject.log.append(given);
      await expect(subject.log.append({ ...given, ...changes })).rejects.toMatchObject({ code: 'conflict' });
      expect(await subject.log.entries({ limit: 1 })).toMatchObject([{ seq: first.seq, leaf: first.leaf }]);
    });

    test('concurrent appends, some of them the same: each once, each with its own receipt', async () => {
      const ids = Array.from({ length: 300 }, (_, index) => `e${index % 150}`);
      const receipts = await Promise.all(ids.map((id) => subject.log.append(draft(id))));
      const bySeq = new Map(receipts.map((receipt) => [receipt.seq, receipt.id]));
      expect(bySeq.size).toBe(150);
      expect(receipts.map(({ id }) => id)).toEqual(ids);
    });

    test('an entry that is too large is refused, and the log goes on', async () => {
      const large = draft('large', { facts: { err: 'x'.repeat(62_000) } });
      await expect(subject.log.append(large)).rejects.toMatchObject({ code: 'payload-too-large' });
      await append(draft('small'));
      expect(await subject.log.entries({ limit: 1 })).toMatchObject([{ id: 'small' }]);
    });

    describe('reading', () => {
      beforeEach(async () => {
        const model = (id: string): EntryDraft['facts'] => ({ model: { id, version: '1' } });
        await append(
          draft('1', {
            caseId: caseId(1),
            facts: model('chest'),
            personal: { user: 'alice', studyUid: '1.1' },
          }),
          draft('2', { caseId: caseId(2), facts: model('bone'), personal: { user: 'ben', studyUid: '1.1' } }),
          draft('3', {
            caseId: caseId(1),
            kind: 'case.outcome',
            intent: '1',
            facts: model('chest'),
            personal: { user: 'alice' },
          }),
          draft('4', { kind: 'audit.read', facts: {}, personal: { user: 'alice' } }),
          draft('5', {
            caseId: caseId(3),
            kind: 'case.refused',
            facts: model('chest'),
            personal: { user: 'ben' },
          }),
        );
      });
      const find = async (filter: Partial<EntryFilter>): Promise<readonly string[]> => {
        const entries = await subject.log.entries({ limit: 100, ...filter });
        return entries.map(({ id }) => id).filter((id) => /^[0-9]$/.test(id));
      };

      test.each<[string, Partial<EntryFilter>, readonly string[]]>([
        ['all, newest first', {}, ['5', '4', '3', '2', '1']],
        ['kinds', { kinds: ['case.intent', 'case.refused'] }, ['5', '2', '1']],
        ['no kind at all', { kinds: [] }, []],
        ['a case', { caseId: caseId(1) }, ['3', '1']],
        ['an unknown case', { caseId: caseId(9) }, []],
        ['a model', { model: 'chest' }, ['5', '3', '1']],
        ['a personal value', { personal: { label: 'user', value: 'alice' } }, ['4', '3', '1']],
        ['a personal value under its label only', { personal: { label: 'subject', value: 'alice' } }, []],
        [
          'a personal value and kinds',
          { personal: { label: 'user', value: 'ben' }, kinds: ['case.refused'] },
          ['5'],
        ],
        [
          'everything at once',
          {
            kinds: ['case.intent'],
            caseId: caseId(1),
            model: 'chest',
            personal: { label: 'studyUid', value: '1.1' },
          },
          ['1'],
        ],
        ['no entries', { limit: 0 }, []],
        ['a limit', { limit: 2 }, ['5', '4']],
        ['a limit and kinds', { limit: 1, kinds: ['case.intent'] }, ['2']],
      ])('by %s', async (_name, filter, expected) => {
        expect(await find(filter)).toEqual(expected);
      });

      test.each<[string, Partial<EntryFilter>, readonly string[]]>([
        ['all', {}, ['3', '2', '1']],
        ['by case', { caseId: caseId(1) }, ['3', '1']],
        ['by personal value', { personal: { label: 'user', value: 'alice' } }, ['3', '1']],
      ])('pages back from a seq that is not part of the page: %s', async (_name, filter, expected) => {
        const [fourth] = await subject.log.entries({ limit: 1, kinds: ['audit.read'] });
        expect(await find({ ...filter, beforeSeq: fourth?.seq ?? 0 })).toEqual(expected);
      });

      test.each<[string, Omit<EntryFilter, 'limit'>, readonly string[]]>([
        ['by nothing', {}, ['5', '4', '3']],
        ['by kind', { kinds: ['case.intent', 'case.outcome'] }, ['3']],
        ['by case', { caseId: caseId(1) }, ['3']],
        ['by personal value', { personal: { label: 'user', value: 'alice' } }, ['4', '3']],
      ])('looks at nothing up to a seq: %s', async (_name, filter, expected) => {
        const second = (await subject.log.entries({ limit: 100 })).find(({ id }) => id === '2');
        expect(await find({ ...filter, afterSeq: second?.seq ?? 0 })).toEqual(expected);
        const [newest] = await subject.log.entries({ limit: 1 });
        expect(await find({ ...filter, afterSeq: newest?.seq ?? 0 })).toEqual([]);
      });

      test('a range is half-open, in order, and ends with the log', async () => {
        const [newest] = await subject.log.entries({ limit: 1 });
        const last = newest?.seq ?? 0;
        expect((await collect(last - 2, last)).map(({ id }) => id)).toEqual(['3', '4']);
        expect((await collect(last, last + 100)).map(({ id }) => id)).toEqual(['5']);
        expect((await collect(0, last + 1)).map(({ seq }) => seq)).toEqual([...Array(last + 1).keys()]);
        expect(await collect(last + 1, last + 2)).toEqual([]);
        expect(await collect(3, 3)).toEqual([]);
      });

      test('erased values are gone, never match, and leave body and leaf as they were', async () => {
        const [before] = await subject.log.entries({ limit: 1, kinds: ['case.refused'] });
        await subject.erase(before?.seq ?? -1);
        const [after] = await subject.log.entries({ limit: 1, kinds: ['case.refused'] });
        expect(after).toEqual({ ...before, personal: {} });
        expect(await find({ personal: { label: 'user', value: 'ben' } })).toEqual(['2']);
      });
    });

    test('what is verified is never more than there is', async () => {
      await append(draft('a'), draft('b'));
      const { verifiedSize, size, problem } = await subject.log.verification();
      const [newest] = await subject.log.entries({ limit: 1 });
      expect(size).toBe((newest?.seq ?? 0) + 1);
      expect(verifiedSize).toBeLessThanOrEqual(size);
      expect(problem).toBeUndefined();
    });
  });
}
