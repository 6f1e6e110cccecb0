import type { InferenceRequest } from '../../src/flows/inference-case.ts';
import { openCase } from '../../src/flows/open-case.ts';
import { aChatBinding } from '../fakes/chat-app.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRequest, createInferenceHouse } from '../fakes/inference-house.ts';
import { aBinding, aModelVersion, aRegister, versionString } from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const register = aRegister({
  modelVersions: [
    aModelVersion({
      endpoints: [aBinding(), aChatBinding(), aChatBinding({ function: 'record-query', input: 'caller' })],
    }),
  ],
});

async function open(changes: Partial<InferenceRequest>) {
  const { deps } = createInferenceHouse({ register });
  return await openCase(deps, aRequest({ protocol: 'openai-chat', input: undefined, ...changes }), never);
}

test.each([
  ['a drafter that reads the study', { function: 'report-draft' }, 'report-draft', 'study'],
  ['a query that gets words alone', { function: 'record-query', about: ['P-1'] }, 'record-query', 'caller'],
  ['a function of another dialect', { function: 'detection' }, 'detection', 'study'],
  ['a function that it has not', { function: 'triage' }, 'triage', 'caller'],
  ['a version that nobody knows', { version: versionString('9.9.9') }, 'detection', 'caller'],
  ['what the edge says itself', { function: 'report-draft', input: 'caller' }, 'report-draft', 'caller'],
] as const)('%s', async (_name, changes, wanted, input) => {
  const { question, subject } = await open(changes);
  expect(question).toMatchObject({ function: wanted, input, protocol: 'openai-chat' });
  expect(subject).toMatchObject({ inputFrom: input });
});

test('several functions of the dialect -> asked for by name, and told where', async () => {
  const fault = await faultOf(open({}));
  expect(fault.code).toBe('bad-request');
  expect(fault.detail).toMatch(/^Name the function in metadata\.function\. .*report-draft.*record-query/);
});

test.each([undefined, []])('a query over records about %j -> refused', async (about) => {
  const fault = await faultOf(open({ function: 'record-query', ...(about === undefined ? {} : { about }) }));
  expect(fault.code).toBe('bad-request');
  expect(fault.detail).toContain('patient ids');
});
