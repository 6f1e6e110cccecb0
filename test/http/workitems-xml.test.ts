import request, { type Test } from 'supertest';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { nativeDicomModel } from '../../src/domain/dicom/native-dicom-model.ts';
import { MAX_BODY_BYTES } from '../../src/domain/dicom/parse-workitem.ts';
import { readXmlDataset } from '../../src/domain/dicom/read-xml-dataset.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { workitemApp } from '../fakes/workitem-app.ts';
import { aWorkitemDraft, el, performed, toState } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse, KEY, PERFORMER, type WorkitemHouse } from '../fakes/workitem-house.ts';

const XML = 'application/dicom+xml';
const ONE = '/dicom-web/workitems/1.5.1';
let house: WorkitemHouse;
let http: ReturnType<typeof request>;
beforeEach(() => {
  house = createWorkitemHouse();
  http = request(workitemApp(house));
});

const as = (token: string, test: Test): Test => test.set('Authorization', `Bearer ${token}`);
const send = (test: Test, dataset: DicomJsonObject, type = XML): Test =>
  test.set('Content-Type', type).send(nativeDicomModel(dataset));
const create = (type = XML): Test =>
  send(as('operator', http.post('/dicom-web/workitems?1.5.1')), aWorkitemDraft(), type);

test('a whole life in XML: created, claimed, updated, completed and read', async () => {
  expect((await create()).status).toBe(201);
  const state = (to: string): Test =>
    send(as(PERFORMER, http.put(`${ONE}/state`)), toState(to, KEY), `${XML}; charset=utf-8`);
  expect((await state('IN PROGRESS')).status).toBe(200);
  await house.store('1.7.1');
  const update = send(as(PERFORMER, http.post(`${ONE}?${KEY}`)), performed('1.7.1'), 'text/xml');
  expect((await update).status).toBe(200);
  expect((await state('COMPLETED')).status).toBe(200);
  const answer = await as('operator', http.get(ONE)).set('Accept', XML).buffer(true).parse(whole);
  expect(answer.headers['content-type']).toBe(XML);
  const read = readXmlDataset(String(answer.body));
  expect(read).toMatchObject({ ...aWorkitemDraft(), '00741000': el('CS', 'COMPLETED') });
  const json = await as('operator', http.get(ONE)).buffer(true).parse(whole);
  expect(read).toEqual(JSON.parse(String(json.body))[0]);
});

test('the same workitem is kept whichever way it came', async () => {
  await create();
  const [inXml] = house.workitems.all();
  house = createWorkitemHouse();
  http = request(workitemApp(house));
  await as('operator', http.post('/dicom-web/workitems?1.5.1'))
    .set('Content-Type', 'application/json')
    .send(JSON.stringify(aWorkitemDraft()));
  expect(house.workitems.all()).toEqual([inXml]);
});

test('the parameter `accept` goes before the header', async () => {
  await create();
  const ask = (query: string): Test =>
    as('operator', http.get(`${ONE}?${query}`)).set('Accept', 'application/dicom+json');
  expect((await ask('accept=application/dicom+xml')).headers['content-type']).toBe(XML);
  expect((await ask('accept=image/png')).headers['content-type']).toBe('application/dicom+json');
  const search = as('operator', http.get('/dicom-web/workitems?accept=application%2Fdicom%2Bxml'));
  expect((await search).headers['content-type']).toMatch(/^multipart\/related/);
});

test('a cancellation is asked for in XML, with its reason', async () => {
  await create();
  const asked = send(as('operator', http.post(`${ONE}/cancelrequest`)), { '00741238': el('LT', 'Twice') });
  expect((await asked).status).toBe(202);
});

test.each([
  ['of another character set', () => create(`${XML}; charset=iso-8859-1`), 415, 'unsupported-media-type'],
  ['in parts', () => create(`multipart/related; type="${XML}"; boundary=x`), 415, 'unsupported-media-type'],
  ['compressed', () => create().set('Content-Encoding', 'gzip'), 415, 'unsupported-media-type'],
  ['said to be JSON', () => create('application/dicom+json'), 400, 'bad-request'],
  [
    'with a document type',
    () =>
      as('operator', http.post('/dicom-web/workitems'))
        .set('Content-Type', XML)
        .send(
          '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><NativeDicomModel>&a;</NativeDicomModel>',
        ),
    400,
    'bad-request',
  ],
  [
    'too large',
    () =>
      as('operator', http.post('/dicom-web/workitems'))
        .set('Content-Type', XML)
        .send(' '.repeat(MAX_BODY_BYTES.xml + 1)),
    413,
    'payload-too-large',
  ],
  ['by nobody', () => send(http.post('/dicom-web/workitems?1.5.1'), aWorkitemDraft()), 401, 'not-identified'],
])('XML %s is refused, and nothing is kept', async (_name, ask, status, code) => {
  expectProblem(await ask(), status, code);
  expect(house.workitems.all()).toEqual([]);
  expect(house.kinds()).toEqual([]);
});

/** As it came: the client would not know the type. */
const whole: Parameters<Test['parse']>[0] = (res, done) => {
  const pieces: Buffer[] = [];
  res.on('data', (piece: Buffer) => pieces.push(piece));
  res.on('end', () => done(null, Buffer.concat(pieces)));
};
