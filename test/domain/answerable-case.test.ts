import { answersTo, isWhole, isAnswerable } from '../../src/domain/answerable-case.ts';
import { digestOfText } from '../../src/domain/byte-digest.ts';
import { foldCase, type CaseView } from '../../src/domain/case-view.ts';
import { parseCaseId } from '../../src/domain/identifiers.ts';
import { createCaseCollector, LOG_BOOK_KINDS } from '../../src/domain/log-book-cases.ts';
import type { EntryFacts, EntryKind, LogEntry } from '../../src/domain/log-entry.ts';
import { DISPOSITIONS } from '../../src/domain/words.ts';
import { recordedEntry } from '../fakes/recorded-log.ts';

type Draft = readonly [EntryKind, EntryFacts?];

const CASE = parseCaseId('c-0a1b2c3d-0000-4000-8000-0123456789ab');
const entriesOf = (drafts: readonly Draft[]): readonly LogEntry[] =>
  drafts.map(([kind, facts = {}], seq) => ({
    ...recordedEntry(seq, { kind, facts }),
    ...(CASE === undefined ? {} : { caseId: CASE }),
    personal: { user: 'alice.osei', supervisor: 'sam' },
  }));
const outputOf = (text: string): EntryFacts => ({
  output: { type: 'openai-chat', digest: digestOfText(text), codes: [], complete: false },
});

const HELD_BACK = { release: { action: 'withheld', reasons: ['stop-use'] } } as const;
const LET_OUT = { release: { action: 'released', reasons: [] } } as const;
const intent: Draft = ['case.intent', { approval: { id: 'A-1', mode: 'supervised' } }];
const begun: Draft = ['case.release', LET_OUT];
const cut = (text: string, err = 'withheld'): Draft => [
  'case.outcome',
  { ...HELD_BACK, ...outputOf(text), err },
];
const orphan: Draft = ['case.orphan', HELD_BACK];
const seal: Draft = ['case.outcome', { release: { action: 'sealed', reasons: ['co-signature-missing'] } }];
const coSigned: Draft = ['case.release', { ...LET_OUT, coSigned: { answer: 'co-signed' } }];

interface Row {
  readonly name: string;
  readonly given: readonly Draft[];
  readonly state: CaseView['state'];
  readonly isInPart?: true;
}

const ROWS: readonly Row[] = [
  { name: 'cut after a part', given: [intent, begun, cut('No ')], state: 'withheld', isInPart: true },
  { name: 'broken off', given: [intent, begun, cut('No ', 'timeout')], state: 'failed', isInPart: true },
  {
    name: 'of another version, as the end shows',
    given: [intent, begun, cut('No ', 'attestation-mismatch')],
    state: 'failed',
    isInPart: true,
  },
  { name: 'left behind by a node', given: [intent, begun, orphan], state: 'orphaned', isInPart: true },
  {
    name: 'all but its last piece',
    given: [intent, begun, ['case.outcome', LET_OUT], ['case.release', HELD_BACK]],
    state: 'withheld',
    isInPart: true,
  },
  { name: 'cut before its first piece', given: [intent, begun, cut('')], state: 'withheld' },
  { name: 'whole', given: [intent, begun, ['case.outcome', LET_OUT]], state: 'released' },
  { name: 'on its way', given: [intent, begun], state: 'open' },
  { name: 'never begun', given: [intent, ['case.outcome', HELD_BACK]], state: 'failed' },
  { name: 'never begun, and left behind', given: [intent, orphan], state: 'orphaned' },
  {
    name: 'in one piece, held back at the last look',
    given: [intent, ['case.outcome', LET_OUT], ['case.release', HELD_BACK]],
    state: 'withheld',
  },
  {
    name: 'co-signed, and held back after all',
    given: [intent, seal, coSigned, ['case.release', HELD_BACK]],
    state: 'withheld',
  },
];

describe.each(ROWS)('an answer $name', ({ given, state, isInPart }) => {
  const view = foldCase(entriesOf(given));

  test(`is ${state}`, () => {
    expect(view?.state).toBe(state);
    expect(view?.shownInPart).toBe(isInPart);
  });

  test('can be answered as far as it was shown', () => {
    if (view === undefined) throw new Error('there is a case');
    const ofPart = isInPart === true ? ['overridden', 'ignored', 'flagged'] : [];
    expect(isWhole(view)).toBe(state === 'released');
    expect(answersTo(view)).toEqual(state === 'released' ? DISPOSITIONS : ofPart);
    expect(isAnswerable(view)).toBe(state === 'released' || isInPart === true);
  });

  test('stands in the log-book where any of it was shown', () => {
    const collector = createCaseCollector();
    const kinds: readonly EntryKind[] = LOG_BOOK_KINDS;
    for (const entry of entriesOf(given).toReversed()) if (kinds.includes(entry.kind)) collector.add(entry);
    expect(collector.cases()).toHaveLength(state === 'released' || isInPart === true ? 1 : 0);
  });
});
