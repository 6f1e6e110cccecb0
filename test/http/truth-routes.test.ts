import request from 'supertest';
import { NotPermitted } from '../../src/domain/errors.ts';
import { readTruthTable } from '../../src/http/truth-table.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { faultOf } from '../fakes/fault-of.ts';

const app = edgeApp();
const json = (body: object, over = app) =>
  request(over).post('/api/truth').set('cookie', SIGNED_IN).send(body);
const table = (text: string, type = 'text/csv') =>
  request(app).post('/api/truth').set('cookie', SIGNED_IN).set('content-type', type).send(text);
const ROW = { accession: 'A1', source: 'report', verdict: 'positive' };

async function rowsIn(text: string | Uint8Array, bounds = { maxBytes: 10_000, maxRows: 10 }, piece = 7) {
  const bytes = Buffer.from(text);
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += piece)
      yield await Promise.resolve(bytes.subarray(at, at + piece));
  })();
  const rows: unknown[] = [];
  for await (const row of readTruthTable(pieces, bounds)) rows.push(row);
  return rows;
}

test('a list: each row is told', async () => {
  const res = await json({ rows: [ROW, { ...ROW, accession: 'A2', date: '2026-03-03', code: 'RID1' }] });
  expect([res.status, res.headers['cache-control']]).toEqual([200, 'no-store']);
  expect(res.body).toEqual({
    counts: { recorded: 2, known: 0, overtaken: 0, unmatched: 0, faulty: 0 },
    rows: [
      { row: 1, outcome: 'recorded' },
      { row: 2, outcome: 'recorded' },
    ],
  });
});

test.each([
  ['no rows', { rows: [] }],
  ['neither study nor accession', { rows: [{ source: 'report', verdict: 'positive' }] }],
  ['both', { rows: [{ ...ROW, study: '1.2.3' }] }],
  ['a word that is no code', { rows: [{ ...ROW, code: 'Mary Smith' }] }],
  ['an unknown verdict', { rows: [{ ...ROW, verdict: 'maybe' }] }],
  ['no day', { rows: [{ ...ROW, date: '2026-02-30' }] }],
  ['a patient', { rows: [{ ...ROW, patientId: 'P-1' }] }],
  ['too many', { rows: Array.from({ length: 1_001 }, () => ROW) }],
])('a list with %s -> 400', async (_name, body) => {
  expect((await json(body)).status).toBe(400);
});

test('a table: rows in any order of columns, blank ones passed over, faulty ones told by number only', async () => {
  const text =
    '\uFEFFverdict,source,accession,study,code\r\npositive,report,A1,,\r\n\r\nmaybe,mdt,A2,,Mary Smith\r\nnegative,pathology,,1.2.3,RID1\r\nnegative,mdt,A1,1.2.3,\r\n';
  const res = await table(text);
  expect(res.status).toBe(200);
  expect(res.body.rows).toEqual([
    { row: 2, outcome: 'recorded' },
    { row: 4, outcome: 'faulty', message: 'cannot be read: verdict, code' },
    { row: 5, outcome: 'recorded' },
    { row: 6, outcome: 'faulty', message: 'must name a study or an accession number, one of the two' },
  ]);
  expect(JSON.stringify(res.body)).not.toContain('Mary');
});

test.each([
  ['another type', 'text/plain', 415],
  ['another charset', 'text/csv; charset=utf-16', 415],
])('%s -> %3$i', async (_name, type, status) => {
  expect((await table('source,verdict\n', type)).status).toBe(status);
});

test('nobody signed in, or somebody who may not -> refused before a row is read', async () => {
  expect(
    (
      await request(app)
        .post('/api/truth')
        .send({ rows: [ROW] })
    ).status,
  ).toBe(401);
  const recordTruth = () => Promise.reject(new NotPermitted([]));
  expect((await json({ rows: [ROW] }, edgeApp({ flows: fakeFlows({ recordTruth }) }))).status).toBe(403);
});

test('from another site with a session -> refused', async () => {
  expect((await json({ rows: [ROW] }).set('origin', 'https://elsewhere.example')).status).toBe(403);
});

test('a table comes in pieces of any size, cut anywhere', async () => {
  const text = 'accession,source,verdict\n"A,1",report,positive\n\'=1,mdt,negative\n';
  const wanted = [
    { row: 2, truth: { accession: 'A,1', source: 'report', verdict: 'positive' } },
    { row: 3, truth: { accession: '=1', source: 'mdt', verdict: 'negative' } },
  ];
  for (const piece of [1, 2, 3, 100]) expect(await rowsIn(text, undefined, piece)).toEqual(wanted);
});

test.each([
  ['nothing', '', 'bad-request'],
  ['no such columns', 'name,verdict,source\n', 'bad-request'],
  ['a column twice', 'source,verdict,source\n', 'bad-request'],
  ['no verdict', 'source,accession\n', 'bad-request'],
  ['an open quotation mark', 'source,verdict\n"report,positive\n', 'bad-request'],
  ['a row without an end', `source,verdict\n${'x'.repeat(9_000)}`, 'bad-request'],
  ['other bytes than UTF-8', Buffer.from([0x73, 0xff, 0xfe, 0x0a]), 'bad-request'],
  ['a letter cut at the end', Buffer.from('source,verdict\n\u00e9').subarray(0, -1), 'bad-request'],
  [
    'more bytes than there may be',
    `source,verdict\n${'report,positive\n'.repeat(1_000)}`,
    'payload-too-large',
  ],
  ['more rows than there may be', `source,verdict\n${'report,positive\n'.repeat(11)}`, 'payload-too-large'],
])('a table of %s -> %3$s', async (_name, text, code) => {
  expect(await faultOf(rowsIn(text))).toMatchObject({ code });
});

test('a cell beyond the header is told', async () => {
  expect(await rowsIn('source,verdict,accession\nreport,positive,A1,x\n')).toEqual([
    { row: 2, fault: 'has a cell without a heading' },
  ]);
});

test('a body that is cut -> its fault', async () => {
  const cut = (async function* () {
    yield await Promise.resolve(Buffer.from('source,verdict\n'));
    throw new Error('cut');
  })();
  const read = (async () => {
    for await (const _row of readTruthTable(cut, { maxBytes: 99, maxRows: 9 })) continue;
  })();
  await expect(read).rejects.toThrow('cut');
});
