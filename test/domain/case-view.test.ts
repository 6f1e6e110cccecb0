import { foldCase, withoutResult, type CaseView } from '../../src/domain/case-view.ts';
import { parseCaseId, type CaseId } from '../../src/domain/identifiers.ts';
import type { EntryFacts, EntryKind, LogEntry } from '../../src/domain/log-entry.ts';
import { recordedEntry } from '../fakes/recorded-log.ts';

const CASE: CaseId | undefined = parseCaseId('c-0a1b2c3d-0000-4000-8000-0123456789ab');

interface Draft {
  readonly kind: EntryKind;
  readonly facts?: EntryFacts;
}

function entries(...drafts: readonly Draft[]): readonly LogEntry[] {
  return drafts.map(({ kind, facts = {} }, seq) => ({
    ...recordedEntry(seq, { kind, facts }),
    ...(CASE === undefined ? {} : { caseId: CASE }),
    personal: {
      studyUid: '1.2.3',
      user: 'alice.osei',
      ...(facts.approval === undefined ? {} : { supervisor: 'sam' }),
    },
  }));
}

const OPENED: EntryFacts = {
  function: 'detection',
  site: 'general',
  model: { id: 'lung-nodule', version: '2.1.0' },
  approval: { id: 'A-1', mode: 'supervised' },
  study: {
    modality: ['CT'],
    bodyPart: ['CHEST'],
    age: '40-64',
    sopClasses: [],
    instances: 1,
    inputVerified: true,
    slice: { maker: 'm', sex: 'F', ageBand: '40-64' },
  },
};
const RELEASED: EntryFacts = {
  release: { action: 'released', reasons: [] },
  output: { type: 'oip', digest: 'sha256:0', codes: ['nodule'], scoreMicro: 930_000, positive: true },
};
const intent = { kind: 'case.intent', facts: OPENED } as const;
const released = { kind: 'case.outcome', facts: RELEASED } as const;
const sealed = {
  kind: 'case.outcome',
  facts: { ...RELEASED, release: { action: 'sealed', reasons: ['co-signature-missing'] } },
} as const;
const truth = (said: NonNullable<EntryFacts['truth']>) =>
  ({ kind: 'case.truth', facts: { truth: said } }) as const;
const answer = (disposition: 'accepted' | 'flagged', reason?: string) =>
  ({
    kind: 'case.disposition',
    facts: { human: { disposition, ...(reason === undefined ? {} : { reason }) } },
  }) as const;

const ROWS: readonly {
  readonly name: string;
  readonly given: readonly Draft[];
  readonly expect: Partial<CaseView>;
  readonly absent?: readonly (keyof CaseView)[];
}[] = [
  {
    name: 'an intent alone',
    given: [intent],
    expect: { state: 'open', function: 'detection', site: 'general', supervisor: 'sam', inputVerified: true },
  },
  {
    name: 'released',
    given: [intent, released],
    expect: { state: 'released', score: 0.93, positive: true, finding: 'nodule' },
  },
  {
    name: 'released, without score or finding',
    given: [
      intent,
      {
        kind: 'case.outcome',
        facts: {
          release: { action: 'released', reasons: [] },
          output: { type: 'oip', digest: 'd', codes: [] },
        },
      },
    ],
    expect: { state: 'released' },
    absent: ['score', 'positive', 'finding'],
  },
  {
    name: 'released, its output not on record',
    given: [intent, { kind: 'case.outcome', facts: { release: { action: 'released', reasons: [] } } }],
    expect: { state: 'released' },
    absent: ['score'],
  },
  {
    name: 'released, then withheld at the last look',
    given: [
      intent,
      released,
      { kind: 'case.release', facts: { release: { action: 'withheld', reasons: ['stop-use'] } } },
    ],
    expect: { state: 'withheld', reasons: ['stop-use'] },
    absent: ['score', 'positive', 'finding'],
  },
  {
    name: 'a release record before the outcome',
    given: [intent, { kind: 'case.release', facts: { release: { action: 'released', reasons: [] } } }],
    expect: { state: 'open' },
  },
  {
    name: 'withheld at release',
    given: [
      intent,
      {
        kind: 'case.outcome',
        facts: { release: { action: 'withheld', reasons: ['attestation-mismatch'] }, err: 'withheld' },
      },
    ],
    expect: { state: 'withheld', reasons: ['attestation-mismatch'], err: 'withheld' },
  },
  {
    name: 'failed',
    given: [
      intent,
      { kind: 'case.outcome', facts: { release: { action: 'withheld', reasons: [] }, err: 'timeout' } },
    ],
    expect: { state: 'failed', err: 'timeout' },
  },
  {
    name: 'failed, nobody says how',
    given: [intent, { kind: 'case.outcome' }],
    expect: { state: 'failed', reasons: [] },
    absent: ['err'],
  },
  {
    name: 'refused',
    given: [
      {
        kind: 'case.refused',
        facts: {
          ...OPENED,
          decision: { result: 'deny', reasons: ['approval-missing'], at: 1, registerSeq: 1 },
        },
      },
    ],
    expect: { state: 'refused', reasons: ['approval-missing'] },
  },
  {
    name: 'refused, for want of a study',
    given: [{ kind: 'case.refused', facts: { err: 'study-context' } }],
    expect: { state: 'refused', err: 'study-context', reasons: [] },
  },
  {
    name: 'viewed',
    given: [{ kind: 'case.viewed' }],
    expect: { state: 'viewed', function: 'view', model: 'unknown', version: 'unknown', modality: [] },
    absent: ['site', 'supervisor'],
  },
  { name: 'unsolicited', given: [{ kind: 'case.unsolicited' }], expect: { state: 'unsolicited' } },
  { name: 'orphaned', given: [intent, { kind: 'case.orphan' }], expect: { state: 'orphaned' } },
  {
    name: 'answered',
    given: [intent, released, answer('accepted', 'agrees')],
    expect: { state: 'released', disposition: 'accepted', dispositionReason: 'agrees' },
  },
  {
    name: 'answered anew: the newest stands, with its own words',
    given: [intent, released, answer('accepted', 'agrees'), answer('flagged')],
    expect: { disposition: 'flagged' },
    absent: ['dispositionReason'],
  },
  {
    name: 'an answer that says nothing',
    given: [intent, released, { kind: 'case.disposition' }],
    expect: { state: 'released' },
    absent: ['disposition'],
  },
  {
    name: 'truth that comes later changes nothing of it',
    given: [intent, released, { kind: 'case.truth' }],
    expect: { state: 'released' },
    absent: ['truth'],
  },
  {
    name: 'truth: the newest of each source and finding',
    given: [
      intent,
      released,
      truth({ source: 'report', verdict: 'positive' }),
      truth({ source: 'pathology', verdict: 'negative', code: 'RID1' }),
      truth({ source: 'report', verdict: 'negative', replaces: 'positive' }),
      truth({ source: 'pathology', verdict: 'positive' }),
    ],
    expect: {
      state: 'released',
      truth: [
        { source: 'pathology', verdict: 'negative', code: 'RID1' },
        { source: 'report', verdict: 'negative', replaces: 'positive' },
        { source: 'pathology', verdict: 'positive' },
      ],
    },
  },
  {
    name: 'a draft that was changed, and the patient told; said again without',
    given: [
      intent,
      {
        kind: 'case.outcome',
        facts: { ...RELEASED, output: { type: 'chat', digest: 'd', codes: [], textDigest: 'sha256:1' } },
      },
      {
        kind: 'case.disposition',
        facts: {
          human: { disposition: 'edited', reasonCode: 'wording', changedShare: 0.1, disclosed: true },
        },
      },
      answer('accepted'),
    ],
    expect: { textDigest: 'sha256:1', disposition: 'accepted', disclosed: true, mode: 'supervised' },
    absent: ['dispositionCode', 'changedShare', 'score', 'finding'],
  },
  {
    name: 'sealed until a second person has signed',
    given: [intent, sealed],
    expect: { state: 'sealed', reasons: ['co-signature-missing'] },
    absent: ['score', 'positive', 'finding', 'coSigned'],
  },
  {
    name: 'co-signed',
    given: [intent, sealed, { kind: 'case.release', facts: RELEASED }],
    expect: { state: 'released', reasons: [], coSigned: true, score: 0.93, finding: 'nodule' },
  },
  {
    name: 'refused by the second person',
    given: [
      intent,
      sealed,
      {
        kind: 'case.release',
        facts: {
          release: { action: 'withheld', reasons: ['co-signature-missing'] },
          err: 'co-signature-refused',
        },
      },
    ],
    expect: { state: 'withheld', err: 'co-signature-refused' },
    absent: ['score', 'coSigned'],
  },
];

describe('a case, folded from its entries', () => {
  test.each(ROWS)('$name', ({ given, expect: wanted, absent = [] }) => {
    const all = entries(...given);
    const view = foldCase(all);
    expect(view).toMatchObject({
      caseId: CASE,
      studyInstanceUid: '1.2.3',
      practitioner: 'alice.osei',
      ...wanted,
    });
    for (const key of absent) expect(view).not.toHaveProperty(key);
    expect(view?.entries).toEqual(all.map(({ seq, kind, wallUs }) => ({ seq, kind, wallUs })));
    expect(foldCase(all.toReversed())).toEqual(view);
  });

  test('no entries, or entries of no case, are no case', () => {
    expect(foldCase([])).toBeUndefined();
    expect(foldCase([recordedEntry(0, { kind: 'node.start', facts: {} })])).toBeUndefined();
  });

  test('once erased, it names nobody', () => {
    const view = foldCase(entries(intent).map((entry) => ({ ...entry, personal: {} })));
    expect(view).not.toHaveProperty('practitioner');
    expect(view).not.toHaveProperty('studyInstanceUid');
  });

  test('without its result everything else stays', () => {
    const view = foldCase(entries(intent, released));
    if (view === undefined) throw new Error('there is a case');
    const { score, positive, finding, ...rest } = view;
    expect([score, positive, finding]).toEqual([0.93, true, 'nodule']);
    expect(withoutResult(view)).toEqual(rest);
  });
});
