import type { RecordDraft } from '../../src/domain/register-acts.ts';
import { createLifeHouse, evidence, faultsOf, gone, put } from '../fakes/life-drafts.ts';
import { aRegisterFile, type RegisterHouse } from '../fakes/register-house.ts';

let house: RegisterHouse;
beforeAll(async () => {
  house = await createLifeHouse();
});
afterAll(async () => {
  await house.close();
});

const [released] = aRegisterFile().modelVersions;

const LEFT: readonly {
  readonly name: string;
  readonly drafts: readonly RecordDraft[];
  readonly faults: readonly string[];
}[] = [
  {
    name: 'somebody who ran a plan and its tests',
    drafts: [gone('practitioner', 'op')],
    faults: ['plan P-1: operator: op is no practitioner of the register'],
  },
  {
    name: 'somebody with an approval, who entered evidence',
    drafts: [gone('practitioner', 'sue')],
    faults: [
      'evidence E-log: recordedBy: sue is no practitioner of the register',
      'approval A-sue: practitioner: sue is no practitioner of the register',
    ],
  },
  {
    name: 'somebody with evidence, together with all that is said of them',
    drafts: [gone('practitioner', 'sue'), gone('approval', 'A-sue'), evidence('E-log', { type: 'dops' })],
    faults: [],
  },
  {
    name: 'a version with an approval',
    drafts: [gone('model-version', 'lung-nodule@2.1.0')],
    faults: [
      'approval A-1: version: lung-nodule 2.1.0 is not in the register',
      'approval A-sue: version: lung-nodule 2.1.0 is not in the register',
    ],
  },
  {
    name: 'a version with a plan',
    drafts: [gone('model-version', 'lung-nodule@3.0.0')],
    faults: ['plan P-1: version: lung-nodule 3.0.0 is not in the register'],
  },
  {
    name: 'a plan with tests',
    drafts: [gone('plan', 'P-1')],
    faults: ['acceptance-test AT-1: plan: there is no plan P-1'],
  },
  {
    name: 'what no longer is served, and somebody is approved for',
    drafts: [
      put('model-version', 'lung-nodule@2.1.0', {
        ...released,
        endpoints: released?.endpoints.map((one) => ({ ...one, function: 'triage' })),
      }),
    ],
    faults: [
      'approval A-1: functions: lung-nodule 2.1.0 does not serve detection',
      'approval A-sue: functions: lung-nodule 2.1.0 does not serve detection',
    ],
  },
  { name: 'nobody that anything is said of', drafts: [gone('practitioner', 'tom')], faults: [] },
  { name: 'a guideline that nothing names', drafts: [gone('guideline', 'lung@1')], faults: [] },
  {
    name: 'what is not there',
    drafts: [gone('plan', 'P-9')],
    faults: ['plan P-9: id: there is no such record'],
  },
];

describe('what is taken back, or says something else', () => {
  test.each(LEFT)('$name: what it would leave hanging is told', async ({ drafts, faults }) => {
    expect(await faultsOf(house, drafts)).toEqual(faults);
  });
});
