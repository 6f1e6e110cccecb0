import { createCaseCollector, type SupervisedCase } from '../../src/domain/log-book-cases.ts';
import type { EntryFacts, EntryKind, LogEntry } from '../../src/domain/log-entry.ts';
import { caseIdOf } from '../fakes/due-house.ts';
import { logEntry } from '../fakes/fake-flows.ts';
import { NOW, practitionerId, RADIOLOGIST } from '../fakes/register-builder.ts';

const SUPERVISOR = practitionerId('supervisor');

interface Told {
  readonly kind: EntryKind;
  readonly number: number;
  readonly facts?: EntryFacts;
  readonly study?: string | null;
}

/** The log of one person, in order; the collector gets it newest first. */
function casesOf(told: readonly Told[]): readonly SupervisedCase[] {
  const entries = told.map(({ kind, number, facts = {}, study = `1.2.${String(number)}` }, seq): LogEntry =>
    logEntry(seq, kind, {
      caseId: caseIdOf(number),
      wallUs: (NOW + seq) * 1_000,
      facts: {
        function: 'detection',
        model: { id: 'lung-nodule', version: '2.1.0' },
        study: { modality: ['CT'] } as never,
        approval: { id: 'a', mode: 'supervised' },
        ...facts,
      },
      personal: { user: RADIOLOGIST, supervisor: SUPERVISOR, ...(study === null ? {} : { studyUid: study }) },
    }),
  );
  const collector = createCaseCollector();
  for (const entry of entries.toReversed()) collector.add(entry);
  return collector.cases();
}

const released = (number: number, more: Partial<Told> = {}): readonly Told[] => [
  { kind: 'case.intent', number, ...more },
  {
    kind: 'case.outcome',
    number,
    ...more,
    facts: { ...more.facts, release: { action: 'released', reasons: [] } },
  },
];
const numbersOf = (cases: readonly SupervisedCase[]) => cases.map(({ caseId }) => Number(caseId.slice(-12)));

describe('supervised cases from the case log', () => {
  const withheld: EntryFacts = { release: { action: 'withheld', reasons: ['stop-use'] }, err: 'withheld' };
  const alone: EntryFacts = { approval: { id: 'b', mode: 'independent' } };
  test.each<{ name: string; told: readonly Told[]; cases: readonly number[] }>([
    {
      name: 'in the order of opening, whenever they ended',
      told: [{ kind: 'case.intent', number: 1 }, ...released(2), ...released(1).slice(1)],
      cases: [1, 2],
    },
    { name: 'not one that is still running', told: [{ kind: 'case.intent', number: 1 }], cases: [] },
    {
      name: 'not one that was withheld',
      told: [
        { kind: 'case.intent', number: 1 },
        { kind: 'case.outcome', number: 1, facts: withheld },
      ],
      cases: [],
    },
    {
      name: 'not one that was held back at the last moment',
      told: [...released(1), { kind: 'case.release', number: 1, facts: withheld }],
      cases: [],
    },
    { name: 'not one that was refused', told: [{ kind: 'case.refused', number: 1 }], cases: [] },
    { name: 'not one of an independent approval', told: released(1, { facts: alone }), cases: [] },
    {
      name: 'not one without an approval on record',
      told: released(1, { facts: { approval: undefined } as never }),
      cases: [],
    },
    { name: 'a stored result that was viewed', told: [{ kind: 'case.viewed', number: 1 }], cases: [1] },
    {
      name: 'a look at the same study and version again is the same case',
      told: [
        ...released(1),
        { kind: 'case.viewed', number: 2, study: '1.2.1' },
        { kind: 'case.viewed', number: 3, study: '1.2.1' },
      ],
      cases: [1],
    },
    {
      name: 'a run again is another case',
      told: [...released(1), ...released(2, { study: '1.2.1' })],
      cases: [1, 2],
    },
    {
      name: 'a look at another version is another case',
      told: [
        ...released(1),
        {
          kind: 'case.viewed',
          number: 2,
          study: '1.2.1',
          facts: { model: { id: 'lung-nodule', version: '3' } },
        },
      ],
      cases: [1, 2],
    },
    {
      name: 'looks at studies that were erased stand for themselves',
      told: [
        { kind: 'case.viewed', number: 1, study: null },
        { kind: 'case.viewed', number: 2, study: null },
      ],
      cases: [1, 2],
    },
    {
      name: 'what the person said of somebody else’s case opens none',
      told: [{ kind: 'case.disposition', number: 9 }, ...released(1)],
      cases: [1],
    },
  ])('$name', ({ told, cases }) => {
    expect(numbersOf(casesOf(told))).toEqual(cases);
  });

  test('an entry of no case, and one that names no model, count for nothing', () => {
    const collector = createCaseCollector();
    collector.add(logEntry(1, 'auth'));
    const facts: EntryFacts = { approval: { id: 'a', mode: 'supervised' } };
    collector.add(logEntry(0, 'case.viewed', { caseId: caseIdOf(1), facts, personal: { studyUid: '1.2' } }));
    expect(collector.cases()).toMatchObject([{ model: 'unknown', function: 'view' }]);
  });

  test('a line holds what it is, and nothing of the patient', () => {
    const disposition: Told = {
      kind: 'case.disposition',
      number: 1,
      facts: { human: { disposition: 'edited' } },
    };
    const [line] = casesOf([...released(1, { facts: { site: 'general' } }), disposition]);
    expect(line).toEqual({
      caseId: caseIdOf(1),
      openedUs: NOW * 1_000,
      function: 'detection',
      model: 'lung-nodule',
      version: '2.1.0',
      modality: ['CT'],
      site: 'general',
      supervisor: SUPERVISOR,
      disposition: 'edited',
    });
    expect(JSON.stringify(line)).not.toContain('1.2.1');
  });
});
