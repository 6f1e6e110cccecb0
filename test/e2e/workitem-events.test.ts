import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { newMachineKey } from '../../src/identity/machines/machine-key.ts';
import { asksFor, aWorkitemDraft, el, toState } from '../fakes/workitem-drafts.ts';
import type { DoorsHouse } from './doors-house.ts';
import { buildWorkHouse } from './work-house.ts';

jest.setTimeout(120_000);

const machine = newMachineKey(randomBytes);
const MODEL = 'burned-in-text';
const STUDY = makeStudies().find(({ key }) => key === 'cr-burned-in-text')?.studyInstanceUid ?? '';
const PERFORMER = { authorization: `Bearer ${machine.key}` };
const ALL = '1.2.840.10008.5.1.4.34.5';
let house: DoorsHouse;
beforeAll(async () => {
  house = await buildWorkHouse(machine);
});
afterAll(() => house.close());

type Headers = Readonly<Record<string, string>>;
async function send(method: string, path: string, headers: Headers, dataset?: object): Promise<Response> {
  return await fetch(`${house.url}/${path}`, {
    method,
    headers: { ...headers, 'content-type': 'application/dicom+json' },
    ...(dataset === undefined ? {} : { body: JSON.stringify(dataset) }),
  });
}
const create = async (uid: string, headers: Headers): Promise<number> => {
  const study = el('UI', STUDY);
  const dataset = aWorkitemDraft({
    '0020000D': study,
    '00404021': el('SQ', { '0020000D': study }),
    '00741210': asksFor(MODEL, '1.0.0'),
  });
  const { '00100020': _patient, ...rest } = dataset;
  return (await send('POST', `dicom-web/workitems?${uid}`, headers, rest)).status;
};
async function listen(aet: string, headers: Headers): Promise<WebSocket> {
  const socket = new WebSocket(`${house.url.replace('http', 'ws')}/dicom-web/subscribers/${aet}`, {
    headers,
  });
  await once(socket, 'open');
  return socket;
}
async function next(socket: WebSocket): Promise<unknown> {
  const [data] = (await once(socket, 'message')) as [Buffer];
  return JSON.parse(data.toString());
}
const subscribe = async (aet: string, headers: Headers): Promise<Response> =>
  await send('POST', `dicom-web/workitems/${ALL}/subscribers/${aet}`, headers);

test('a machine hears of work and of a wish to cancel it; its subscription outlives a restart, its channel does not', async () => {
  const alice = { cookie: await house.cookieOf('alice.osei') };
  const subscribed = await subscribe('FINDER', PERFORMER);
  expect(subscribed.status).toBe(201);
  expect(subscribed.headers.get('content-location')).toBe(
    `${house.url.replace('http', 'ws')}/dicom-web/subscribers/FINDER`,
  );
  const before = await listen('FINDER', PERFORMER);
  const closed = once(before, 'close');
  await house.restart();
  expect((await closed)[0]).toBe(1001);
  const socket = await listen('FINDER', PERFORMER);
  const created = next(socket);
  expect(await create('1.2.3', alice)).toBe(201);
  expect(await created).toMatchObject({
    '00001000': { Value: ['1.2.3'] },
    '00741000': { Value: ['SCHEDULED'] },
  });
  const claimed = next(socket);
  await send('PUT', 'dicom-web/workitems/1.2.3/state', PERFORMER, toState('IN PROGRESS', '1.77'));
  expect(await claimed).toMatchObject({ '00741000': { Value: ['IN PROGRESS'] } });
  const asked = next(socket);
  const wish = { '00741238': el('LT', 'no longer needed') };
  expect((await send('POST', 'dicom-web/workitems/1.2.3/cancelrequest', alice, wish)).status).toBe(202);
  expect(await asked).toMatchObject({
    '00001002': { Value: [2] },
    '00741238': { Value: ['no longer needed'] },
  });
  socket.terminate();
});

test('a person hears of their own; the channel is closed with their session, and not opened by another site', async () => {
  const alice = { cookie: await house.cookieOf('alice.osei') };
  const again = { cookie: await house.cookieOf('alice.osei') };
  await subscribe('ALICE', alice);
  const socket = await listen('ALICE', { ...alice, origin: house.url });
  const first = next(socket);
  expect(await create('1.2.4', again)).toBe(201);
  expect(await first).toMatchObject({ '00001000': { Value: ['1.2.4'] } });
  const evil = new WebSocket(`${house.url.replace('http', 'ws')}/dicom-web/subscribers/ALICE`, {
    headers: { ...alice, origin: 'https://evil.example' },
  });
  evil.on('error', () => undefined);
  const [, refused] = (await once(evil, 'unexpected-response')) as [unknown, { readonly statusCode: number }];
  expect(refused.statusCode).toBe(403);
  evil.terminate();
  const closed = once(socket, 'close');
  const out = await fetch(`${house.url}/auth/logout`, {
    method: 'POST',
    headers: { ...alice, origin: house.url },
    redirect: 'manual',
  });
  expect(out.status).toBeLessThan(400);
  expect(await create('1.2.6', again)).toBe(201);
  expect((await closed)[0]).toBe(1008);
});
