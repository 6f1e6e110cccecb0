import fc from 'fast-check';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { parseSearchQuery } from '../../src/domain/dicom/dicomweb-query.ts';
import { checkPatterns, matchesWorkitem, workitemRow } from '../../src/domain/dicom/workitem-match.ts';
import { shownWorkitem } from '../../src/domain/workitem.ts';
import { aWorkitem, el } from '../fakes/workitem-drafts.ts';

const WORKITEM: DicomJsonObject = {
  ...shownWorkitem(aWorkitem()),
  '00100010': el('PN', { Alphabetic: 'MADEUP^Mary', Ideographic: '山田' }, null),
  '00404005': el('DT', '20260310093000.5+0100'),
  '00404018': el('SQ', { '00080100': el('SH', 'CODE-1'), '00080102': el('SH', '99X') }),
  '00100030': el('DA', '19610412'),
  '00100032': el('TM', '0930'),
  '00201209': el('IS', 22),
};

const matches = (query: string): boolean => matchesWorkitem(WORKITEM, parseSearchQuery(query));

test.each([
  [''],
  ['ProcedureStepState=SCHEDULED'],
  ['00741000=SCHEDULED'],
  ['ProcedureStepLabel=Nodules*'],
  ['ProcedureStepLabel=*chest*'],
  ['ProcedureStepLabel=N?dules, chest CT'],
  ['ProcedureStepLabel=*'],
  ['ProcedureStepLabel=Nodules, chest CT**'],
  ['PatientName=madeup*'],
  ['PatientName=山*'],
  ['StudyInstanceUID=1.9,1.2.826.0.1.99.1'],
  ['00404021.0020000D=1.2.826.0.1.99.1'],
  ['ScheduledWorkitemCodeSequence.CodeValue=CODE-1'],
  ['ScheduledProcedureStepStartDateTime=20260310093000.5%2B0100'],
  ['ScheduledProcedureStepStartDateTime=20260310'],
  ['ScheduledProcedureStepStartDateTime=2026'],
  ['ScheduledProcedureStepStartDateTime=20260310-20260310'],
  ['ScheduledProcedureStepStartDateTime=20260301-'],
  ['ScheduledProcedureStepStartDateTime=-20260310'],
  ['ScheduledProcedureStepStartDateTime=202603100900%2B0100-202603100931'],
  // The minus of an offset is no range: this is a day, and not one that ends at five in the morning.
  ['ScheduledProcedureStepStartDateTime=20260310-0500'],
  ['ScheduledProcedureStepStartDateTime=20260310-0500-20260310-0500'],
  ['ScheduledProcedureStepStartDateTime=-'],
  ['PatientBirthDate=19610401-19610430'],
  ['00100032=0900-1000'],
  ['00201209=22'],
])('%j matches', (query) => {
  expect(matches(query)).toBe(true);
});

test.each([
  ['ProcedureStepState=COMPLETED'],
  ['ProcedureStepState=scheduled'],
  ['ProcedureStepLabel=nodules*'],
  ['ProcedureStepLabel=Nodules'],
  ['ProcedureStepLabel=?'],
  ['ProcedureStepLabel=*x'],
  ['ProcedureStepLabel=Nodules, chest CT?'],
  ['ProcedureStepLabel=.*'],
  ['PatientName=mary*'],
  ['StudyInstanceUID=1.9'],
  ['00404021.0020000D=1.9'],
  ['00404021.00404021.0020000D=1.2.826.0.1.99.1'],
  ['ScheduledWorkitemCodeSequence.CodeValue=CODE-2'],
  ['ScheduledWorkitemCodeSequence=CODE-1'],
  ['ScheduledProcedureStepStartDateTime=20260311-'],
  ['ScheduledProcedureStepStartDateTime=-20260309'],
  ['PatientBirthDate=19610413'],
  ['00201209=2*'],
  ['AccessionNumber=A1'],
  ['ProcedureStepState=SCHEDULED&AccessionNumber=*'],
])('%j does not', (query) => {
  expect(matches(query)).toBe(false);
});

test('stars and question marks match as a pattern would', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(text, pattern, (value, wanted) => {
      const source = wanted.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
      const dataset = { '00741204': el('LO', value) };
      const isLike = matchesWorkitem(dataset, { matches: new Map([['00741204', wanted]]) });
      expect(isLike).toBe(new RegExp(`^${source}$`).test(value));
    }),
  );
});

test.each([
  ['a long text', 'a'.repeat(1_025), '*'],
  ['a long pattern', 'a'.repeat(64), `*${'a'.repeat(64)}`],
])('%s is compared letter by letter', (_name, value, wanted) => {
  const dataset = { '00741204': el('LO', value) };
  expect(matchesWorkitem(dataset, { matches: new Map([['00741204', wanted]]) })).toBe(false);
  expect(matchesWorkitem(dataset, { matches: new Map([['00741204', value]]) })).toBe(true);
});

test.each([
  ['a long pattern', `*${'a'.repeat(64)}`, false],
  ['a long pattern with a question mark', `${'a'.repeat(64)}?`, false],
  ['a pattern', `*${'a'.repeat(63)}`, true],
  ['a long text without', 'a'.repeat(1_000), true],
])('%s is told beforehand', (_name, wanted, isFine) => {
  const check = () => checkPatterns({ matches: new Map([['00741204', wanted]]) });
  if (isFine) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'bad-request' }));
});

test('an element without values matches nothing', () => {
  const matchesLabel = parseSearchQuery('ProcedureStepLabel=*');
  expect(matchesWorkitem({ '00741204': { vr: 'LO' } }, matchesLabel)).toBe(false);
});

test('a row has what is always shown, what was matched and what was asked for; or all', () => {
  const row = workitemRow(WORKITEM, parseSearchQuery('00201209=22&includefield=00404021,PatientBirthDate'));
  expect(Object.keys(row).toSorted()).toEqual(
    Object.keys(WORKITEM)
      .filter((tag) => tag !== '00100032')
      .toSorted(),
  );
  expect(Object.keys(workitemRow(WORKITEM, parseSearchQuery('')))).not.toContain('00201209');
  expect(workitemRow(WORKITEM, parseSearchQuery('includefield=all'))).toEqual(WORKITEM);
});
