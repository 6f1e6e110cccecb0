import type { EndpointBinding } from '../../src/domain/register.ts';
import type { InferenceRequest } from '../../src/flows/inference-case.ts';
import { openCase } from '../../src/flows/open-case.ts';
import type { CallPayload } from '../../src/flows/ports-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRequest, createInferenceHouse } from '../fakes/inference-house.ts';
import { aBinding, aModelVersion, aRegister, versionString } from '../fakes/register-builder.ts';

type Output = Extract<CallPayload, { kind: 'monai-infer' }>['output'];

const never = new AbortController().signal;
const full = aBinding({ protocol: 'monai-label', attestation: 'checksum' });
const { scoreOutput: _score, findingOutput: _finding, ...nameless } = full;
const DOSES: EndpointBinding['doseOutputs'] = [{ output: 'ctdi', quantity: 'CTDIvol', unit: 'mGy' }];

async function open(binding: EndpointBinding, output: Output, changes: Partial<InferenceRequest> = {}) {
  const register = aRegister({ modelVersions: [aModelVersion({ endpoints: [binding] })] });
  const { deps } = createInferenceHouse({ register });
  const payload = { kind: 'monai-infer', seriesInstanceUid: '1.2.3.4', output, params: {} } as const;
  return await openCase(deps, aRequest({ protocol: 'monai-label', payload, ...changes }), never);
}

test.each<readonly [string, EndpointBinding]>([
  ['a score', { ...nameless, scoreOutput: 'score' }],
  ['a finding', { ...nameless, findingOutput: 'finding' }],
  ['doses', { ...nameless, doseOutputs: DOSES }],
])(
  'a DICOM answer of a model of which the register names %s -> refused, and what works',
  async (_name, binding) => {
    const fault = await faultOf(open(binding, 'dicom_seg'));
    expect(fault).toMatchObject({ code: 'bad-request' });
    expect(fault.detail).toMatch(/output=json, all or image/);
  },
);

test.each<readonly [string, EndpointBinding, Output, Partial<InferenceRequest>]>([
  ['of which it names nothing', nameless, 'dicom_seg', {}],
  ['of which it names a score, as JSON', full, 'json', {}],
  ['of which it names a score, as a form', full, 'all', {}],
  ['of which it names a score, as the file', full, 'image', {}],
  ['that it does not know', full, 'dicom_seg', { version: versionString('9.9.9') }],
  ['that is called by another protocol', { ...full, protocol: 'oip-v2' }, 'dicom_seg', {}],
])('a model %s -> a case', async (_name, binding, output, changes) => {
  expect(await open(binding, output, changes)).toMatchObject({ question: { protocol: 'monai-label' } });
});
