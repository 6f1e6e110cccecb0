import request from 'supertest';
import type { CaseView } from '../../src/domain/case-view.ts';
import { BadRequest, NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { sayHref } from '../../src/ui/say-page.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { CASE, fakeFlows, RELEASED_CASE } from '../fakes/fake-flows.ts';
import { ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';

const LINK = sayHref(CASE, 'overridden', 'false-positive');
const ONCE = '00000000-0000-4000-8000-000000000001';

function house(flows: Partial<Flows> = {}, view: CaseView = RELEASED_CASE) {
  const record = jest.fn(async (..._said: Parameters<Flows['recordDisposition']>) => ({
    seq: 1,
    id: 'x',
    leaf: 'y',
  }));
  const app = edgeApp({
    flows: fakeFlows({ readMyCase: async () => view, recordDisposition: record, ...flows }),
  });
  return { app, record };
}

const open = (app: ReturnType<typeof edgeApp>, path: string) =>
  request(app).get(path).set('cookie', SIGNED_IN);
const press = (app: ReturnType<typeof edgeApp>, path: string, form: object) =>
  request(app).post(`${path}/send`).set('cookie', SIGNED_IN).type('form').send(form);

test('the link names case, disposition and reason, and nothing else', () => {
  expect(LINK).toBe(`/me/cases/${CASE}/say/overridden/false-positive`);
  expect(sayHref(CASE, 'accepted')).toBe(`/me/cases/${CASE}/say/accepted`);
});

test('opening it, or looking ahead at it, writes nothing: the page has one button', async () => {
  const { app, record } = house();
  const res = await open(app, LINK);
  expect([res.status, res.headers['case-id'], res.headers['cache-control']]).toEqual([200, CASE, 'no-store']);
  expect(textsOf(res.text, 'h1')).toEqual(['Overridden: put this on record?']);
  expect(plainText(res.text)).toContain('Overridden: False positive: nothing is there');
  const form = ownFormsOf(res.text).at(-1);
  expect(form).toMatchObject({ method: 'post', action: `${LINK}/send`, buttons: ['Record “Overridden”'] });
  expect(unlabelledFields(res.text)).toEqual([]);
  await request(app).head(LINK).set('cookie', SIGNED_IN);
  expect(record).not.toHaveBeenCalled();
});

test('the button records exactly that, once for each opening of the page', async () => {
  const { app, record } = house();
  const page = await open(app, LINK);
  const { once } = ownFormsOf(page.text).at(-1)?.fields ?? {};
  const res = await press(app, LINK, { once, reason: '' });
  expect([res.status, res.headers['location']]).toEqual([303, `/me/cases/${CASE}`]);
  expect(record.mock.calls[0]?.[0]).toMatchObject({
    caseId: CASE,
    disposition: 'overridden',
    reasonCode: 'false-positive',
    reason: undefined,
    disclosed: undefined,
    once,
  });
  const again = await open(app, LINK);
  expect(ownFormsOf(again.text).at(-1)?.fields['once']).not.toBe(once);
});

test('says what is on record now and would be replaced', async () => {
  const { app } = house({}, { ...RELEASED_CASE, disposition: 'accepted' });
  expect(plainText((await open(app, LINK)).text)).toContain('On record now: Accepted.');
});

test.each<readonly [string, CaseView]>([
  [
    'is on record already',
    { ...RELEASED_CASE, disposition: 'overridden', dispositionCode: 'false-positive' },
  ],
  ['has no result to answer', { ...RELEASED_CASE, state: 'failed', err: 'timeout' }],
])('a case that %s -> the case says so', async (_name, view) => {
  const res = await open(house({}, view).app, LINK);
  expect([res.status, res.headers['location']]).toEqual([303, `/me/cases/${CASE}`]);
});

test('nobody signed in -> signs in and comes back to the link', async () => {
  const res = await request(house().app).get(LINK).set('accept', 'text/html');
  expect(res.status).toBe(303);
  expect(decodeURIComponent(String(res.headers['location']))).toContain(LINK);
});

test('refused -> the page again with why, and what was typed', async () => {
  const reasons = [reasonOf('assurance-too-low', { assurance: 3 })];
  const { app } = house({ recordDisposition: () => Promise.reject(new NotPermitted(reasons, CASE)) });
  const res = await press(app, LINK, { once: ONCE, reason: 'Looked again' });
  expect(res.status).toBe(403);
  expect(plainText(res.text)).toContain('“Overridden” was not recorded');
  expect(res.text).toContain('>Looked again</textarea>');
});

test('another reason without words -> told on the page', async () => {
  const detail = 'Say in your own words what the other reason is.';
  const { app } = house({ recordDisposition: () => Promise.reject(new BadRequest(detail)) });
  const res = await press(app, sayHref(CASE, 'ignored', 'other'), { once: ONCE });
  expect([res.status, plainText(res.text).includes(detail)]).toEqual([400, true]);
});

test.each([
  ['a reason of another disposition', `/me/cases/${CASE}/say/accepted/false-positive`, 400],
  ['no reason at all', `/me/cases/${CASE}/say/accepted/send`, 405],
  ['a disposition that is none', `/me/cases/${CASE}/say/liked`, 400],
  ['a query', `${LINK}?patient=1`, 400],
  ['a case that is none', '/me/cases/c-1/say/accepted', 400],
])('%s -> %3$i', async (_name, path, status) => {
  expect((await open(house().app, path)).status).toBe(status);
});

test.each([
  ['without its name', {}, {}],
  ['with a name that is none', { once: 'x y' }, {}],
  ['from another site', { once: ONCE }, { origin: 'https://elsewhere.example' }],
])('a form %s -> refused, nothing recorded', async (_name, form, headers) => {
  const { app, record } = house();
  const res = await press(app, LINK, form).set(headers);
  expect(res.status).toBeGreaterThanOrEqual(400);
  expect(record).not.toHaveBeenCalled();
});

test('a case that is somebody else’s by now -> not found', async () => {
  const error = new BadRequest('x');
  const { app } = house({
    recordDisposition: () => Promise.reject(error),
    readMyCase: async () => undefined,
  });
  expect((await press(app, LINK, { once: ONCE })).status).toBe(404);
});
