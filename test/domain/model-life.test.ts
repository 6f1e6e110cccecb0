import { judgeLife, LIFE_ACTS, stateAfter, type LifeAct } from '../../src/domain/model-life.ts';
import { MODEL_STATES, type ModelState } from '../../src/domain/words.ts';
import { aModelVersion } from '../fakes/register-builder.ts';

/** Where each act leads from each state; undefined where it is not open. */
const LIFE: Readonly<Record<LifeAct, Readonly<Record<ModelState, ModelState | undefined>>>> = {
  'change-model': {
    registered: 'registered',
    acceptance: 'acceptance',
    released: 'released',
    retired: 'retired',
  },
  'approve-plan': {
    registered: 'acceptance',
    acceptance: 'acceptance',
    released: undefined,
    retired: undefined,
  },
  'record-acceptance-test': {
    registered: undefined,
    acceptance: 'acceptance',
    released: undefined,
    retired: undefined,
  },
  'release-model': {
    registered: undefined,
    acceptance: 'released',
    released: 'released',
    retired: undefined,
  },
  'sign-name-only': {
    registered: 'registered',
    acceptance: 'acceptance',
    released: 'released',
    retired: undefined,
  },
  'retire-model': { registered: 'retired', acceptance: 'retired', released: 'retired', retired: undefined },
  'grant-approval': {
    registered: 'registered',
    acceptance: 'acceptance',
    released: 'released',
    retired: undefined,
  },
  'carry-over-approvals': {
    registered: 'registered',
    acceptance: 'acceptance',
    released: 'released',
    retired: undefined,
  },
};

describe.each(LIFE_ACTS)('the life of a model version: %s', (act) => {
  test.each(MODEL_STATES)('in state %s', (state) => {
    const findings = judgeLife(act, aModelVersion({ state }));
    const leadsTo = findings.length === 0 ? stateAfter(act, state) : undefined;
    expect(leadsTo).toBe(LIFE[act][state]);
    const facts = { model: 'lung-nodule', version: '2.1.0', detail: state };
    expect(findings).toEqual(leadsTo === undefined ? [{ code: 'wrong-model-state', facts }] : []);
  });
});

test('no way leads back, and none to a release but through acceptance', () => {
  const open = LIFE_ACTS.flatMap((act) =>
    MODEL_STATES.filter((state) => judgeLife(act, aModelVersion({ state })).length === 0).map((from) => ({
      from,
      to: stateAfter(act, from),
    })),
  );
  const rank = (state: ModelState): number => MODEL_STATES.indexOf(state);
  expect(open.filter(({ from, to }) => rank(to) < rank(from))).toEqual([]);
  expect(open.filter(({ from, to }) => from === 'registered' && to === 'released')).toEqual([]);
});
