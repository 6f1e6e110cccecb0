import {
  cancelAskedBy,
  eventReport,
  eventsOfCreation,
  eventsOfUpdate,
  parseWorkitemNotice,
  workitemNoticeText,
  type WorkitemNotice,
} from '../../src/domain/dicom/workitem-event.ts';
import { aWorkitem, el } from '../fakes/workitem-drafts.ts';
import { sopInstanceUid } from '../fakes/uids.ts';

const uid = sopInstanceUid('1.5.1');
const notice = (event: WorkitemNotice['event'], state: WorkitemNotice['state'] = 'IN PROGRESS') =>
  ({ uid, event, state }) as const;
const workitem = (more: Parameters<typeof eventReport>[0]['dataset'], cancelAsked = {}) => ({
  dataset: { ...aWorkitem().dataset, ...more },
  cancelAsked,
});
const PROGRESS = el('SQ', {
  '00741004': el('DS', 40),
  '00741006': el('ST', 'reading'),
  '00741238': el('LT', 'a wish'),
  '0074100E': el('SQ', { '00080100': el('SH', '110513') }),
});
const command = (type: number) => ({
  '00000002': el('UI', '1.2.840.10008.5.1.4.34.6.1'),
  '00000100': el('US', 256),
  '00000110': el('US', 7),
  '00000800': el('US', 1),
  '00001000': el('UI', '1.5.1'),
  '00001002': el('US', type),
});
const STATION = { '00404025': el('SQ', { '00080100': el('SH', 'AI1') }) };
const CODE = { '00404009': el('SQ', { '00080100': el('SH', 'X') }), '00404036': el('LO', 'Trust') };
const PEOPLE = { '00404034': el('SQ', { ...CODE, '00404037': el('PN', { Alphabetic: 'B^C' }) }) };

describe('a report holds the command, and of the workitem what Table CC.2.4-1 asks', () => {
  test.each([
    [
      'a state, with readiness',
      notice('state'),
      workitem({ '00741002': PROGRESS }),
      1,
      { '00741000': el('CS', 'IN PROGRESS'), '00404041': el('CS', 'READY') },
    ],
    [
      'the state that was reached, whatever the row says, with why it was canceled',
      notice('state', 'CANCELED'),
      workitem({ '00741002': PROGRESS }),
      1,
      {
        '00741000': el('CS', 'CANCELED'),
        '00404041': el('CS', 'READY'),
        '00741238': el('LT', 'a wish'),
        '0074100E': el('SQ', { '00080100': el('SH', '110513') }),
      },
    ],
    [
      'a state without progress',
      notice('state', 'CANCELED'),
      workitem({}),
      1,
      { '00741000': el('CS', 'CANCELED'), '00404041': el('CS', 'READY') },
    ],
    [
      'a request to cancel, with what was said',
      notice('cancel-requested'),
      workitem({}, { '00741238': el('LT', 'wrong') }),
      2,
      { '00741236': el('AE', 'COUNTERSIGN'), '00741238': el('LT', 'wrong') },
    ],
    [
      'progress, and nothing else that stands beside it',
      notice('progress'),
      workitem({ '00741002': PROGRESS }),
      3,
      { '00741002': el('SQ', { '00741004': el('DS', 40), '00741006': el('ST', 'reading') }) },
    ],
    [
      'who shall do it',
      notice('assigned'),
      workitem({ ...STATION, ...PEOPLE }),
      5,
      { ...STATION, ...PEOPLE, ...CODE },
    ],
    ['a machine that shall do it', notice('assigned'), workitem(STATION), 5, STATION],
  ] as const)('%s', (...[, told, of, type, details]) => {
    expect(eventReport(of, told, 7)).toEqual({ ...command(type), ...details });
  });

  test('never a key, a patient or a study', () => {
    for (const event of ['state', 'cancel-requested', 'progress', 'assigned'] as const) {
      const text = JSON.stringify(eventReport(aWorkitem({ transactionUid: '1.77' }), notice(event), 1));
      expect(text).not.toMatch(/1\.77"|MADEUP|P-1|0020000D/);
    }
  });
});

test('of a request to cancel is passed on what has to do with it', () => {
  const why = { '00741238': el('LT', 'why'), '0074100C': el('LO', 'Dr X'), '0074100A': el('UR', 'tel:1') };
  expect(cancelAskedBy({ ...why, '00100010': el('PN', { Alphabetic: 'A' }) })).toEqual(why);
});

test.each([
  [{}, []],
  [{ '00741204': el('LO', 'x') }, []],
  [{ '00404041': el('CS', 'READY') }, []],
  [{ '00404041': el('CS', 'INCOMPLETE') }, ['state']],
  [{ '00741002': PROGRESS }, ['progress']],
  [STATION, ['assigned']],
  [
    { ...PEOPLE, '00741002': PROGRESS, '00404041': el('CS', 'UNAVAILABLE') },
    ['state', 'progress', 'assigned'],
  ],
] as const)('an update %j tells %j', (changes, events) => {
  expect(eventsOfUpdate(aWorkitem().dataset, changes)).toEqual(events);
});

test('a creation tells the state, and who shall do it where that is said', () => {
  expect(eventsOfCreation(aWorkitem().dataset)).toEqual(['state']);
  expect(eventsOfCreation(PEOPLE)).toEqual(['state', 'assigned']);
});

test.each<WorkitemNotice>([notice('progress'), { ...notice('state', 'COMPLETED'), to: 'ME' }])(
  'a notice travels as a text: %j',
  (one) => {
    expect(parseWorkitemNotice(workitemNoticeText(one))).toEqual(one);
  },
);

test.each(['', '1.5.1', 'x|state|SCHEDULED', '1.5.1|done|SCHEDULED', '1.5.1|state|DONE'])(
  'anything else is none: %s',
  (text) => {
    expect(parseWorkitemNotice(text)).toBeUndefined();
  },
);
