import type { RegisterAct } from '../../src/domain/register-acts.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, person } from '../fakes/act-people.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRequest, aResult, createInferenceHouse, SESSION } from '../fakes/inference-house.ts';
import {
  aModelVersion,
  aPrincipal,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  VERSION,
} from '../fakes/register-builder.ts';

const RC = practitionerId('rc-one');
let acts: ActHouse;
let approval: string;
beforeEach(async () => {
  acts = await createActHouse({
    practitioners: (['lead', 'director', 'rc-one', 'op-one'] as const).map((name) => person(name)),
    evidence: [...currentEvidence(RC), ...currentEvidence(practitionerId('op-one'), 'ai-operator')],
    modelVersions: [aModelVersion()],
  });
  const grant = { practitioner: RC, model: MODEL, version: VERSION, mode: 'independent' } as const;
  const during = { from: NOW, until: NOW + DAY_MS };
  await acts.perform('lead', { act: 'grant-approval', ...grant, ...during, functions: ['detection'] });
  approval = acts.deps.register.snapshot().approvalsOf(RC)[0]?.id ?? '';
});
afterEach(async () => {
  await acts.close();
});

/** A call whose endpoint answers only after something has been done to the register. */
function callDuring(act?: () => Promise<unknown>): ReturnType<typeof runInference> {
  const inference = createInferenceHouse({ people: { [SESSION]: aPrincipal({ subject: 'rc-one' }) } });
  inference.onInfer(async () => {
    await act?.();
    return aResult();
  });
  return runInference({ ...inference.deps, register: acts.deps.register }, aRequest(), NEVER);
}

describe('what is done to the register while an AI call is under way is in force before its result is let out', () => {
  test('nothing done: let out', async () => {
    await expect(callDuring()).resolves.toBeDefined();
  });

  test.each<{ by: string; act: RegisterAct; reason: string }>([
    { by: 'rc-one', act: { act: 'stop-use', family: 'lung-ct', reason: 'Missed' }, reason: 'stop-use' },
    { by: 'op-one', act: { act: 'hold-model', model: MODEL, reason: 'Odd' }, reason: 'stop-use' },
    {
      by: 'director',
      act: { act: 'suspend', practitioner: RC, reason: 'x' },
      reason: 'practitioner-suspended',
    },
    {
      by: 'lead',
      act: { act: 'suspend', practitioner: RC, scheme: 'rc-ai', reason: 'x' },
      reason: 'credential-suspended',
    },
    {
      by: 'rc-one',
      act: { act: 'retire-model', model: MODEL, version: VERSION, reason: 'x' },
      reason: 'model-retired',
    },
  ])('$act.act by $by: withheld, $reason', async ({ by, act, reason }) => {
    const fault = await faultOf(callDuring(() => acts.perform(by, act)));
    expect(fault.code).toBe('not-permitted');
    expect(fault.reasons.map(({ code }) => code)).toContain(reason);
  });

  test('an approval that is ended', async () => {
    const end = (): Promise<unknown> =>
      acts.perform('lead', { act: 'end-approval', id: approval, reason: 'Left' });
    const fault = await faultOf(callDuring(end));
    expect(fault.code).toBe('not-permitted');
  });
});
