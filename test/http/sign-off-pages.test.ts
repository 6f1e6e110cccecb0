import request from 'supertest';
import { GatewayError } from '../../src/domain/errors.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { logBookCsv } from '../../src/http/log-book-csv.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { aLogBook } from '../fakes/fake-due-flows.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';

const BENS = '/me/register/people/ben.adeyemi/log-book';
const CASE = 'c-00000000-0000-4000-8000-000000000012';
const PAGE = `${BENS}/sign/${CASE}/dops`;

function house(flows: Partial<Flows> = {}) {
  const base = fakeFlows();
  const sign = jest.fn(
    async (...said: Parameters<Flows['signLogBookCase']>) => await base.signLogBookCase(...said),
  );
  return { app: edgeApp({ flows: fakeFlows({ signLogBookCase: sign, ...flows }) }), sign };
}
const open = (path: string, app = house().app) => request(app).get(path).set('cookie', SIGNED_IN);
const send = (app: ReturnType<typeof edgeApp>, form: object, path = PAGE) =>
  request(app).post(`${path}/send`).set('cookie', SIGNED_IN).type('form').send(form);

test('the log-book leads to both forms for each case that waits for whoever looks', async () => {
  const hrefs = linksOf((await open(BENS)).text).map(({ href }) => href);
  expect(hrefs).toEqual(expect.arrayContaining([`${BENS}/sign/${CASE}/mini-cex`, PAGE]));
});

test.each([
  ['dops', 'DOPS: sign a case off', 'Safety of the patient'],
  ['mini-cex', 'mini-CEX: sign a case off', 'Reads the images'],
])('%s asks what that form asks', async (form, title, asked) => {
  const { text } = await open(`${BENS}/sign/${CASE}/${form}`);
  expect(textsOf(text, 'h1')).toEqual([title]);
  expect(plainText(text)).toContain(asked);
  expect(plainText(text)).toContain('No. 12 of Ben Adeyemi');
  expect(ownFormsOf(text).at(-1)?.action).toBe(`${BENS}/sign/${CASE}/${form}/send`);
  expect(unlabelledFields(text)).toEqual([]);
});

test('a form that is filled in is part of the sign-off', async () => {
  const { app, sign } = house();
  const form = { complexity: 'high', safety: '5', communication: '', overall: '4', feedback: ' Calm. ' };
  const res = await send(app, form);
  expect([res.status, res.headers['location']]).toEqual([303, BENS]);
  expect(sign.mock.calls[0]?.[0]).toMatchObject({
    practitioner: 'ben.adeyemi',
    caseId: CASE,
    assessment: { form: 'dops', complexity: 'high', ratings: { safety: 5, overall: 4 } },
    feedback: 'Calm.',
  });
});

test.each([
  ['without an overall rating', { safety: '5', overall: '' }],
  ['with a rating of no scale', { overall: '9' }],
  ['with a rating of the other form', { overall: '4', 'image-interpretation': '4' }],
  ['with too many words', { overall: '4', feedback: 'x'.repeat(501) }],
])('%s -> the form again, nothing signed', async (_name, form) => {
  const { app, sign } = house();
  const res = await send(app, form);
  expect([res.status, sign.mock.calls.length]).toEqual([400, 0]);
  expect(textsOf(res.text, 'h1')).toEqual(['DOPS: sign a case off']);
});

test('refused -> told on the form', async () => {
  const error = new GatewayError('conflict', { detail: 'This case is signed off already.' });
  const { app } = house({ signLogBookCase: () => Promise.reject(error) });
  const res = await send(app, { overall: '4' });
  expect([res.status, plainText(res.text).includes(error.detail)]).toEqual([409, true]);
});

test.each([
  ['a case that is not there', `${BENS}/sign/c-00000000-0000-4000-8000-000000000999/dops`, 404],
  ['a form that is none', `${BENS}/sign/${CASE}/osce`, 400],
])('%s -> %3$i', async (_name, path, status) => {
  expect((await open(path)).status).toBe(status);
});

test.each([
  ['somebody who does not supervise it', aLogBook(12, { isOwn: false, reader: 'somebody' as never })],
  ['the person themselves', aLogBook(12)],
])('%s has no form', async (_name, view) => {
  expect((await open(PAGE, house({ readLogBook: async () => view }).app)).status).toBe(404);
});

test('an assessment stands in the log-book, on paper and in the table', async () => {
  const view = aLogBook(1, { isOwn: false });
  const signedOff = {
    by: 'alice.osei',
    at: Date.UTC(2026, 2, 3),
    assessment: { form: 'mini-cex', complexity: 'low', ratings: { communication: 5, overall: 4 } },
    feedback: 'Well argued',
  } as const;
  const lines = view.book.lines.map((line) => ({ ...line, signedOff }));
  const assessed = { ...view, book: { ...view.book, lines } };
  const { app } = house({ readLogBook: async () => assessed, exportLogBook: async () => assessed });
  for (const path of [BENS, `${BENS}/print`]) {
    expect(plainText((await open(path, app)).text)).toContain('mini-CEX, 4 of 6 overall: Well argued');
  }
  expect(logBookCsv(assessed)).toContain('mini-cex,low,4,communication=5 overall=4,Well argued');
  const { assessment: _none, ...plain } = signedOff;
  const words = {
    ...assessed,
    book: { ...view.book, lines: lines.map((line) => ({ ...line, signedOff: plain })) },
  };
  expect(logBookCsv(words)).toContain(',,,,Well argued');
});
