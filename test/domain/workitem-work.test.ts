import type { DicomJsonElement, DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { workAskedBy } from '../../src/domain/dicom/workitem-work.ts';
import { aStudy, MODEL, VERSION } from '../fakes/register-builder.ts';
import { asksFor, aWorkitemDraft, el, parameter } from '../fakes/workitem-drafts.ts';

const STUDY = aStudy().studyInstanceUid;
const asked = { model: MODEL, version: VERSION, study: STUDY };
const input = (...studies: readonly string[]): DicomJsonElement =>
  el('SQ', ...studies.map((study) => ({ '0020000D': el('UI', study) })));

const related = (...uids: readonly string[]): DicomJsonElement =>
  el('SQ', ...uids.map((uid) => ({ '00081155': el('UI', uid) })));

test.each<readonly [string, Readonly<Record<string, DicomJsonElement>>, object]>([
  ['as it is', {}, asked],
  [
    'with a function',
    { '00741210': asksFor(MODEL, VERSION, parameter('function', '99CSIGN', 'triage')) },
    { ...asked, function: 'triage' },
  ],
  ['with other parameters', { '00741210': asksFor(MODEL, VERSION, parameter('x', 'Y', 'z'), {}) }, asked],
  ['the study in its input only', { '0020000D': el('UI') }, asked],
  ['the study by itself only', { '00404021': el('SQ') }, asked],
  ['the study in every item', { '00404021': input(STUDY, STUDY) }, asked],
  ['with a main task', { '00741220': related('1.5.9') }, { ...asked, mainTask: '1.5.9' }],
  [
    'with a main task and how it is related',
    { '00741220': el('SQ', { '00081155': el('UI', '1.5.9 '), '00741222': el('LO', 'sub-task') }) },
    { ...asked, mainTask: '1.5.9' },
  ],
  ['with no main task', { '00741220': el('SQ') }, asked],
])('%s', (_name, changes, expected) => {
  expect(workAskedBy(aWorkitemDraft(changes))).toEqual(expected);
});

const code = (value: string, scheme: string): DicomJsonObject => ({
  '00080100': el('SH', value),
  '00080102': el('SH', scheme),
});
const besides = (item: DicomJsonObject): DicomJsonElement =>
  asksFor(MODEL, VERSION, { '0040A160': el('UT', '9.9.9'), ...item });
/** The version named by an item that is changed. */
const replaced = (changes: Readonly<Record<string, DicomJsonElement | undefined>>): DicomJsonElement => {
  const item = Object.entries({ ...parameter('111003', 'DCM', VERSION), ...changes });
  const kept = Object.fromEntries(item.flatMap(([tag, one]) => (one === undefined ? [] : [[tag, one]])));
  return el('SQ', parameter('111001', 'DCM', MODEL), kept);
};
const twoConcepts = replaced({ '0040A043': el('SQ', code('111003', 'DCM'), code('1', 'X')) });
const ONE_MAIN_TASK = /one main task/;
const NAMES_A_VERSION = /one exact AI model version/;
test.each<readonly [string, Readonly<Record<string, DicomJsonElement>>, RegExp]>([
  ['no parameters', { '00741210': el('SQ') }, NAMES_A_VERSION],
  ['no version', { '00741210': el('SQ', parameter('111001', 'DCM', MODEL)) }, NAMES_A_VERSION],
  ['no name', { '00741210': el('SQ', parameter('111003', 'DCM', VERSION)) }, NAMES_A_VERSION],
  ['the newest version', { '00741210': asksFor(MODEL, 'latest') }, NAMES_A_VERSION],
  ['a name that is none', { '00741210': asksFor('../x', VERSION) }, NAMES_A_VERSION],
  ['another scheme', { '00741210': el('SQ', parameter('111001', '99X', MODEL)) }, NAMES_A_VERSION],
  ['two names', { '00741210': asksFor(MODEL, VERSION, parameter('111001', 'DCM', 'x')) }, NAMES_A_VERSION],
  [
    'two versions in one item',
    { '00741210': replaced({ '0040A160': el('UT', VERSION, '9.9.9') }) },
    NAMES_A_VERSION,
  ],
  [
    'a version behind nothing',
    { '00741210': replaced({ '0040A160': el('UT', null, '9.9.9') }) },
    NAMES_A_VERSION,
  ],
  ['a version as a number', { '00741210': replaced({ '0040A160': el('DS', 2) }) }, NAMES_A_VERSION],
  ['a version that is no text', { '00741210': replaced({ '0040A040': el('CS', 'CODE') }) }, NAMES_A_VERSION],
  ['a version without a text', { '00741210': replaced({ '0040A160': undefined }) }, NAMES_A_VERSION],
  ['something beside the version', { '00741210': replaced({ '0040A730': el('SQ') }) }, NAMES_A_VERSION],
  [
    'two concepts for one text',
    { '00741210': besides({ '0040A043': el('SQ', code('1', 'X'), code('111003', 'DCM')) }) },
    NAMES_A_VERSION,
  ],
  [
    'two codes in one concept',
    { '00741210': besides({ '0040A043': el('SQ', { '00080100': el('SH', '1', '111003') }) }) },
    NAMES_A_VERSION,
  ],
  [
    'a second version by a long code',
    { '00741210': besides({ '0040A043': el('SQ', { '00080119': el('UC', '111003') }) }) },
    NAMES_A_VERSION,
  ],
  [
    'a second version by a URN',
    { '00741210': besides({ '0040A043': el('SQ', { '00080120': el('UR', 'urn:lex:us:111003') }) }) },
    /no addresses/,
  ],
  [
    'a second version by a URN for text',
    { '00741210': besides({ '0040A043': el('SQ', { '00080120': el('UT', 'urn:lex:us:111003') }) }) },
    NAMES_A_VERSION,
  ],
  [
    'a second version by a number',
    { '00741210': besides({ '0040A043': el('SQ', { '00080100': el('IS', 111003) }) }) },
    NAMES_A_VERSION,
  ],
  [
    'a second version of another scheme',
    { '00741210': besides(parameter('111003', '99X', '9.9.9')) },
    NAMES_A_VERSION,
  ],
  ['a second name elsewhere', { '00404018': el('SQ', code('111001', 'DCM')) }, NAMES_A_VERSION],
  ['two concepts, ours first', { '00741210': twoConcepts }, NAMES_A_VERSION],
  [
    'two functions',
    {
      '00741210': asksFor(
        MODEL,
        VERSION,
        parameter('function', '99CSIGN', 'triage'),
        parameter('function', '99CSIGN', 'detection'),
      ),
    },
    NAMES_A_VERSION,
  ],
  ['where to fetch it', { '00081190': el('UR', 'https://x') }, /no addresses/],
  [
    'a function that is none',
    { '00741210': asksFor(MODEL, VERSION, parameter('function', '99CSIGN', 'view')) },
    /no such function.*triage/,
  ],
  ['no study', { '0020000D': el('UI'), '00404021': el('SQ') }, /about one study/],
  ['two studies', { '00404021': input(STUDY, '1.9') }, /about one study/],
  ['another study inside', { '00404021': input('1.9') }, /about one study/],
  ['a study that is none', { '0020000D': el('UI', '1..2'), '00404021': el('SQ') }, /about one study/],
  ['a state of its own', { '00741000': el('CS', 'IN PROGRESS') }, /lacks: state \(0074,1000\) SCHEDULED\.$/],
  ['no state, no label', { '00741000': el('CS'), '00741204': el('LO') }, /SCHEDULED, Procedure Step Label/],
  ['a priority that is none', { '00741200': el('CS', 'URGENT') }, /lacks: Scheduled Procedure Step Priority/],
  ['a readiness that is none', { '00404041': el('CS', 'YES') }, /lacks: Input Readiness State/],
  ['two main tasks', { '00741220': related('1.5.8', '1.5.9') }, ONE_MAIN_TASK],
  [
    'two main tasks in one item',
    { '00741220': el('SQ', { '00081155': el('UI', '1.5.8', '1.5.9') }) },
    ONE_MAIN_TASK,
  ],
  ['a main task without a UID', { '00741220': el('SQ', {}) }, ONE_MAIN_TASK],
  ['a main task that is no UID', { '00741220': related('1..5') }, ONE_MAIN_TASK],
  ['a main task by its bare UID', { '00741220': el('UI', '1.5.9') }, ONE_MAIN_TASK],
  ['a UID inside', { '00001000': el('UI', '1.2') }, /may not hold: Affected SOP Instance UID/],
  ['a key', { '00081195': el('UI', '1.2'), '00404005': el('DT') }, /lacks: .*may not hold: Transaction UID/],
])('%s -> told', (_name, changes, words) => {
  expect(() => workAskedBy(aWorkitemDraft(changes))).toThrow(
    expect.objectContaining({ code: 'bad-request', detail: expect.stringMatching(words) }),
  );
});
