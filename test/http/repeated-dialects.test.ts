import type { Express } from 'express';
import request from 'supertest';
import type { EndpointBinding } from '../../src/domain/register.ts';
import { createRepeatedCalls } from '../../src/flows/repeated-calls.ts';
import { runOnce } from '../../src/flows/run-once.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { createChatClient } from '../../src/upstreams/chat-client.ts';
import { createInferenceClients } from '../../src/upstreams/inference-clients.ts';
import { createOipClient } from '../../src/upstreams/oip-client.ts';
import { aChatBinding, aCompletion, COOKIE, NAMED, STUDY } from '../fakes/chat-app.ts';
import { edgeDeps } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { createInferenceHouse, type InferenceHouse } from '../fakes/inference-house.ts';
import { flowsOf } from '../fakes/oip-app.ts';
import { aBinding, aModelVersion, anApproval, aRegister, aTextBinding } from '../fakes/register-builder.ts';
import { anAnswer, json, startScriptedEndpoint, type ScriptedEndpoint } from '../fakes/scripted-endpoint.ts';

const clients = createInferenceClients({
  'oip-v2': createOipClient({ maxAnswerBytes: 100_000, maxTensorBytes: 100_000 }),
  'openai-chat': createChatClient({ maxAnswerBytes: 100_000 }),
});
let endpoint: ScriptedEndpoint;
beforeEach(async () => {
  endpoint = await startScriptedEndpoint();
});
afterEach(() => endpoint.close());
afterAll(() => clients.close());

function open(binding: EndpointBinding): { readonly app: Express; readonly house: InferenceHouse } {
  const house = createInferenceHouse({
    register: aRegister({
      modelVersions: [aModelVersion({ endpoints: [{ ...binding, baseUrl: endpoint.baseUrl }] })],
      approvals: [anApproval({ functions: [binding.function] })],
    }),
  });
  house.onInfer((call, signal) => clients.infer(call, signal));
  const repeatedCalls = createRepeatedCalls(house.deps.clock);
  const flows = {
    ...fakeFlows(),
    ...flowsOf(house),
    runInference: (...[input, signal]: Parameters<ReturnType<typeof flowsOf>['runInference']>) =>
      runOnce({ ...house.deps, repeatedCalls }, input, signal),
  };
  return { house, app: buildApp(edgeDeps({ flows })) };
}

const named = { study_instance_uid: STUDY };
const text = { model_name: 'nodules', model_version: '3', text_output: 'No nodule.' };
const VERSION = '/v2/models/lung-nodule/versions/2.1.0';

test.each([
  ['Open Inference Protocol', aBinding(), `${VERSION}/infer`, { inputs: [], parameters: named }, anAnswer()],
  ['its text', aTextBinding(), `${VERSION}/generate`, { text_input: '', parameters: named }, text],
  [
    'chat',
    aChatBinding(),
    '/v1/chat/completions',
    { model: NAMED, messages: [{ role: 'user', content: 'Draft it.' }], metadata: named },
    aCompletion(),
  ],
])('%s: a click that is repeated is one case and one call, with the same answer', async (...row) => {
  const [, binding, path, body, answer] = row;
  endpoint.answer((res) => json(res, answer));
  const { app, house } = open(binding);
  const click = async (): Promise<request.Response> =>
    await request(app).post(path).set('Cookie', COOKIE).set('Idempotency-Key', 'click-1').send(body);
  const [first, again] = [await click(), await click()];
  expect([first.status, again.status]).toEqual([200, 200]);
  expect(again.text).toBe(first.text);
  expect(again.headers['case-id']).toBe(first.headers['case-id']);
  expect(endpoint.calls).toHaveLength(1);
  expect(house.kinds().filter((kind) => kind === 'case.intent')).toHaveLength(1);
});

test.each(['"\\ud800"', '1e999', '{"\\udfff":1}'])(
  'under a key, a schema with %s is the caller’s fault, not ours',
  async (odd) => {
    const { app, house } = open(aChatBinding({ function: 'triage' }));
    const format = { type: 'json_schema', json_schema: { name: 'x', schema: { const: 'ODD' } } };
    const asked = {
      model: NAMED,
      messages: [{ role: 'user', content: 'Sort it.' }],
      metadata: { ...named, function: 'triage' },
      response_format: format,
    };
    const answer = await request(app)
      .post('/v1/chat/completions')
      .set({ Cookie: COOKIE, 'Idempotency-Key': 'click-1', 'Content-Type': 'application/json' })
      .send(JSON.stringify(asked).replace('"ODD"', odd));
    expect([answer.status, answer.body.error.code]).toEqual([400, 'bad-request']);
    expect(house.kinds()).toEqual([]);
  },
);
