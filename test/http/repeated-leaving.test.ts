import { createRepeatedCalls } from '../../src/flows/repeated-calls.ts';
import { runOnce } from '../../src/flows/run-once.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { createChatClient } from '../../src/upstreams/chat-client.ts';
import { aChatBinding, aCompletion, COOKIE, listen, NAMED, stream, STUDY } from '../fakes/chat-app.ts';
import { edgeDeps } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { createInferenceHouse } from '../fakes/inference-house.ts';
import { flowsOf } from '../fakes/oip-app.ts';
import { aModelVersion, anApproval, aRegister } from '../fakes/register-builder.ts';
import { json, startScriptedEndpoint } from '../fakes/scripted-endpoint.ts';

const client = createChatClient({ maxAnswerBytes: 100_000 });
afterAll(() => client.close());

/** A viewer’s clicks at a real port, before an endpoint that answers when it is told to. */
async function clicking(streams: boolean) {
  const endpoint = await startScriptedEndpoint();
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<() => void>();
  endpoint.answer((res) => {
    isAsked(() => (streams ? stream(res) : json(res, aCompletion())));
  });
  const binding = aChatBinding({ baseUrl: endpoint.baseUrl });
  const house = createInferenceHouse({
    register: aRegister({
      modelVersions: [aModelVersion({ endpoints: [binding] })],
      approvals: [anApproval({ functions: [binding.function] })],
    }),
  });
  house.onInfer((call, signal) => client.infer(call, signal));
  const repeatedCalls = createRepeatedCalls(house.deps.clock);
  const runs: Promise<unknown>[] = [];
  const runInference: ReturnType<typeof flowsOf>['runInference'] = (input, signal) => {
    const run = runOnce({ ...house.deps, repeatedCalls }, input, signal);
    runs.push(run);
    return run;
  };
  const app = buildApp(edgeDeps({ flows: { ...fakeFlows(), ...flowsOf(house), runInference } }));
  const server = await listen(app);
  const click = () => {
    const leaving = new AbortController();
    const answer = fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { cookie: COOKIE, 'content-type': 'application/json', 'idempotency-key': 'click-1' },
      body: JSON.stringify({
        ...{ model: NAMED, messages: [{ role: 'user', content: 'Draft it.' }], stream: streams },
        metadata: { study_instance_uid: STUDY },
      }),
      signal: leaving.signal,
    });
    return { answer, leave: () => leaving.abort() };
  };
  const close = async (): Promise<void> => {
    await server.close();
    await endpoint.close();
  };
  return { house, endpoint, asked, runs, click, close };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test.each([
  ['in one piece', false, '"content":"'],
  ['in pieces', true, '[DONE]'],
])('a viewer drops its first request when clicked again -> the second gets the answer %s', async (...row) => {
  const [, streams, ending] = row;
  const { house, endpoint, asked, runs, click, close } = await clicking(streams);
  const first = click();
  const answer = await asked;
  const second = click();
  await until(() => runs.length === 2);
  first.leave();
  await expect(first.answer).rejects.toThrow('abort');
  await expect(runs[0]).rejects.toMatchObject({ code: 'upstream-timeout' });
  answer();
  const response = await second.answer;
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(ending);
  expect(endpoint.calls).toHaveLength(1);
  expect(house.kinds().filter((kind) => kind === 'case.intent')).toHaveLength(1);
  await close();
});
