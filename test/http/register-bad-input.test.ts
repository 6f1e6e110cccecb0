import request from 'supertest';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { DIGEST, proposalIn } from '../fakes/fake-register-flows.ts';

let performed: unknown;
const app = edgeApp({
  flows: fakeFlows({
    performAct: async ({ act }) => {
      performed = act;
      return proposalIn('applied');
    },
  }),
});
beforeEach(() => (performed = undefined));

const ACTS = '/api/register/acts';
const JSON_TYPE = { 'content-type': 'application/json' };
const DIGEST_OF = (letter: string): string => `sha256:${letter.repeat(64)}`;

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
const piece = { practitioner: 'bela.nagy', type: 'cct', happenedAt: '2026-01-01' };

async function send({ method = 'post', path = ACTS, body, headers = {} }: Row): Promise<request.Response> {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const type = method === 'post' ? JSON_TYPE : {};
  const asked = request(app)[method](path);
  return await asked.set({ cookie: SIGNED_IN, ...type, ...headers }).send(text);
}

describe('an act that is none', () => {
  test.each<Row>([
    { name: 'no JSON', body: '{"act":' },
    { name: 'a list', body: [] },
    { name: 'a text', body: '"suspend"' },
    { name: 'nothing', body: '{}', detail: 'act:' },
    { name: 'an act nobody knows', body: { act: 'delete-everything' } },
    { name: 'an act by the name of a method', body: { act: 'constructor' } },
    { name: 'a member nobody knows', body: { ...grant, sudo: true }, detail: 'sudo' },
    { name: 'a member of another act', body: { act: 'declare', statements: [], reason: 'x' } },
    {
      name: 'a member nobody knows further in',
      body: { act: 'attest-evidence', piece: { ...piece, recordedBy: 'x' } },
      detail: 'recordedBy',
    },
    { name: 'a member missing', body: { ...grant, until: undefined }, detail: 'until' },
    {
      name: 'a day written otherwise',
      body: { ...grant, from: '03/04/2026' },
      detail: 'from: must be a date',
    },
    { name: 'a day that is none', body: { ...grant, from: '2026-02-30' }, detail: 'from: must be a date' },
    {
      name: 'a day as a number',
      body: { ...grant, from: 1_772_000_000_000 },
      detail: 'from: must be a date',
    },
    {
      name: 'a time without a zone',
      body: { ...grant, from: '2026-03-03T09:30:00' },
      detail: 'from: must be a date',
    },
    {
      name: 'version "latest"',
      body: { ...grant, version: 'latest' },
      detail: 'version: must be an exact version',
    },
    { name: 'a person that climbs', body: { ...grant, practitioner: '../admin' }, detail: 'practitioner:' },
    {
      name: 'a function that is no approval’s',
      body: { ...grant, functions: ['everything'] },
      detail: 'functions.0',
    },
    {
      name: 'a reason of two lines',
      body: { act: 'suspend', practitioner: 'a', reason: 'x\ny' },
      detail: 'reason:',
    },
    {
      name: 'a reason of blanks',
      body: { act: 'suspend', practitioner: 'a', reason: ' ' },
      detail: 'reason:',
    },
    {
      name: 'a text that ends in half a letter',
      body: `{"act":"suspend","practitioner":"a","reason":"\\ud83d"}`,
      detail: 'reason:',
    },
    {
      name: 'credits that are no number',
      body: { act: 'log-cpd', title: 'x', credits: '5', happenedAt: '2026-01-01' },
      detail: 'credits',
    },
    { name: 'a statement nobody made up', body: { act: 'declare', statements: ['was-good'] } },
    {
      name: 'a person without an id',
      body: { act: 'add-practitioner', practitioner: { name: 'x' } },
      detail: 'practitioner.id',
    },
    { name: 'an import of nothing', body: { act: 'import', changes: [] }, detail: 'changes' },
    {
      name: 'a change that writes and takes back',
      body: { act: 'import', changes: [{ kind: 'plan', id: 'P', record: {}, removed: true, reason: 'x' }] },
    },
    {
      name: 'a kind nobody keeps',
      body: { act: 'import', changes: [{ kind: 'secret', id: 'P', record: {} }] },
    },
    {
      name: 'a record that nests and nests',
      body: `{"act":"add-practitioner","practitioner":{"id":"a","scope":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`,
      detail: 'nests too deep',
    },
    {
      name: 'more than 64 KiB',
      body: { act: 'suspend', practitioner: 'a', reason: 'x'.repeat(64 * 1024) },
      status: 413,
      code: 'payload-too-large',
    },
    {
      name: 'a form',
      body: 'act=declare',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      status: 415,
      code: 'unsupported-media-type',
    },
    {
      name: 'a compressed body',
      body: 'x',
      headers: { 'content-encoding': 'gzip' },
      status: 415,
      code: 'unsupported-media-type',
    },
    { name: 'a query', path: `${ACTS}?force=true`, body: grant },
  ])('$name', async (row) => {
    const res = await send(row);
    expectProblem(res, row.status ?? 400, row.code ?? 'bad-request');
    if (row.detail !== undefined) expect(res.body.detail).toContain(row.detail);
    expect(performed).toBeUndefined();
  });

  test('a prototype is a member like any other, which the register knows nothing of', async () => {
    const body = '{"act":"declare","statements":[],"__proto__":{"act":"import"}}';
    expectProblem(await send({ name: '', body }), 400, 'bad-request');
  });
});

describe('addresses that lead nowhere', () => {
  test.each<Row>([
    { name: 'the root', method: 'get', path: '/api/register', status: 404, code: 'not-found' },
    {
      name: 'a slash at the end',
      method: 'get',
      path: '/api/register/evidence/',
      status: 404,
      code: 'not-found',
    },
    {
      name: 'a kind nobody keeps',
      method: 'get',
      path: '/api/register/patients',
      status: 404,
      code: 'not-found',
    },
    {
      name: 'a record of a kind nobody keeps',
      method: 'get',
      path: '/api/register/patients/1',
      status: 404,
      code: 'not-found',
    },
    {
      name: 'the inner name of a kind',
      method: 'get',
      path: '/api/register/model-version',
      status: 404,
      code: 'not-found',
    },
    {
      name: 'a table of a kind nobody keeps',
      method: 'get',
      path: '/api/register/export/patients.csv',
      status: 404,
      code: 'not-found',
    },
    {
      name: 'a table of another type',
      method: 'get',
      path: '/api/register/export/evidence.xlsx',
      status: 404,
      code: 'not-found',
    },
    { name: 'an id that climbs', method: 'get', path: '/api/register/evidence/..%2f..%2fetc' },
    { name: 'an id that begins with a mark', method: 'get', path: '/api/register/evidence/~root' },
    { name: 'an id of 193 characters', method: 'get', path: `/api/register/evidence/${'a'.repeat(193)}` },
    { name: 'a malformed escape', method: 'get', path: '/api/register/evidence/%E0%A4%A' },
    { name: 'a digest that is none', method: 'get', path: '/api/register/proposals/sha256:xyz' },
    {
      name: 'a digest in capitals',
      method: 'post',
      path: `/api/register/proposals/${DIGEST_OF('A')}/confirm`,
      body: '{}',
    },
    { name: 'limit 0', method: 'get', path: '/api/register/evidence?limit=0' },
    { name: 'limit 501', method: 'get', path: '/api/register/evidence?limit=501' },
    { name: 'a cursor that is none', method: 'get', path: '/api/register/evidence?cursor=%2e%2e%2f' },
    { name: 'a person that is none', method: 'get', path: '/api/register/evidence?practitioner=' },
    { name: 'a parameter nobody knows', method: 'get', path: '/api/register/evidence?name=Smith' },
    {
      name: 'a dry run in words',
      method: 'post',
      path: '/api/register/import/evidence.csv?dry-run=yes',
      headers: { 'content-type': 'text/csv' },
      body: 'id',
    },
    {
      name: 'a table as JSON',
      method: 'post',
      path: '/api/register/import/evidence.csv',
      body: '{}',
      status: 415,
      code: 'unsupported-media-type',
    },
    {
      name: 'a table in another code page',
      method: 'post',
      path: '/api/register/import/evidence.csv',
      headers: { 'content-type': 'text/csv; charset="windows-1252"' },
      body: 'id',
      status: 415,
      code: 'unsupported-media-type',
      detail: 'UTF-8',
    },
    {
      name: 'a table larger than is taken here',
      method: 'post',
      path: '/api/register/import/evidence.csv',
      headers: { 'content-type': 'text/csv' },
      body: 'x'.repeat(100_001),
      status: 413,
      code: 'payload-too-large',
    },
  ])('$name', async (row) => {
    const res = await send(row);
    expectProblem(res, row.status ?? 400, row.code ?? 'bad-request');
    if (row.detail !== undefined) expect(res.body.detail).toContain(row.detail);
  });

  test.each([
    { method: 'get', path: ACTS, allow: 'POST, OPTIONS' },
    { method: 'put', path: '/api/register/evidence/E-1', allow: 'GET, HEAD, OPTIONS' },
    { method: 'delete', path: '/api/register/evidence/E-1', allow: 'GET, HEAD, OPTIONS' },
    { method: 'patch', path: '/api/register/practitioners', allow: 'GET, HEAD, OPTIONS' },
    { method: 'post', path: '/api/register/proposals', allow: 'GET, HEAD, OPTIONS' },
    { method: 'get', path: `/api/register/proposals/${DIGEST}/confirm`, allow: 'POST, OPTIONS' },
    { method: 'get', path: '/api/register/import/evidence.csv', allow: 'POST, OPTIONS' },
  ] as const)('$method $path -> 405', async ({ method, path, allow }) => {
    const res = await send({ name: '', method, path, headers: JSON_TYPE });
    expectProblem(res, 405, 'method-not-allowed');
    expect(res.headers['allow']).toBe(allow);
  });
});
