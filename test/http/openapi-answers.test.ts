import request from 'supertest';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { CASE } from '../fakes/fake-flows.ts';
import { faultsOf, type Answered } from './openapi-reader.ts';

const app = edgeApp();
const get = (path: string): request.Test => request(app).get(path).set('cookie', SIGNED_IN);
const post = (path: string): request.Test => request(app).post(path).set('cookie', SIGNED_IN);
const unknown = (path: string): request.Test => request(app).get(path);

async function answered(asked: request.Test): Promise<Answered> {
  const { status, headers, body } = await asked;
  return { status, type: String(headers['content-type']).replace(/;.*/, ''), body };
}

describe('an answer is what the document says of its operation', () => {
  test.each<{ id: string; asked: () => request.Test; status: number }>([
    { id: 'listModels', asked: () => get('/api/models'), status: 200 },
    { id: 'listModels', asked: () => get('/api/models?study=x'), status: 400 },
    { id: 'listModels', asked: () => unknown('/api/models'), status: 401 },
    { id: 'readCase', asked: () => get(`/api/cases/${CASE}`), status: 200 },
    { id: 'readCase', asked: () => get('/api/cases/x'), status: 400 },
    { id: 'listRecords', asked: () => get('/api/register/evidence'), status: 200 },
    { id: 'performAct', asked: () => post('/api/register/acts').send({ act: 'x' }), status: 400 },
    { id: 'performAct', asked: () => post('/api/register/acts').type('text/csv').send('x'), status: 415 },
    { id: 'modelReadyWithoutVersion', asked: () => get('/v2/models/lung/ready'), status: 400 },
    { id: 'modelMetadata', asked: () => unknown('/v2/models/lung'), status: 401 },
    { id: 'chat', asked: () => post('/v1/chat/completions').send({}), status: 400 },
    { id: 'listChatModels', asked: () => unknown('/v1/models'), status: 401 },
    { id: 'labelInfo', asked: () => unknown('/monai/info/'), status: 401 },
  ])('$id -> $status', async ({ id, asked, status }) => {
    const answer = await answered(asked());
    expect(answer.status).toBe(status);
    expect(faultsOf(id, answer)).toEqual([]);
  });
});

describe('an answer that the document does not say is found out', () => {
  const problem = {
    type: 'urn:countersign:problem:not-found',
    title: 'There is nothing here',
    status: 404,
    code: 'not-found',
    reasons: [],
    requestId: 'r-1',
  };
  const reason = { code: 'not-released', text: 'It is not released.', remedy: 'Ask for it.' };
  const good: Answered = { status: 404, type: 'application/problem+json', body: problem };
  const { title: _title, ...untitled } = problem;

  test('one that it says has no fault', () => {
    expect(faultsOf('readCase', good)).toEqual([]);
    expect(faultsOf('readCase', { ...good, body: { ...problem, reasons: [reason] } })).toEqual([]);
  });

  test.each<{ name: string; id?: string; answer: Partial<Answered>; fault: RegExp }>([
    { name: 'an operation that is not there', id: 'readNothing', answer: {}, fault: /^no operation/ },
    { name: 'a status of another operation', answer: { status: 409 }, fault: /^no status 409$/ },
    { name: 'another type', answer: { type: 'application/json' }, fault: /^no type application\/json$/ },
    { name: 'a field too few', answer: { body: untitled }, fault: /^title: / },
    { name: 'a field too many', answer: { body: { ...problem, stack: 'at x' } }, fault: /stack/ },
    { name: 'a code that no problem has', answer: { body: { ...problem, code: 'oops' } }, fault: /^code: / },
    {
      name: 'a code of another status',
      answer: { body: { ...problem, code: 'conflict' } },
      fault: /^no code conflict$/,
    },
    {
      name: 'a reason that is none, two references deep',
      answer: { body: { ...problem, reasons: [{ ...reason, code: 'because' }] } },
      fault: /^reasons\.0\.code: /,
    },
  ])('$name', ({ id = 'readCase', answer, fault }) => {
    expect(faultsOf(id, { ...good, ...answer })).toContainEqual(expect.stringMatching(fault));
  });
});
