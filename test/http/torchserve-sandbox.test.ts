import { startAiEndpoint, type AiEndpoint } from '../../fixtures/sandbox/ai-endpoint.ts';
import { TORCHSERVE } from '../../fixtures/sandbox/ai-endpoint-torchserve.ts';
import { startSandboxPacs, type SandboxPacs } from '../../fixtures/sandbox/pacs.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { parseStudyUid } from '../../src/domain/identifiers.ts';
import type { EndpointBinding } from '../../src/domain/register.ts';
import { createEndpointProber } from '../../src/upstreams/endpoint-prober.ts';
import { createTorchserveClient } from '../../src/upstreams/torchserve-client.ts';
import { createTorchserveServers } from '../../src/upstreams/torchserve-servers.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { aTorchserveBinding, OUTPUTS } from '../fakes/torchserve-app.ts';

const NEVER = new AbortController().signal;
const studies = makeStudies();
let endpoint: AiEndpoint;
let pacs: SandboxPacs;
beforeAll(async () => {
  [endpoint, pacs] = await Promise.all([
    startAiEndpoint({ port: 0 }),
    startSandboxPacs({ port: 0, studies }),
  ]);
});
afterAll(async () => {
  await Promise.all([endpoint.close(), pacs.close()]);
});

const binding = (changes: Partial<EndpointBinding> = {}): EndpointBinding =>
  aTorchserveBinding({
    ...OUTPUTS,
    baseUrl: `${endpoint.url}${TORCHSERVE.inference}`,
    endpointModel: 'burned-in-text',
    endpointVersion: '1',
    timeoutMs: 60_000,
    ...changes,
  });
const servers = () => {
  const { baseUrl } = binding();
  return createTorchserveServers([{ baseUrl, managementUrl: `${endpoint.url}${TORCHSERVE.management}` }]);
};

test('the sandbox’s server says which version it serves, and that it lacks another', async () => {
  const prober = createEndpointProber(servers());
  expect(await prober.probe(binding(), NEVER)).toEqual({
    ...{ kind: 'attested', model: 'burned-in-text', version: '1' },
  });
  expect(await prober.probe(binding({ endpointVersion: '9' }), NEVER)).toEqual({
    kind: 'absent',
  });
  await prober.close();
});

test('it reads the study and finds the lettering', async () => {
  const client = createTorchserveClient({
    ...{ servers: servers(), maxAnswerBytes: 10_000, maxStreamBytes: 10_000 },
  });
  const marked = studies.find(({ burnedInText }) => burnedInText);
  const study = parseStudyUid(marked?.studyInstanceUid ?? '');
  if (study === undefined) throw new Error('there is none');
  const studyAccess = { dicomwebUrl: pacs.url, token: 'token-of-the-case' };
  const call = {
    binding: binding(),
    caseId: aCaseId(1),
    study,
    studyAccess,
    payload: { kind: 'study' } as const,
  };
  expect(await client.infer(call, NEVER)).toMatchObject({
    ...{ kind: 'result', finding: 'burned-in text', attestedModel: 'burned-in-text' },
  });
  const { studyAccess: _none, ...blind } = call;
  expect(await client.infer(blind, NEVER)).toMatchObject({ kind: 'failed', failure: 'endpoint-error' });
  await client.close();
});
