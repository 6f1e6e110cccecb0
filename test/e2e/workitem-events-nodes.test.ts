import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { newMachineKey } from '../../src/identity/machines/machine-key.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { asksFor, aWorkitemDraft, el, toState } from '../fakes/workitem-drafts.ts';
import { actAgain, askAgain, buildSeveralNodesHouse, type SeveralNodesHouse } from './several-nodes-house.ts';
import { withPerformer } from './work-house.ts';

jest.setTimeout(120_000);

const machine = newMachineKey(randomBytes);
const STUDY = makeStudies().find(({ key }) => key === 'cr-burned-in-text')?.studyInstanceUid ?? '';
const PERFORMER = { authorization: `Bearer ${machine.key}` };
const ALL = '1.2.840.10008.5.1.4.34.5';
const KEY = '1.77';

type Headers = Readonly<Record<string, string>>;

describeWithBinary('workitems at two gateways', ['postgres', 'initdb', 'redis-server'], () => {
  let house: SeveralNodesHouse;
  let alice: Headers;
  const sockets: WebSocket[] = [];
  beforeAll(async () => {
    house = await buildSeveralNodesHouse((config) => withPerformer(config, machine));
    alice = { cookie: await house.doors.cookieOf('alice.osei'), origin: house.urls[0] };
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });
  afterAll(() => house.close());

  const send = async (at: string, method: string, headers: Headers, dataset?: object): Promise<Response> =>
    await actAgain(() =>
      fetch(at, {
        method,
        headers: { ...headers, 'content-type': 'application/dicom+json' },
        ...(dataset === undefined ? {} : { body: JSON.stringify(dataset) }),
      }),
    );
  const workitems = (node: 0 | 1, rest: string): string => `${house.urls[node]}/dicom-web/workitems${rest}`;
  const create = async (node: 0 | 1, uid: string): Promise<number> => {
    const study = el('UI', STUDY);
    const { '00100020': _patient, ...dataset } = aWorkitemDraft({
      '0020000D': study,
      '00404021': el('SQ', { '0020000D': study }),
      '00741210': asksFor('burned-in-text', '1.0.0'),
    });
    return (await send(workitems(node, `?${uid}`), 'POST', alice, dataset)).status;
  };
  /** An open channel, and everything it is told. */
  const listen = async (node: 0 | 1, aet: string, headers: Headers) => {
    const address = `${house.urls[node].replace('http', 'ws')}/dicom-web/subscribers/${aet}`;
    const heard: Record<string, { readonly Value?: readonly unknown[] }>[] = [];
    const connect = async () => {
      const socket = new WebSocket(address, { headers });
      sockets.push(socket);
      socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString())));
      const fault = await once(socket, 'open').then(() => '', String);
      return { socket, fault };
    };
    const { socket, fault } = await askAgain(connect, (outcome) => outcome.fault.includes('503'));
    expect(fault).toBe('');
    return {
      heard,
      states: () => heard.flatMap((report) => report['00741000']?.Value ?? []),
      until: async (count: number): Promise<void> => {
        while (heard.length < count) await once(socket, 'message');
      },
    };
  };

  test('who listens at one hears of what is done at the other, in order, each once; both know one workitem', async () => {
    expect((await send(workitems(0, `/${ALL}/subscribers/FINDER`), 'POST', PERFORMER)).status).toBe(201);
    expect((await send(workitems(1, `/${ALL}/subscribers/ALICE`), 'POST', alice)).status).toBe(201);
    const finder = await listen(1, 'FINDER', PERFORMER);
    const person = await listen(0, 'ALICE', alice);
    expect(await create(0, '1.2.3')).toBe(201);
    await finder.until(1);
    const claim = toState('IN PROGRESS', KEY);
    expect((await send(workitems(1, '/1.2.3/state'), 'PUT', PERFORMER, claim)).status).toBe(200);
    await person.until(2);
    const wish = { '00741238': el('LT', 'no longer needed') };
    expect((await send(workitems(0, '/1.2.3/cancelrequest'), 'POST', alice, wish)).status).toBe(202);
    await finder.until(3);
    expect(finder.states()).toEqual(['SCHEDULED', 'IN PROGRESS']);
    expect(finder.heard[2]).toMatchObject({
      '00001000': { Value: ['1.2.3'] },
      '00741238': { Value: ['no longer needed'] },
    });
    expect(person.states().slice(0, 2)).toEqual(['SCHEDULED', 'IN PROGRESS']);
    expect(finder.heard.map((report) => report['00000110']?.Value)).toEqual([[1], [2], [3]]);
  });

  test('a claim at one keeps the other from claiming', async () => {
    expect(await create(1, '1.2.4')).toBe(201);
    const claims = await Promise.all(
      ([0, 1] as const).map((node) =>
        send(workitems(node, '/1.2.4/state'), 'PUT', PERFORMER, toState('IN PROGRESS', `1.8${String(node)}`)),
      ),
    );
    expect(claims.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });
});
