import { driftCells } from '../../src/domain/drift-cells.ts';
import type { EntryFacts, EntryKind } from '../../src/domain/log-entry.ts';
import { recordedEntry } from '../fakes/recorded-log.ts';

const WITHHELD = { release: { action: 'withheld', reasons: [] } } as const;
const RULES = { dayOf: () => '2026-03-10', scoreEdges: [] };

test.each<readonly [string, EntryKind, EntryFacts, readonly string[]]>([
  ['sealed', 'case.outcome', { release: { action: 'sealed', reasons: ['co-signature-missing'] } }, []],
  [
    'held back, and why',
    'case.release',
    { ...WITHHELD, err: 'sessions-unavailable' },
    ['withheld last-look'],
  ],
  [
    'refused',
    'case.release',
    { ...WITHHELD, err: 'co-signature-refused' },
    ['withheld co-signature-refused'],
  ],
  ['out of time', 'case.release', { ...WITHHELD, err: 'seal-expired' }, ['withheld seal-expired']],
  [
    'co-signed',
    'case.release',
    { release: { action: 'released', reasons: [] }, coSigned: { answer: 'co-signed' } },
    ['released '],
  ],
])('a result that waited for a second signature, %s -> %4$j', (_name, kind, facts, counted) => {
  const cells = driftCells(recordedEntry(0, { kind, facts }), RULES);
  expect(cells.map(({ counter, bin }) => `${counter} ${bin}`)).toEqual(counted);
});
