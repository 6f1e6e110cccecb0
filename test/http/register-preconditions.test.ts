import request from 'supertest';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { proposalIn } from '../fakes/fake-register-flows.ts';

let performed: unknown;
const app = edgeApp({
  flows: fakeFlows({
    performAct: async ({ act, ifMatch }) => {
      performed = { act: act.act, ifMatch };
      return proposalIn('applied');
    },
  }),
});
beforeEach(() => (performed = undefined));

const ACTS = '/api/register/acts';
const JSON_TYPE = { 'content-type': 'application/json' };

interface Row {
  readonly name: string;
  readonly method?: 'get' | 'post' | 'put' | 'delete' | 'patch';
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly status?: number;
  readonly code?: string;
  readonly detail?: string;
}

const grant = {
  act: 'grant-approval',
  practitioner: 'bela.nagy',
  model: 'lung-nodule',
  version: '2.1.0',
  functions: ['detection'],
  mode: 'independent',
  from: '2026-03-03',
  until: '2027-03-03',
};

async function send({ method = 'post', path = ACTS, body, headers = {} }: Row): Promise<request.Response> {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const type = method === 'post' ? JSON_TYPE : {};
  const asked = request(app)[method](path);
  return await asked.set({ cookie: SIGNED_IN, ...type, ...headers }).send(text);
}

describe('which state of a record an act is meant for', () => {
  const end = { act: 'end-approval', id: 'A-1', reason: 'Left.' };
  const add = { act: 'add-practitioner', practitioner: { id: 'new.person' } };

  test.each([
    {
      name: 'a change',
      body: end,
      headers: { 'if-match': '"7-abc"' },
      ifMatch: { kind: 'approval', id: 'A-1', etag: '7-abc' },
    },
    { name: 'something new', body: add, headers: {}, ifMatch: undefined },
    {
      name: 'something that must be new',
      body: add,
      headers: { 'if-none-match': ' * ' },
      ifMatch: { kind: 'practitioner', id: 'new.person', etag: '' },
    },
    { name: 'something without a name', body: grant, headers: {}, ifMatch: undefined },
  ])('$name', async ({ body, headers, ifMatch }) => {
    expect((await send({ name: '', body, headers })).status).toBe(201);
    expect(performed).toEqual({ act: body.act, ifMatch });
  });

  test.each<Row>([
    {
      name: 'a change without it',
      body: end,
      status: 428,
      code: 'precondition-required',
      detail: 'approval A-1',
    },
    {
      name: 'a change of whatever it is',
      body: end,
      headers: { 'if-match': '*' },
      status: 428,
      code: 'precondition-required',
    },
    { name: 'a weak tag', body: end, headers: { 'if-match': 'W/"7"' } },
    { name: 'two tags', body: end, headers: { 'if-match': '"7", "8"' } },
    { name: 'no quotes', body: end, headers: { 'if-match': '7-abc' } },
    {
      name: 'an empty tag, which would mean a record that is not there',
      body: end,
      headers: { 'if-match': '""' },
    },
    { name: 'a change that must be new', body: end, headers: { 'if-none-match': '*' } },
    { name: 'If-Match for something new', body: add, headers: { 'if-match': '"7"' } },
    { name: 'If-None-Match with a tag', body: add, headers: { 'if-none-match': '"7"' } },
    { name: 'If-None-Match for something without a name', body: grant, headers: { 'if-none-match': '*' } },
  ])('$name is refused', async (row) => {
    const res = await send(row);
    expectProblem(res, row.status ?? 400, row.code ?? 'bad-request');
    if (row.detail !== undefined) expect(res.body.detail).toContain(row.detail);
    expect(performed).toBeUndefined();
  });

  test('a malformed list of tags at a record', async () => {
    const res = await send({
      name: '',
      method: 'get',
      path: '/api/register/evidence/E-1:a@b~c',
      headers: { 'if-none-match': 'abc' },
    });
    expectProblem(res, 400, 'bad-request');
  });
});
