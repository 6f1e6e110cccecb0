import type { CallPayload } from '../../src/flows/ports-inference.ts';
import type { Protocol } from '../../src/domain/words.ts';
import { createChatClient } from '../../src/upstreams/chat-client.ts';
import { createEndpointGates } from '../../src/upstreams/endpoint-gates.ts';
import { guardEndpoints } from '../../src/upstreams/guard-endpoints.ts';
import { createInferenceClients } from '../../src/upstreams/inference-clients.ts';
import { createMonaiClient } from '../../src/upstreams/monai-client.ts';
import { createOipClient } from '../../src/upstreams/oip-client.ts';
import { createTorchserveClient } from '../../src/upstreams/torchserve-client.ts';
import { createTorchserveServers } from '../../src/upstreams/torchserve-servers.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { startLabelServer, type LabelServer } from '../fakes/label-server.ts';
import { aBinding, aStudy } from '../fakes/register-builder.ts';

const FAILURES_IN_ROW = 3;
const LIMITS = { maxConcurrent: 2, maxWaiting: 3, leftAloneMs: 1_000, longestLeftAloneMs: 4_000 };
const PAYLOADS: Readonly<Record<Protocol, CallPayload>> = {
  'oip-v2': { kind: 'study' },
  'monai-label': { kind: 'monai-infer', seriesInstanceUid: '1.2.3', output: 'json', params: {} },
  'openai-chat': { kind: 'chat', body: {}, streams: false, shownAs: 'x@1', showsUsage: false },
  torchserve: { kind: 'study' },
};
const DIALECTS: readonly Protocol[] = ['oip-v2', 'monai-label', 'openai-chat', 'torchserve'];

const clients = createInferenceClients({
  'oip-v2': createOipClient({ maxAnswerBytes: 1_000, maxTensorBytes: 1_000 }),
  'monai-label': createMonaiClient({ maxAnswerBytes: 1_000 }),
  'openai-chat': createChatClient({ maxAnswerBytes: 1_000 }),
  torchserve: createTorchserveClient({
    servers: createTorchserveServers([]),
    maxAnswerBytes: 1_000,
    maxStreamBytes: 1_000,
  }),
});
let server: LabelServer;
beforeEach(async () => {
  server = await startLabelServer();
});
afterEach(() => server.close());
afterAll(() => clients.close());

/** What comes of so many calls, one after the other, when these statuses are answered in turn. */
async function failuresOf(protocol: Protocol, statuses: readonly number[], calls: number) {
  let answered = 0;
  server.answer((res) => {
    res.writeHead(statuses[answered % statuses.length] ?? 500, { 'content-type': 'text/html' });
    res.end('<h1>Sorry</h1>');
    answered += 1;
  });
  const clock = { monotonicMs: () => 0 };
  const gates = createEndpointGates(clock, { ...LIMITS, failuresInRow: FAILURES_IN_ROW });
  const guarded = guardEndpoints(clients, { gates, clock });
  const failures: string[] = [];
  for (let turn = 0; turn < calls; turn += 1) {
    const call = {
      ...{ binding: aBinding({ protocol, baseUrl: server.baseUrl }), payload: PAYLOADS[protocol] },
      ...{ caseId: aCaseId(1), study: aStudy().studyInstanceUid },
    };
    const answer = await guarded.infer(call, new AbortController().signal);
    failures.push(answer.kind === 'failed' ? answer.failure : answer.kind);
  }
  return { failures, answered };
}

describe.each(DIALECTS)('%s', (protocol) => {
  test.each([429, 502, 503, 504])('%i to everything -> left alone', async (status) => {
    const { failures, answered } = await failuresOf(protocol, [status], 5);
    expect(answered).toBe(FAILURES_IN_ROW);
    expect(failures).toEqual(['unavailable', 'unavailable', 'unavailable', 'left-alone', 'left-alone']);
  });

  test.each([400, 404, 422, 500])('%i is about one input -> asked again', async (status) => {
    const { failures, answered } = await failuresOf(protocol, [status], 5);
    expect(answered).toBe(5);
    expect(new Set(failures)).toEqual(new Set(['endpoint-error']));
  });

  test('an answer about one input in between -> counted anew', async () => {
    expect((await failuresOf(protocol, [503, 503, 500], 6)).answered).toBe(6);
  });
});
