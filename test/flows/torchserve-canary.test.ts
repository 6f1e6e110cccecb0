import type { ServerResponse } from 'node:http';
import { GATEWAY } from '../../src/domain/endpoint-lock.ts';
import { createEndpointProbes } from '../../src/flows/probe-endpoints.ts';
import { createEndpointProber } from '../../src/upstreams/endpoint-prober.ts';
import { createTorchserveServers } from '../../src/upstreams/torchserve-servers.ts';
import { NEVER } from '../fakes/act-house.ts';
import { createCanaryHouse, type CanaryHouse } from '../fakes/canary-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { MODEL, VERSION } from '../fakes/register-builder.ts';
import { json } from '../fakes/scripted-endpoint.ts';
import { aDescription, sayError } from '../fakes/torchserve-server.ts';

let house: CanaryHouse;
beforeEach(async () => {
  house = await createCanaryHouse({ protocol: 'torchserve', attestation: 'metadata' });
});
afterEach(() => house.close());

/** What the management address says with each look, the last one again and again; predictions are sound. */
function says(...versions: readonly string[]): void {
  const left = [...versions];
  house.endpoint.answer((res, { url }) => {
    if (!url.startsWith('/management')) json(res, { score: 0.75, finding: 'nodule' });
    else describe(res, (left.length > 1 ? left.shift() : left[0]) ?? '');
  });
}

function describe(res: ServerResponse, version: string): void {
  if (version === 'gone') sayError(res, 404, 'ModelVersionNotFoundException');
  else json(res, aDescription({ modelVersion: version }));
}

const predictions = (): number =>
  house.endpoint.calls.filter(({ url }) => url.startsWith('/predictions')).length;
const stops = () => house.acts.deps.register.snapshot().stopUses();

async function expectLock(): Promise<void> {
  await house.node.locks.idle();
  expect(stops()).toMatchObject([
    { model: MODEL, version: VERSION, endpoint: house.binding.baseUrl, by: GATEWAY },
  ]);
  const before = predictions();
  expect(await faultOf(house.node.run())).toMatchObject({ code: 'not-permitted' });
  expect(predictions()).toBe(before);
}

test('the version of the register before and after: released, and the case says what was attested', async () => {
  says('3');
  expect(await house.node.run()).toMatchObject({ kind: 'result', body: { score: 0.75 } });
  expect(house.endpoint.calls.map(({ url }) => url)).toEqual([
    '/management/models/nodules/3',
    '/predictions/nodules/3',
    '/management/models/nodules/3',
  ]);
  const outcome = house.acts.caseLog.all().find(({ kind }) => kind === 'case.outcome');
  expect(outcome?.facts.asked?.attested).toEqual({
    model: 'nodules',
    metadata: { model: 'nodules', version: '3' },
  });
  expect(house.node.mismatches).toEqual([]);
});

test('another version before: nothing is sent, and it is locked', async () => {
  says('4');
  expect(await faultOf(house.node.run())).toMatchObject({ code: 'attestation-mismatch' });
  expect(predictions()).toBe(0);
  await expectLock();
});

test('another version after: withheld, and it is locked', async () => {
  says('3', '4');
  expect(await faultOf(house.node.run())).toMatchObject({ code: 'attestation-mismatch' });
  expect(predictions()).toBe(1);
  await expectLock();
});

test.each(['4', 'gone'])('by looking at it (%s): locked before a patient meets it', async (version) => {
  says(version);
  const { baseUrl } = house.binding;
  const servers = createTorchserveServers([{ baseUrl, managementUrl: `${baseUrl}/management` }]);
  const prober = createEndpointProber(servers);
  let nowMs = 0;
  const outcomes: string[] = [];
  const probes = createEndpointProbes({
    ...{ register: house.acts.deps.register, prober, locks: house.node.locks, everyMs: 1_000 },
    ...{ random: () => 0.5, clock: { monotonicMs: () => nowMs } },
    onProbed: (outcome) => void outcomes.push(outcome),
    isProvable: () => true,
    onUnprovable: () => undefined,
  });
  await probes.round(NEVER);
  nowMs = 10_000;
  await probes.round(NEVER);
  await prober.close();
  expect(outcomes).toEqual(['wrong']);
  await expectLock();
  expect(predictions()).toBe(0);
});

test('a name alone wants two signatures, and no management address', async () => {
  const unproved = await createCanaryHouse({ protocol: 'torchserve', attestation: 'name-only' });
  unproved.endpoint.answer((res) => json(res, { score: 0.75, finding: 'nodule' }));
  expect((await faultOf(unproved.node.run())).reasons.map(({ code }) => code)).toEqual([
    'name-only-unsigned',
  ]);
  const sign = { act: 'sign-name-only', model: MODEL, version: VERSION, function: 'detection' } as const;
  await unproved.acts.together('rc-one', 'it', sign);
  unproved.acts.later(1_000);
  expect(await unproved.node.run()).toMatchObject({ kind: 'result' });
  expect(unproved.endpoint.calls.map(({ url }) => url)).toEqual(['/predictions/nodules/3']);
  await unproved.close();
});
