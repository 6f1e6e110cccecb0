import type { EndpointBinding } from '../../src/domain/register.ts';
import { outputToAsk, readMonaiAnswer, type MonaiOutput } from '../../src/upstreams/monai-answer.ts';
import { NRRD } from '../fakes/label-server.ts';
import { aBinding, aStudy } from '../fakes/register-builder.ts';

const { scoreOutput: _score, findingOutput: _finding, ...SILENT } = aBinding({ protocol: 'monai-label' });
const RECOMMENDING: EndpointBinding = {
  ...SILENT,
  function: 'protocol-recommendation',
  doseOutputs: [
    { output: 'ctdi', quantity: 'CTDIvol', unit: 'mGy' },
    { output: 'dlp', quantity: 'DLP', unit: 'mGy.cm' },
  ],
};

const read = (params: unknown, binding = RECOMMENDING, wanted: MonaiOutput = 'json') =>
  readMonaiAnswer(
    { bytes: Buffer.from(JSON.stringify(params)), contentType: 'application/json' },
    { binding, wanted, study: aStudy().studyInstanceUid },
  );

test('each named member, in its quantity and unit', async () => {
  expect(await read({ ctdi: 9.5, dlp: 310, kvp: 120 })).toMatchObject({
    doses: [
      { quantity: 'CTDIvol', unit: 'mGy', value: 9.5 },
      { quantity: 'DLP', unit: 'mGy.cm', value: 310 },
    ],
  });
});

test('of several phases the largest', async () => {
  expect(await read({ ctdi: [9, [14], 11] })).toMatchObject({ doses: [{ value: 14 }] });
});

test.each([
  ['nought', { ctdi: 0 }],
  ['below nought', { ctdi: -1 }],
  ['one phase below nought', { ctdi: [9, -1] }],
  ['no element', { ctdi: [] }],
  ['a text', { ctdi: '9' }],
  ['a truth', { ctdi: true }],
  ['nothing', { ctdi: null }],
  ['an object', { ctdi: { value: 9 } }],
  ['another one unusable', { ctdi: 9, dlp: 'x' }],
  ['none of the named members', { kvp: 120 }],
])('%s is no answer', async (_name, params) => {
  expect(await read(params)).toBe('bad-answer');
});

test('an endpoint of which the register names no doses recommends none', async () => {
  expect(await read({ ctdi: 9 }, SILENT)).not.toHaveProperty('doses');
});

test('whoever wants the image alone: its JSON is asked for too, and one without is no answer', async () => {
  expect(outputToAsk('image', RECOMMENDING)).toBe('all');
  expect(outputToAsk('image', SILENT)).toBe('image');
  expect(await read({ ctdi: 9 }, RECOMMENDING, 'image')).toBe('bad-answer');
  const answer = await readMonaiAnswer(
    { bytes: NRRD, contentType: 'application/octet-stream' },
    { binding: RECOMMENDING, wanted: 'image', study: aStudy().studyInstanceUid },
  );
  expect(answer).toBe('bad-answer');
});
