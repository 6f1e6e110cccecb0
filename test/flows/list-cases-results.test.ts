import type { CaseView } from '../../src/domain/case-view.ts';
import { listCases } from '../../src/flows/list-cases.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import {
  aRequest,
  aResult,
  createInferenceHouse,
  SESSION,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aRegister,
  aStudy,
  MODEL,
  NOW,
} from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const DOSE = { quantity: 'CTDIvol', unit: 'mGy', value: 900 } as const;

async function newestOf(house: InferenceHouse): Promise<CaseView | undefined> {
  const asked = { evidence: { sessionToken: SESSION }, beforeSeq: undefined, limit: 1 };
  return (await listCases({ ...house.deps, caseLogReader: house.log }, asked, never)).cases[0];
}

test('a dose and nothing else: shown while the version is unlocked, and not after a stop-use', async () => {
  const { scoreOutput: _score, findingOutput: _finding, ...bare } = aBinding();
  const doseOutputs = [{ output: 'ctdi', quantity: 'CTDIvol', unit: 'mGy' }] as const;
  const binding = { ...bare, function: 'protocol-recommendation', doseOutputs } as const;
  const records = {
    modelVersions: [aModelVersion({ endpoints: [binding] })],
    approvals: [anApproval({ functions: ['protocol-recommendation'] })],
  };
  const house = createInferenceHouse({ register: aRegister(records) });
  const { score: _s, finding: _f, ...noScore } = aResult({ doses: [DOSE] });
  house.onInfer(() => noScore);
  await runInference(house.deps, aRequest({ function: 'protocol-recommendation' }), never);
  expect((await newestOf(house))?.dose).toMatchObject([DOSE]);
  const stop = { id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong dose', by: 'radiologist' } as const;
  house.setRegister(aRegister({ ...records, sequence: 2, stopUses: [stop] }));
  const stopped = await newestOf(house);
  expect([stopped?.state, stopped?.dose]).toEqual(['released', undefined]);
});

test('of a version with limits on series: shown to whom the run was permitted', async () => {
  const intendedUse = { modalities: ['CT'], bodyParts: ['CHEST'], maxSliceThicknessMm: 2 };
  const house = createInferenceHouse({
    register: aRegister({ modelVersions: [aModelVersion({ intendedUse })] }),
  });
  house.setStudy(aStudy({ series: [{ modality: 'CT', sliceThicknessMm: { min: 1, max: 1 } }] }));
  await runInference(house.deps, aRequest(), never);
  expect(await newestOf(house)).toMatchObject({ state: 'released', score: 0.75, finding: 'nodule' });
});
