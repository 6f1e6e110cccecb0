import { setImmediate as othersTurn } from 'node:timers/promises';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { verifyLog } from '../../src/compose-read-log.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { AI_FINDING, answerSoundly } from './doors-house.ts';
import {
  actAgain,
  askAgain,
  buildSeveralNodesHouse,
  fetchAgain,
  type SeveralNodesHouse,
} from './several-nodes-house.ts';

jest.setTimeout(120_000);

const STUDY = makeStudies().find(({ key }) => key === 'cr-burned-in-text')?.studyInstanceUid ?? '';
/** A change is in force everywhere a second later; the rest is for a busy machine. */
const SOON_MS = 10_000;
const INFER = '/v2/models/burned-in-text/versions/1.0.0/infer';

describeWithBinary('two nodes on one PostgreSQL', ['postgres', 'initdb', 'redis-server'], () => {
  let house: SeveralNodesHouse;
  let alice: string;
  beforeAll(async () => {
    house = await buildSeveralNodesHouse();
    alice = await house.doors.cookieOf('alice.osei');
  });
  afterAll(() => house.close());

  const call = async (node: 0 | 1, cookie = alice): Promise<Response> =>
    await fetch(`${house.urls[node]}${INFER}`, {
      method: 'POST',
      headers: { cookie, origin: house.urls[0], 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: [], parameters: { study_instance_uid: STUDY } }),
    });
  const act = async (node: 0 | 1, body: unknown, cookie = alice): Promise<Response> =>
    await fetch(`${house.urls[node]}/api/register/acts`, {
      method: 'POST',
      headers: { cookie, origin: house.urls[0], 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const stopOf = (version: string): unknown => ({
    act: 'stop-use',
    model: 'burned-in-text',
    version,
    reason: 'Two missed findings on one list.',
  });
  const images = async (node: 0 | 1): Promise<number> =>
    (await actAgain(() => fetch(`${house.urls[node]}/dicom-web/studies`, { headers: { cookie: alice } })))
      .status;
  const until = async (is: () => Promise<boolean>): Promise<number> => {
    const began = performance.now();
    while (!(await is())) {
      expect(performance.now() - began).toBeLessThan(SOON_MS);
      await othersTurn();
    }
    return performance.now() - began;
  };

  test('a person signed in at one works at the other, and both write one log', async () => {
    for (const node of [0, 1] as const) {
      const answer = await fetchAgain(() => call(node));
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining(AI_FINDING)]);
    }
    const { ok, lines } = await verifyLog(house.configs[1], {});
    expect([ok, lines.join(' ')]).toEqual([true, expect.stringContaining('self-consistent')]);
  });

  test('acts at both at once follow one another', async () => {
    const cpd = (title: string): unknown => ({
      act: 'log-cpd',
      title,
      credits: 1,
      happenedAt: new Date().toISOString(),
    });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, place) =>
        actAgain(() => act(place % 2 === 0 ? 0 : 1, cpd(`Talk ${String(place)}`))),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  });

  test('the command line works beside running nodes, and both follow it', async () => {
    const practitioner = {
      id: 'new.colleague',
      name: 'New Colleague',
      profession: 'radiographer',
      professionalBody: 'HCPC',
      registrationNumber: 'RA900001',
      roles: [],
      identities: [],
      scope: {},
    };
    await house.doors.importSigned({
      text: JSON.stringify({ practitioners: [practitioner] }),
      name: 'one.json',
    });
    const cookie = await house.doors.cookieOf('fiona.grant');
    const isThere = async (node: 0 | 1): Promise<boolean> => {
      const path = '/api/register/practitioners/new.colleague';
      return (await fetch(`${house.urls[node]}${path}`, { headers: { cookie } })).status === 200;
    };
    for (const node of [0, 1] as const) await until(() => isThere(node));
  });

  test('a stop-use at one holds back what the other is working on, and soon refuses everything there', async () => {
    const waiting: (() => void)[] = [];
    house.doors.endpoint.answer((res, asked) => void waiting.push(() => answerSoundly(res, asked)));
    // Only one that came as far as the endpoint is held back: until then it is asked again.
    const inFlight = askAgain(
      () => call(1),
      ({ status }) => status === 503 && waiting.length === 0,
    );
    await until(() => Promise.resolve(waiting.length > 0));
    const stopped = await actAgain(() => act(0, stopOf('1.0.0')));
    expect([stopped.status, await stopped.text()]).toEqual([201, expect.stringContaining('applied')]);
    house.doors.endpoint.answer(answerSoundly);
    const tookMs = await until(async () => (await call(1)).status === 403);
    for (const answer of waiting) answer();
    const held = await inFlight;
    expect([held.status, await held.text()]).toEqual([403, expect.not.stringContaining(AI_FINDING)]);
    expect(tookMs).toBeLessThan(SOON_MS);
  });

  test('while PostgreSQL does not answer both lock AI and show images; afterwards both go on', async () => {
    house.postgres.freeze();
    try {
      for (const node of [0, 1] as const) {
        await until(async () => (await call(node)).status === 503);
        expect(await images(node)).toBe(200);
      }
    } finally {
      house.postgres.thaw();
    }
    // The version is stopped: refused again, with the reason, as soon as the register is confirmed.
    for (const node of [0, 1] as const) await until(async () => (await call(node)).status === 403);
  });

  test('after all that the log is whole', async () => {
    const { ok, lines } = await verifyLog(house.configs[0], {});
    expect([ok, lines.join(' ')]).toEqual([true, expect.stringContaining('self-consistent')]);
  });
});
