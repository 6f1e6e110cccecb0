import type { OipTensor } from '../../src/domain/oip-tensor.ts';
import type { EndpointBinding } from '../../src/domain/register.ts';
import { readNamedOutputs } from '../../src/upstreams/oip-answer.ts';
import { aBinding } from '../fakes/register-builder.ts';

const RECOMMENDING: Partial<EndpointBinding> = {
  function: 'protocol-recommendation',
  doseOutputs: [
    { output: 'ctdi', quantity: 'CTDIvol', unit: 'mGy' },
    { output: 'dlp', quantity: 'DLP', unit: 'mGy.cm' },
  ],
};

type Output = Pick<OipTensor, 'name' | 'data'> & Partial<Pick<OipTensor, 'datatype'>>;

function read(outputs: readonly Output[], changes: Partial<EndpointBinding> = RECOMMENDING) {
  const { scoreOutput: _score, findingOutput: _finding, ...plain } = aBinding();
  const tensors = outputs.map((one) => ({ datatype: 'FP32' as const, shape: [one.data.length], ...one }));
  return readNamedOutputs(tensors, { ...plain, ...changes });
}

const ctdi = (...data: readonly unknown[]): Output => ({ name: 'ctdi', data });

test('each named output, in its quantity and unit', () => {
  expect(read([ctdi(9.5), { name: 'dlp', data: [310] }, { name: 'kvp', data: [120] }])).toMatchObject({
    doses: [
      { quantity: 'CTDIvol', unit: 'mGy', value: 9.5 },
      { quantity: 'DLP', unit: 'mGy.cm', value: 310 },
    ],
  });
});

test('of several phases the largest', () => {
  expect(read([ctdi(9, 14, 11)])).toMatchObject({
    doses: [{ quantity: 'CTDIvol', unit: 'mGy', value: 14 }],
  });
});

test.each<readonly [name: string, outputs: readonly Output[]]>([
  ['nought', [ctdi(0)]],
  ['below nought', [ctdi(-1)]],
  ['one phase below nought', [ctdi(9, -1)]],
  ['no element', [ctdi()]],
  ['a text', [{ name: 'ctdi', datatype: 'BYTES', data: ['9'] }]],
  ['a truth', [{ name: 'ctdi', datatype: 'BOOL', data: [true] }]],
  ['none of the named outputs', [{ name: 'kvp', data: [120] }]],
])('%s is no answer', (_name, outputs) => {
  expect(read(outputs)).toBeUndefined();
});

test('an endpoint of which the register names no doses recommends none', () => {
  expect(read([ctdi(9)], {})).not.toHaveProperty('doses');
});
