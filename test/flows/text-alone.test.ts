import type { EndpointBinding } from '../../src/domain/register.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRequest, aResult, createInferenceHouse } from '../fakes/inference-house.ts';
import { aBinding, aModelVersion, anApproval, aRegister, aTextBinding } from '../fakes/register-builder.ts';

const TEXT = { model_name: 'nodules', model_version: '3', text_output: 'Use 120 kV.' };
const DOSE = { output: 'ctdi', quantity: 'CTDIvol', unit: 'mGy' } as const;

const registerOf = (binding: EndpointBinding) =>
  aRegister({
    modelVersions: [aModelVersion({ endpoints: [binding] })],
    approvals: [anApproval({ functions: [binding.function] })],
  });

function asking(binding: EndpointBinding, streams: boolean) {
  const house = createInferenceHouse({ register: registerOf(binding) });
  house.onInfer(() => ({ ...aResult(), body: TEXT }));
  const payload = { kind: 'oip-generate', textInput: '', parameters: {}, streams } as const;
  const run = () => runInference(house.deps, aRequest({ payload }), new AbortController().signal);
  return { house, run };
}

describe.each([{ streams: false }, { streams: true }])(
  'a text and nothing else (streamed: $streams)',
  (how) => {
    test.each<[string, EndpointBinding]>([
      ['a score', aTextBinding({ scoreOutput: 'score' })],
      ['a finding', aTextBinding({ findingOutput: 'finding' })],
      ['doses', aTextBinding({ function: 'protocol-recommendation', doseOutputs: [DOSE] })],
      ['an object to be made of it', aTextBinding({ writes: 'tid1500' })],
    ])('of an endpoint with %s -> refused on record, and it is not called', async (_name, binding) => {
      const { house, run } = asking(binding, how.streams);
      const { code, reasons } = await faultOf(run());
      expect([code, reasons.map((reason) => reason.code)]).toEqual([
        'not-permitted',
        ['function-not-offered'],
      ]);
      expect(reasons[0]?.text).toContain('as a text alone; ask for its outputs');
      expect(house.kinds()).toEqual(['case.refused']);
      expect(house.last().facts.asked).toMatchObject({ protocol: 'oip-v2', wants: 'text' });
      expect(house.calls).toEqual([]);
    });
  },
);

test('of an endpoint that has nothing else -> the text', async () => {
  expect(await asking(aTextBinding(), false).run()).toMatchObject({ kind: 'result', body: TEXT });
});

test('the register names an output of it meanwhile -> withheld', async () => {
  const { house, run } = asking(aTextBinding(), false);
  house.onInfer(() => {
    house.setRegister(registerOf(aBinding()));
    return { ...aResult(), body: TEXT };
  });
  expect(await faultOf(run())).toMatchObject({ code: 'not-permitted' });
  expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
});
