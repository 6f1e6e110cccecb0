import { createEndpointGates } from '../../src/upstreams/endpoint-gates.ts';
import { createEndpointProber } from '../../src/upstreams/endpoint-prober.ts';
import { guardProber } from '../../src/upstreams/guard-prober.ts';
import { createTorchserveServers } from '../../src/upstreams/torchserve-servers.ts';
import { aTorchserveBinding } from '../fakes/torchserve-app.ts';
import { aDescription, sayJson, startTorchserve, type TorchserveFake } from '../fakes/torchserve-server.ts';

const LIMITS = {
  maxConcurrent: 1,
  maxWaiting: 1,
  failuresInRow: 2,
  leftAloneMs: 60_000,
  longestLeftAloneMs: 60_000,
};
const NEVER = new AbortController().signal;
const LEFT_ALONE = { kind: 'left-alone' };
const AWAY = { kind: 'away' };

let server: TorchserveFake;
let closing: (() => Promise<void>)[];
beforeEach(async () => {
  server = await startTorchserve();
  closing = [() => server.close()];
});
afterEach(async () => {
  for (const close of closing) await close();
});

function openGuarded({ isManaged = true } = {}) {
  const { baseUrl, managementUrl } = server;
  const gates = createEndpointGates({ monotonicMs: () => 0 }, LIMITS);
  const looker = createEndpointProber(
    createTorchserveServers([{ baseUrl, ...(isManaged ? { managementUrl } : {}) }]),
  );
  closing.push(looker.close);
  const prober = guardProber(looker, { gates });
  return {
    look: (endpointVersion = '3') =>
      prober.probe(aTorchserveBinding({ baseUrl, endpointVersion }), NEVER, 'schedule'),
    enter: () => gates.of(aTorchserveBinding({ baseUrl })).enter(1_000, NEVER),
  };
}

const dies = (): void => {
  server.describe((res) => void res.destroy());
};

test('a management address that is dead is left alone, and no call is turned away for it', async () => {
  const { look, enter } = openGuarded();
  dies();
  for (let turn = 0; turn < LIMITS.failuresInRow; turn += 1) expect(await look()).toEqual(AWAY);
  expect(await look()).toEqual(LEFT_ALONE);
  expect(server.looks).toHaveLength(LIMITS.failuresInRow);
  // Such as one of a version whose name was signed for, which that address need not prove.
  expect(typeof (await enter())).toBe('object');
});

test('a version without a worker keeps nobody from looking at another', async () => {
  const { look } = openGuarded();
  server.describe((res, { url }) => {
    const modelVersion = url.split('/').at(-1);
    sayJson(res, aDescription(modelVersion === '4' ? { modelVersion } : { workers: [] }));
  });
  for (let turn = 0; turn < LIMITS.failuresInRow; turn += 1) expect(await look()).toEqual(AWAY);
  expect(await look()).toEqual(LEFT_ALONE);
  expect(await look('4')).toMatchObject({ kind: 'attested', version: '4' });
});

test('without a management address it is the inference address that is asked, and counts', async () => {
  const { look, enter } = openGuarded({ isManaged: false });
  await server.close();
  closing.shift();
  for (let turn = 0; turn < LIMITS.failuresInRow; turn += 1) expect(await look()).toEqual(AWAY);
  expect(await enter()).toBe('left-alone');
});
