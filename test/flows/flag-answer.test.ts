import type { DoseFlag } from '../../src/domain/dose.ts';
import { foldCase } from '../../src/domain/case-view.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { aRequest, aResult, createInferenceHouse } from '../fakes/inference-house.ts';
import { aBinding, aModelVersion, anApproval, aRegister, shippedPolicy } from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const FN = 'protocol-recommendation';
const DOSE = { quantity: 'CTDIvol', unit: 'mGy', value: 15 } as const;
const LEVEL = { id: 'ct-chest', value: 12, unit: 'mGy' } as const;
const POLICY: Policy = {
  ...shippedPolicy(),
  referenceLevels: [
    {
      ...{ ...LEVEL, modality: 'CT', bodyPart: 'CHEST', population: 'adult', quantity: 'CTDIvol' },
      source: 'Radiation protection committee',
    },
  ],
};

async function flagsOf(value: number | undefined, policy: Policy) {
  const register = aRegister({
    policy,
    modelVersions: [
      aModelVersion({
        endpoints: [
          aBinding({ function: FN, doseOutputs: [{ output: 'ctdi', quantity: 'CTDIvol', unit: 'mGy' }] }),
        ],
      }),
    ],
    approvals: [anApproval({ functions: [FN] })],
  });
  const house = createInferenceHouse({ register });
  const doses = value === undefined ? {} : { doses: [{ ...DOSE, value }] };
  house.onInfer(() => aResult(doses));
  const released = await runInference(house.deps, aRequest({ function: FN }), never);
  if (released.kind !== 'result') throw new Error('a stream');
  const outcome = house.log.all().find(({ kind }) => kind === 'case.outcome');
  const view = foldCase(house.log.all());
  return { released: released.doseFlags, recorded: outcome?.facts.output?.dose, shown: view?.dose, view };
}

test.each<readonly [string, number, Policy, DoseFlag]>([
  ['above the level', 15, POLICY, { ...DOSE, level: LEVEL, exceeds: true }],
  ['at the level', 12, POLICY, { ...DOSE, value: 12, level: LEVEL, exceeds: false }],
  ['without a level', 15, shippedPolicy(), { ...DOSE, exceeds: false }],
])('a dose %s is let out, and flagged in the answer, in the case and to people', async (...row) => {
  const [, value, policy, flag] = row;
  const { released, recorded, shown, view } = await flagsOf(value, policy);
  expect([released, recorded, shown]).toEqual([[flag], [flag], [flag]]);
  expect(view?.state).toBe('released');
});

test('an answer that recommends none has no flag', async () => {
  const { released, recorded, shown } = await flagsOf(undefined, POLICY);
  expect([released, recorded, shown]).toEqual([undefined, undefined, undefined]);
});
