import { errOfHeldBack } from '../../src/domain/attestation-fault.ts';
import { foldCase } from '../../src/domain/case-view.ts';
import { driftCells } from '../../src/domain/drift-cells.ts';
import { parseCaseId } from '../../src/domain/identifiers.ts';
import type { EntryFacts, LogEntry } from '../../src/domain/log-entry.ts';
import type { Reason } from '../../src/domain/reasons.ts';
import { recordedEntry } from '../fakes/recorded-log.ts';

const RULES = { dayOf: () => '2026-03-10', scoreEdges: [] };
const FAULTS = ['attestation-mismatch', 'attestation-missing'] as const;
const CASE = parseCaseId('c-0a1b2c3d-0000-4000-8000-0123456789ab');
const held = (reasons: readonly Reason[], err?: string): EntryFacts => ({
  release: { action: 'withheld', reasons },
  ...(err === undefined ? {} : { err }),
});
const stateOf = (...entries: readonly LogEntry[]) =>
  foldCase(entries.map((entry) => ({ ...entry, ...(CASE === undefined ? {} : { caseId: CASE }) })))?.state;
const countsOf = (entry: LogEntry) =>
  driftCells(entry, RULES).map(({ counter, bin }) => (bin === '' ? counter : `${counter} ${bin}`));

const intent = recordedEntry(0, { kind: 'case.intent', facts: {} });
const released = recordedEntry(1, {
  kind: 'case.outcome',
  facts: { release: { action: 'released', reasons: [] } },
});

describe.each(FAULTS)('%s', (code) => {
  test('among other reasons is what the case is closed with', () => {
    expect(errOfHeldBack(['stop-use', code])).toBe(code);
  });

  test('in the outcome: the case failed, and is counted so', () => {
    const outcome = recordedEntry(1, { kind: 'case.outcome', facts: held([code], code) });
    expect(stateOf(intent, outcome)).toBe('failed');
    expect(countsOf(outcome)).toEqual([`failed ${code}`]);
  });

  test('at the last look: the same', () => {
    const release = recordedEntry(2, { kind: 'case.release', facts: held([code], code) });
    expect(stateOf(intent, released, release)).toBe('failed');
    expect(countsOf(release)).toEqual([`failed ${code}`]);
  });

  test('in what an earlier release wrote: withheld, as it was written', () => {
    const outcome = recordedEntry(1, { kind: 'case.outcome', facts: held([code], 'withheld') });
    const release = recordedEntry(2, { kind: 'case.release', facts: held([code]) });
    expect(stateOf(intent, outcome)).toBe('withheld');
    expect(stateOf(intent, released, release)).toBe('withheld');
    expect(countsOf(outcome)).toEqual(['withheld outcome']);
    expect(countsOf(release)).toEqual(['withheld last-look']);
  });
});

test('any other reason withholds, and says nothing of the endpoint', () => {
  expect(errOfHeldBack(['stop-use', 'approval-missing'])).toBe('withheld');
  expect(errOfHeldBack([])).toBe('withheld');
});
