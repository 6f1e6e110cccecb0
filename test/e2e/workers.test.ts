import { Agent, request, type RequestOptions } from 'node:http';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { until } from '../fakes/postgres-nodes.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { countersign, type Running } from './command-line.ts';
import { askAgain, signInAgain } from './several-nodes-house.ts';
import { buildWorkersHouse, childrenOf, isRunning, type WorkersHouse } from './workers-house.ts';

jest.setTimeout(180_000);

const study = makeStudies().find(({ key }) => key === 'cr-burned-in-text');
const INFER = '/v2/models/burned-in-text/versions/1.0.0/infer';
/** What the nodes promise is a second; the rest is for a busy machine. */
const SOON_MS = 60_000;
const HEALTH = /^countersign_request_seconds_count\{.*route="\/health\/live".*worker="(\d)"\} (\d+)$/gm;

const BINARIES = ['Orthanc', 'postgres', 'initdb', 'redis-server'];

describeWithBinary('two workers on one port', BINARIES, () => {
  let shared: WorkersHouse;
  let gateway: Running;
  let alice: string;
  /** One connection to each. */
  let first: Agent;
  let second: Agent;

  const ask = (
    agent: Agent | undefined,
    path: string,
    options: RequestOptions = {},
    body = '',
  ): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { cookie: alice, origin: shared.house.url, 'content-type': 'application/json' };
      const call = request(`${shared.house.url}${path}`, { agent: agent ?? false, headers, ...options });
      call.once('response', (res) => {
        res.resume().once('end', () => resolve(res.statusCode ?? 0));
      });
      call.once('error', reject);
      call.end(body);
    });
  const isAway = (status: number): boolean => status === 503;
  const images = (agent?: Agent): Promise<number> => ask(agent, '/dicom-web/studies');
  const infer = (agent: Agent): Promise<number> => {
    const parameters = { study_instance_uid: study?.studyInstanceUid };
    const body = JSON.stringify({ inputs: [], parameters });
    return ask(agent, INFER, { method: 'POST' }, body);
  };
  const told = async (path: string): Promise<string> =>
    await (await fetch(`${shared.house.adminUrl}${path}`)).text();
  /** How often each worker was asked for its health. */
  const counted = async (): Promise<ReadonlyMap<string, number>> =>
    new Map(
      [...(await told('/metrics')).matchAll(HEALTH)].map(([, worker = '', count]) => [worker, Number(count)]),
    );
  const workerAt = async (agent: Agent): Promise<string | undefined> => {
    const before = await counted();
    expect(await ask(agent, '/health/live')).toBe(200);
    const after = await counted();
    return [...after].find(([worker, count]) => count > (before.get(worker) ?? 0))?.[0];
  };
  const connectionTo = async (worker: string): Promise<Agent> => {
    for (let tries = 0; tries < 20; tries += 1) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      if ((await workerAt(agent)) === worker) return agent;
      agent.destroy();
    }
    throw new Error(`no connection came to worker ${worker}`);
  };

  beforeAll(async () => {
    shared = await buildWorkersHouse([...(study?.files ?? [])]);
    gateway = await shared.house.serve('--workers', '2');
    alice = await signInAgain(() => shared.cookieOf('alice.osei'));
    [first, second] = [await connectionTo('1'), await connectionTo('2')];
  });
  afterAll(async () => {
    for (const agent of [first, second]) agent.destroy();
    await gateway.stop();
    await shared.close();
  });

  test('each answers, to a person who signed in once', async () => {
    for (const agent of [first, second]) {
      const statuses = [
        await askAgain(() => images(agent), isAway),
        await askAgain(() => infer(agent), isAway),
      ];
      expect(statuses).toEqual([200, 200]);
    }
    expect(gateway.said()).toContain('"node":"gateway-1-2"');
    expect(JSON.parse(await told('/health/live'))).toEqual({ alive: true });
    expect(await told('/health/ready')).toContain('"2 of 2 workers take calls."');
  });

  test('both write one log under their own names, and it is whole', async () => {
    const config = ['--config', shared.house.configFile];
    expect(await countersign('verify', ...config)).toMatchObject({ code: 0 });
    // Its start, and what was asked of it.
    for (const name of ['gateway-1-1', 'gateway-1-2'])
      expect(await shared.entriesOf(name)).toBeGreaterThan(3);
    expect(await shared.entriesOf('gateway-1')).toBe(0);
  });

  test('a stop-use given at one is in force at the other', async () => {
    const act = {
      act: 'stop-use',
      model: 'burned-in-text',
      version: '1.0.0',
      reason: 'Two missed findings.',
    };
    const body = JSON.stringify(act);
    expect(await ask(first, '/api/register/acts', { method: 'POST' }, body)).toBe(201);
    expect(await askAgain(() => infer(first), isAway)).toBe(403);
    await until(async () => (await infer(second)) === 403, SOON_MS);
  });

  test('one is killed: images pass meanwhile, and it comes back', async () => {
    const workers = childrenOf(gateway.pid);
    expect(workers).toHaveLength(2);
    const [killed = 0] = workers;
    process.kill(killed, 'SIGKILL');
    // Until all of it is gone, its socket too, a new connection may be reset: the caller asks again.
    await until(() => gateway.said().includes('a worker ended; it is started again'), SOON_MS);
    expect(isRunning(killed)).toBe(false);
    // New connections, whoever is there.
    for (let times = 0; times < 5; times += 1) expect(await images()).toBe(200);
    await until(async () => (await told('/health/ready')).includes('2 of 2 workers'), SOON_MS);
    for (const agent of [first, second]) agent.destroy();
    [first, second] = [await connectionTo('1'), await connectionTo('2')];
    for (const agent of [first, second]) expect(await images(agent)).toBe(200);
    expect(await told('/metrics')).toContain('countersign_worker_ends_total{worker="none"} 1');
  });

  test('told to stop, it ends with all its workers', async () => {
    const workers = childrenOf(gateway.pid);
    expect(await gateway.stop()).toBe(0);
    expect(workers.filter(isRunning)).toEqual([]);
    await expect(images()).rejects.toThrow('ECONNREFUSED');
  });

  test('killed, its workers end by themselves and free the port', async () => {
    gateway = await shared.house.serve('--workers', '2');
    const workers = childrenOf(gateway.pid);
    process.kill(gateway.pid, 'SIGKILL');
    await until(() => !workers.some(isRunning), SOON_MS);
    gateway = await shared.house.serve('--workers', '2');
    expect(await images()).toBe(200);
  });

  test('a worker that does not start ends the start of all, with its own sentence', async () => {
    const again = await countersign('serve', '--config', shared.house.configFile, '--workers', '2');
    expect(again).toMatchObject({ code: 1, err: expect.stringMatching(/EADDRINUSE|is named gateway-1-1/) });
  });
});
