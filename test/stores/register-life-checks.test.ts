import type { RecordDraft } from '../../src/domain/register-acts.ts';
import {
  acceptance,
  acceptanceRecord,
  approval,
  createLifeHouse,
  evidence,
  faultsOf,
  guideline,
  plan,
  put,
  release,
  supervised,
  tested,
  version,
} from '../fakes/life-drafts.ts';
import type { RegisterHouse } from '../fakes/register-house.ts';

let house: RegisterHouse;
beforeAll(async () => {
  house = await createLifeHouse();
});
afterAll(async () => {
  await house.close();
});

const { plan: _none, ...planless } = acceptanceRecord('A-9', { functions: ['detection'] });

const ROWS: readonly {
  readonly name: string;
  readonly drafts: readonly RecordDraft[];
  readonly faults: readonly string[];
}[] = [
  {
    name: 'overlaps one of the same version, function and mode',
    drafts: [approval('A-9', { functions: ['view'], from: '2027-01-31', until: '2028-01-01' })],
    faults: ['approval A-9: from: overlaps A-1, which is for the same version, function and mode'],
  },
  {
    name: 'follows it without a gap, is for another mode, or for another version',
    drafts: [
      approval('A-7', { from: '2027-02-01T09:00:00Z', until: '2028-01-01' }),
      approval('A-8', { mode: 'sandbox' }),
      approval('A-9', { version: '3.0.0' }),
    ],
    faults: [],
  },
  {
    name: 'a supervisor who may do one of two functions alone',
    drafts: [
      approval('A-sue', { practitioner: 'sue', functions: ['view'] }),
      supervised('A-9', 'tom', 'sue'),
    ],
    faults: [
      'approval A-9: supervisor: sue has no independent approval at the time for detection with this version',
    ],
  },
  {
    name: 'a supervisor who may do it alone only later',
    drafts: [
      approval('A-sue', { practitioner: 'sue', from: '2026-06-01' }),
      supervised('A-9', 'tom', 'sue', { until: '2026-06-01' }),
    ],
    faults: [
      'approval A-9: supervisor: sue has no independent approval at the time for detection, view with this version',
    ],
  },
  { name: 'a supervisor who may do it alone', drafts: [supervised('A-9', 'tom', 'sue')], faults: [] },
  {
    name: 'round in a circle of three',
    drafts: [
      supervised('A-7', 'sue', 'radiologist'),
      supervised('A-8', 'radiologist', 'tom'),
      supervised('A-9', 'tom', 'sue'),
      approval('A-tom', { practitioner: 'tom' }),
    ],
    faults: ['A-7: supervisor: radiologist', 'A-8: supervisor: tom', 'A-9: supervisor: sue'].map(
      (start, place) => {
        const who = ['sue', 'radiologist', 'tom'][place] ?? '';
        return `approval ${start} is supervised by ${who}, or by somebody who is, for the same version at the same time`;
      },
    ),
  },
  {
    name: 'no circle: one after the other, or for other functions',
    drafts: [
      supervised('A-7', 'sue', 'radiologist', { until: '2026-05-01', functions: ['view'] }),
      supervised('A-8', 'radiologist', 'sue', { from: '2026-05-01' }),
      supervised('A-9', 'tom', 'sue', { functions: ['view'] }),
      approval('A-tom', { practitioner: 'tom', functions: ['detection', 'view'] }),
      supervised('A-10', 'sue', 'tom', { functions: ['detection'] }),
    ],
    faults: [],
  },
  {
    name: 'carried over from nothing of theirs',
    drafts: [
      approval('A-9', { practitioner: 'tom', carriedFrom: 'A-1' }),
      approval('A-8', { version: '3.0.0', carriedFrom: 'A-1' }),
    ],
    faults: ['approval A-9: carriedFrom: A-1 is no approval of this practitioner for this model'],
  },
  { name: 'acceptance on the approved plan', drafts: [acceptance({})], faults: [] },
  {
    name: 'acceptance on no plan, or on one that is not there',
    drafts: [put('approval', 'A-9', planless), acceptance({ id: 'A-8', plan: 'P-9', functions: ['view'] })],
    faults: [
      'approval A-9: plan: acceptance is on an approved plan',
      'approval A-8: plan: there is no plan P-9',
    ],
  },
  {
    name: 'acceptance by somebody else, on other studies, of another version',
    drafts: [acceptance({ practitioner: 'tom', planStudies: ['1.2.3'], version: '2.1.0' })],
    faults: [
      'approval A-9: plan: P-1 is a plan for another version',
      'approval A-9: practitioner: the operator of P-1 is somebody else',
      'approval A-9: planStudies: these are not the studies of P-1',
    ],
  },
  {
    name: 'a plan of nobody for nothing',
    drafts: [plan({ version: '9', operator: 'eve', approvedBy: 'mallory' })],
    faults: [
      'plan P-2: operator: eve is no practitioner of the register',
      'plan P-2: approvedBy: mallory is no practitioner of the register',
      'plan P-2: version: lung-nodule 9 is not in the register',
    ],
  },
  {
    name: 'a test of no plan',
    drafts: [tested({ plan: 'P-9' })],
    faults: ['acceptance-test AT-2: plan: there is no plan P-9'],
  },
  {
    name: 'a test that is not in the plan, by somebody else, too early',
    drafts: [tested({ item: 'T9', recordedBy: 'tom', happenedAt: '2026-02-28' })],
    faults: [
      'acceptance-test AT-2: item: T9 is no test of P-1',
      'acceptance-test AT-2: recordedBy: the operator of P-1 is somebody else',
      'acceptance-test AT-2: happenedAt: is before the plan was approved',
    ],
  },
  {
    name: 'a test of tomorrow',
    drafts: [tested({ happenedAt: '2026-03-11' })],
    faults: ['acceptance-test AT-2: happenedAt: has not happened yet'],
  },
  { name: 'a release on its plan', drafts: [version(release({}))], faults: [] },
  {
    name: 'a release on no plan of it, signed by nobody',
    drafts: [version(release({ plan: 'P-9', signedBy: 'eve' }))],
    faults: [
      'model-version lung-nodule@3.0.0: releases.0.signedBy: eve is no practitioner of the register',
      'model-version lung-nodule@3.0.0: releases.0.plan: there is no plan P-9 for this version',
    ],
  },
  {
    name: 'a release signed by whoever ran its tests',
    drafts: [version(release({ signedBy: 'op' }))],
    faults: [
      'model-version lung-nodule@3.0.0: releases.0.signedBy: a release is signed by somebody who did not run its tests',
    ],
  },
  {
    name: 'a guideline that is kept here, in a version that is not',
    drafts: [
      version({ guideline: { id: 'lung', version: '7' } }),
      evidence('E-9', { type: 'guideline-acknowledgement', guideline: 'lung@7' }),
    ],
    faults: [
      'model-version lung-nodule@3.0.0: guideline: lung has no version 7',
      'evidence E-9: guideline: lung@7 is no version of that guideline',
    ],
  },
  {
    name: 'a guideline that is kept here, and one that is kept elsewhere',
    drafts: [
      version({ guideline: { id: 'lung', version: '2' } }),
      guideline({}),
      evidence('E-8', { type: 'guideline-acknowledgement', guideline: 'lung@2' }),
      evidence('E-9', { type: 'guideline-acknowledgement', guideline: 'elsewhere@7' }),
    ],
    faults: [],
  },
  {
    name: 'a guideline of nobody',
    drafts: [
      guideline({
        draftedBy: 'eve',
        reviews: [{ by: 'mallory', at: '2026-02-01', outcome: 'fine' }],
        comments: [{ by: 'trudy', at: '2026-02-01', text: 'fine' }],
      }),
    ],
    faults: [
      'guideline lung@2: draftedBy: eve is no practitioner of the register',
      'guideline lung@2: reviews.0.by: mallory is no practitioner of the register',
      'guideline lung@2: comments.0.by: trudy is no practitioner of the register',
    ],
  },
  {
    name: 'one case twice in a log-book',
    drafts: [evidence('E-9', { type: 'log-book-case', ordinal: 2, caseId: 'c-1' })],
    faults: ['evidence E-9: caseId: this case stands in the log-book already'],
  },
  {
    name: 'the same case in somebody else’s log-book, and another in theirs',
    drafts: [
      evidence('E-8', { type: 'log-book-case', ordinal: 2, caseId: 'c-1', practitioner: 'tom' }),
      evidence('E-9', { type: 'log-book-case', ordinal: 2, caseId: 'c-2' }),
    ],
    faults: [],
  },
];

describe('records beside each other', () => {
  test.each(ROWS)('$name', async ({ drafts, faults }) => {
    expect(await faultsOf(house, drafts)).toEqual(faults);
  });
});
