import request, { type Test } from 'supertest';
import { DOMParser } from '@xmldom/xmldom';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { PUBLIC_URL } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { SESSION } from '../fakes/inference-house.ts';
import { workitemApp } from '../fakes/workitem-app.ts';
import { aWorkitemDraft, el } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse, type WorkitemHouse } from '../fakes/workitem-house.ts';

const BASE = `${PUBLIC_URL}/dicom-web`;
const ONE = '/dicom-web/workitems/1.5.1';
const WARNING = (text: string): string => `299 ${BASE}: ${text}`;
let house: WorkitemHouse;
let http: ReturnType<typeof request>;
beforeEach(() => {
  house = createWorkitemHouse();
  http = request(workitemApp(house));
});

const as = (token: string, test: Test): Test => test.set('Authorization', `Bearer ${token}`);
const send = (test: Test, dataset: DicomJsonObject): Test =>
  test.set('Content-Type', 'application/dicom+json').send(JSON.stringify([dataset]));
const create = (query = '?1.5.1', token = 'operator') =>
  send(as(token, http.post(`/dicom-web/workitems${query}`)), aWorkitemDraft());

beforeEach(async () => {
  await create();
});

test('one, in JSON, with its state', async () => {
  const answer = await as('operator', http.get(ONE));
  expect(answer.headers).toMatchObject({
    'content-type': 'application/dicom+json',
    'cache-control': 'no-store',
    'gateway-origin': 'gateway',
  });
  const [workitem]: DicomJsonObject[] = JSON.parse(bodyOf(answer));
  expect(workitem).toMatchObject({ ...aWorkitemDraft(), '00080018': el('UI', '1.5.1') });
  const head = await as('operator', http.head(ONE));
  expect([head.status, head.headers['content-length']]).toEqual([200, answer.headers['content-length']]);
});

test.each([
  ['application/dicom+xml', /^application\/dicom\+xml$/],
  [
    'multipart/related; type="application/dicom+xml"',
    /^multipart\/related; type="application\/dicom\+xml"; boundary=/,
  ],
])('one, as %s', async (accept, type) => {
  const answer = await as('operator', http.get(ONE)).set('Accept', accept).buffer(true).parse(whole);
  expect(answer.headers['content-type']).toMatch(type);
  const xml = /<\?xml[\s\S]*<\/NativeDicomModel>/.exec(bodyOf(answer))?.[0] ?? '';
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  const tags = [...document.getElementsByTagName('DicomAttribute')].map((one) => one.getAttribute('tag'));
  expect(tags).toEqual(expect.arrayContaining(['00741000', '00080018', '00741210']));
});

test('a search, in either form, and one that finds nothing', async () => {
  await create('?1.5.2', 'rcai');
  const rows = async (token: string, query: string): Promise<readonly DicomJsonObject[]> =>
    JSON.parse(bodyOf(await as(token, http.get(`/dicom-web/workitems${query}`))));
  expect(await rows('operator', '?ProcedureStepState=SCHEDULED')).toHaveLength(1);
  expect(await rows('rcai', '')).toHaveLength(2);
  expect(await rows('rcai', '?ProcedureStepState=COMPLETED')).toEqual([]);
  const some = await as('rcai', http.get('/dicom-web/workitems?limit=1'));
  expect(some.headers['warning']).toBe(WARNING('There are additional results that can be requested.'));
  const fuzzy = await as('rcai', http.get('/dicom-web/workitems?fuzzymatching=true'));
  expect(fuzzy.headers['warning']).toMatch(/: The fuzzymatching parameter is not supported\./);
  const accept = 'application/dicom+xml';
  const xml = await as('rcai', http.get('/dicom-web/workitems')).set('Accept', accept);
  expect(xml.headers['content-type']).toMatch(/^multipart\/related/);
  const none = await as('rcai', http.get('/dicom-web/workitems?PatientID=x')).set('Accept', accept);
  expect(none.status).toBe(204);
});

test.each(['image/png', 'text/html'])('not as %s', async (accept) => {
  expectProblem(await as('operator', http.get(ONE)).set('Accept', accept), 406, 'not-acceptable');
  const search = as('operator', http.get('/dicom-web/workitems')).set('Accept', accept);
  expectProblem(await search, 406, 'not-acceptable');
});

test.each(['?limit=x', '?NoSuchKeyword=1', '?limit=1&limit=2'])('a search for %s is told', async (query) => {
  expectProblem(await as('operator', http.get(`/dicom-web/workitems${query}`)), 400, 'bad-request');
});

test('a browser with a session reads, and changes from our own pages only', async () => {
  const cookie = `${SESSION_COOKIE}=${SESSION}`;
  expect((await http.get(ONE).set('Cookie', cookie)).status).toBe(200);
  const cancel = (): Test => http.post(`${ONE}/cancelrequest`).set('Cookie', cookie);
  expectProblem(await cancel().set('Origin', 'https://evil.example'), 403, 'same-origin-required');
  expect((await cancel().set('Origin', PUBLIC_URL)).status).toBe(202);
});

/** A multipart as it came: the client would take it for a form. */
const whole: Parameters<Test['parse']>[0] = (res, done) => {
  const pieces: Buffer[] = [];
  res.on('data', (piece: Buffer) => pieces.push(piece));
  res.on('end', () => done(null, Buffer.concat(pieces)));
};

/** Whatever type it is of. */
function bodyOf(answer: { readonly body: unknown; readonly text?: string | undefined }): string {
  return Buffer.isBuffer(answer.body) ? answer.body.toString() : (answer.text ?? '');
}
