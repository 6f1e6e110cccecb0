import type { DicomJsonElement, DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { checkAbout, patientOf, studyNamedBy } from '../../src/domain/dicom/workitem-about.ts';
import { aStudy } from '../fakes/register-builder.ts';
import { aWorkitemDraft, el } from '../fakes/workitem-drafts.ts';

const STUDY = aStudy().studyInstanceUid;
const OTHER = '9.9.9';
const naming = (...uids: readonly unknown[]): DicomJsonElement => el('SQ', { '0020000D': el('UI', ...uids) });
const referring = (uid: string): DicomJsonElement => el('SQ', { '00081155': el('UI', uid) });
const deep = (element: DicomJsonElement): DicomJsonElement =>
  el('SQ', { '0040A730': el('SQ', { '00404021': element }) });
const refused = expect.objectContaining({ code: 'bad-request' });

test.each<readonly [string, DicomJsonObject]>([
  ['as it is', {}],
  [
    'in more places',
    { '00404022': naming(STUDY), '0040A370': naming(STUDY), '0040A730': deep(naming(STUDY)) },
  ],
  ['by a reference', { '00081110': referring(STUDY) }],
  ['with a reference to nothing', { '00081110': el('SQ', {}) }],
  ['with nothing at the top', { '0020000D': { vr: 'UI' } }],
  [
    'with the AE title that holds it',
    {
      '00404021': el('SQ', {
        '0020000D': el('UI', STUDY),
        '0040E021': el('SQ', { '00080054': el('AE', 'PACS') }),
      }),
    },
  ],
  ['without a patient', { '00100020': { vr: 'LO' } }],
  [
    'with the patient in a request',
    { '0040A370': el('SQ', { '0020000D': el('UI', STUDY), '00100020': el('LO', 'P-1 ') }) },
  ],
])('one study: %s', (_name, changes) => {
  const dataset = aWorkitemDraft(changes);
  expect(studyNamedBy(dataset)).toBe(STUDY);
  expect(() => checkAbout(dataset, aStudy())).not.toThrow();
});

test.each<readonly [string, DicomJsonObject]>([
  ['a second value', { '0020000D': el('UI', STUDY, OTHER) }],
  ['a second value behind an empty one', { '00404021': naming(null, OTHER) }],
  ['a second value in an item', { '00404021': naming(STUDY, OTHER) }],
  ['no value in an item', { '00404021': naming() }],
  ['no value at all in an item', { '00404021': el('SQ', { '0020000D': { vr: 'UI' } }) }],
  ['no text', { '00404021': naming(7) }],
  ['a sequence of its name', { '0020000D': naming(STUDY) }],
  ['another one as relevant', { '00404022': naming(OTHER) }],
  ['another one as requested', { '0040A370': naming(OTHER) }],
  ['another one as referenced', { '00081110': referring(OTHER) }],
  ['two as referenced', { '00081110': el('SQ', { '00081155': el('UI', STUDY, OTHER) }) }],
  ['another one, deep inside', { '0040A730': deep(naming(OTHER)) }],
])('not one study: %s', (_name, changes) => {
  expect(() => studyNamedBy(aWorkitemDraft(changes))).toThrow(refused);
});

const item = (tag: string, element: DicomJsonElement): DicomJsonObject => ({
  '00404021': el('SQ', { '0020000D': el('UI', STUDY), [tag]: element }),
});
const URL = 'https://elsewhere/studies/9.9.9';
test.each<readonly [string, DicomJsonObject]>([
  ['a study that was not decided about', { '0020000D': el('UI', OTHER), '00404021': naming(OTHER) }],
  ['a retrieve URL', item('0040E025', el('SQ', { '00081190': el('UR', URL) }))],
  ['a retrieve URL under another name', { '0040A730': el('SQ', { '00081190': el('LO', URL) }) }],
  ['a retrieve URI', item('0040E010', el('LO', URL))],
  ['a place of its own', { '0040A730': deep(el('SQ', { '00091001': el('UR', URL) })) }],
  ['a document repository', item('0040E024', el('SQ', {}))],
  ['another patient', { '00100020': el('LO', 'P-2') }],
  ['another patient behind', { '00100020': el('LO', 'P-1', 'P-2') }],
  ['another patient inside', { '0040A370': el('SQ', { '00100020': el('LO', 'P-2') }) }],
])('refused: %s', (_name, changes) => {
  expect(() => checkAbout(aWorkitemDraft(changes), aStudy())).toThrow(refused);
});

test('where the PACS names no patient, none is named', () => {
  const nameless = aStudy({ identifying: {} });
  expect(() => checkAbout(aWorkitemDraft(), nameless)).toThrow(refused);
  expect(() => checkAbout(aWorkitemDraft({ '00100020': { vr: 'LO' } }), nameless)).not.toThrow();
  expect(patientOf(nameless)).toEqual({ '00100020': { vr: 'LO' } });
  expect(patientOf(aStudy())).toEqual({ '00100020': el('LO', 'P-1') });
});
