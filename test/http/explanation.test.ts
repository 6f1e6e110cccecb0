import request from 'supertest';
import type { z } from 'zod';
import { GatewayError } from '../../src/domain/errors.ts';
import { couldUse, explanation } from '../../src/http/explanation-schemas.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { explainedCase } from '../fakes/fake-explanation-flows.ts';
import { ALICE, CASE, fakeFlows, STUDY } from '../fakes/fake-flows.ts';
import { linksOf, plainText, textsOf } from '../fakes/page-text.ts';

const app = edgeApp();
const get = (path: string, over = app): request.Test => request(over).get(path).set('cookie', SIGNED_IN);
const WHO = '/api/register/who-could-use?model=lung-nodule&version=2.1.0';

test.each<{ readonly path: string; readonly schema: z.ZodType }>([
  { path: `/api/cases/${CASE}/explanation`, schema: explanation },
  { path: `${WHO}&on=2026-03-10`, schema: couldUse },
  { path: `${WHO}&on=2026-03-10&known=now&site=general`, schema: couldUse },
])('GET $path answers what its document says', async ({ path, schema }) => {
  const res = await get(path);
  expect([res.status, res.headers['cache-control']]).toEqual([200, 'no-store']);
  expect(schema.safeParse(res.body).error?.issues).toBeUndefined();
});

test.each([
  { path: `/api/cases/${CASE}/explanation`, code: 'not-identified', cookie: 'x=y' },
  { path: `/me/cases/${CASE}/explanation`, code: undefined, cookie: 'x=y' },
  { path: '/api/cases/nonsense/explanation', code: 'bad-request', cookie: SIGNED_IN },
  { path: `/api/cases/${CASE}/explanation?x=1`, code: 'bad-request', cookie: SIGNED_IN },
  { path: `/api/cases/${CASE.replace(/1$/, '9')}/explanation`, code: 'not-found', cookie: SIGNED_IN },
  { path: WHO, code: 'bad-request', cookie: SIGNED_IN },
  { path: `${WHO}&on=yesterday`, code: 'bad-request', cookie: SIGNED_IN },
  { path: `${WHO}&on=2026-02-30`, code: 'bad-request', cookie: SIGNED_IN },
  { path: `${WHO}&on=2026-03-10&known=never`, code: 'bad-request', cookie: SIGNED_IN },
  {
    path: '/api/register/who-could-use?model=m&version=latest&on=2026-03-10',
    code: 'bad-request',
    cookie: SIGNED_IN,
  },
])('GET $path -> $code', async ({ path, code, cookie }) => {
  const res = await request(app).get(path).set('cookie', cookie);
  if (code === undefined) expect(res.status).not.toBe(200);
  else expect(res.body.code).toBe(code);
});

describe('who could use a version', () => {
  const moments: unknown[] = [];
  const asking = edgeApp({
    timeZone: 'Europe/London',
    flows: fakeFlows({
      whoCouldUse: async ({ at, known, site }) => {
        moments.push([new Date(at).toISOString(), known, site]);
        return await Promise.reject(new GatewayError('not-found'));
      },
    }),
  });
  beforeEach(() => moments.splice(0));

  test.each([
    { query: 'on=2026-03-03', asked: ['2026-03-03T23:59:59.999Z', 'then', undefined] },
    { query: 'on=2026-07-03', asked: ['2026-07-03T22:59:59.999Z', 'then', undefined] },
    { query: 'on=2026-03-03T09:30:00Z&known=now', asked: ['2026-03-03T09:30:00.000Z', 'now', undefined] },
    { query: 'on=2026-03-03&site=general', asked: ['2026-03-03T23:59:59.999Z', 'then', 'general'] },
  ])('$query asks for $asked: a day is its last moment here', async ({ query, asked }) => {
    await get(`${WHO}&${query}`, asking);
    expect(moments).toEqual([asked]);
  });
});

describe('the page', () => {
  test('says of each decision what was asked, what came of it, why, and whether it is so again', async () => {
    const { text, status, headers } = await get(`/me/cases/${CASE}/explanation`);
    expect([status, headers['case-id']]).toEqual([200, CASE]);
    expect(textsOf(text, 'h1')).toEqual(['Why was this unlocked or locked?']);
    const said = plainText(text);
    for (const sentence of [
      'Detection: lung-nodule 2.1.0.',
      'At least one decision comes out otherwise now',
      'May Dr Rae Radiologist have detection by lung-nodule 2.1.0 on a study (CT, chest) at general?',
      'Same again Decided again from the register, the policy and the study as they stood, it comes out the same.',
      'No result was let out.',
      'wrong side',
      'Series that was named CT, slices not stated, tube 120 kV',
      'it comes out otherwise: the answer, the reasons. Now: Unlocked.',
      'because this was erased: their login, the patient’s age.',
      'May radiologist see what lung-nodule 2.1.0 made of a study (CT, chest) at general?',
      'smart card (saml)',
      'supervised, from',
      'Dr Sam Supervisor (supervisor)',
      'every site, since',
      'The endpoint said nodules, version 3',
    ]) {
      expect(said).toContain(sentence);
    }
    expect(linksOf(text)).toContainEqual({ text: 'Back to the case', href: `/me/cases/${CASE}` });
    // Whatever a digest happens to hold.
    expect(said.replaceAll(/[0-9a-f]{6,}/g, '')).not.toMatch(/\b57\b/);
  });

  test('is linked from the case', async () => {
    const { text } = await get(`/me/cases/${CASE}`);
    expect(linksOf(text)).toContainEqual({
      text: 'Why was this unlocked or locked?',
      href: `/me/cases/${CASE}/explanation`,
    });
  });

  test.each([
    { name: 'of another, for an auditor', changes: { isOwn: false }, says: ['Back to the case log'] },
    {
      name: 'in which nothing was decided',
      changes: { decisions: [] },
      says: ['Nothing was decided in this case.'],
    },
  ])('of a case $name', async ({ changes, says }) => {
    const flows = fakeFlows({
      explainCase: async () => await Promise.resolve({ ...explainedCase(), ...changes }),
    });
    const said = plainText((await get(`/me/cases/${CASE}/explanation`, edgeApp({ flows }))).text);
    for (const sentence of says) expect(said).toContain(sentence);
  });

  test('codes of a later release are shown as they are', async () => {
    const [first] = explainedCase().decisions;
    if (first === undefined) throw new Error('none');
    const answer = { ...first.answer, reasons: ['from-the-future'] };
    const decisions = [{ ...first, answer, release: 'withheld' as const, err: 'timeout' }];
    const flows = fakeFlows({
      explainCase: async () => await Promise.resolve({ ...explainedCase(), decisions }),
    });
    const said = plainText((await get(`/me/cases/${CASE}/explanation`, edgeApp({ flows }))).text);
    expect(said).toContain('by codes that this release has no words for: from-the-future.');
    expect(said).toContain('No result was let out. The AI endpoint did not answer in time.');
  });

  test('of a case that somebody supervised leads back to their own', async () => {
    const practitioner = { id: 'sam', name: 'Dr Sam', profession: 'radiologist' as const, roles: [] };
    const flows = fakeFlows({
      whoAmI: async () => await Promise.resolve({ ...ALICE, practitioner }),
      explainCase: async () => await Promise.resolve({ ...explainedCase(), isOwn: false }),
    });
    const { text } = await get(`/me/cases/${CASE}/explanation`, edgeApp({ flows }));
    expect(linksOf(text)).toContainEqual({ text: 'Back to my cases', href: '/me/cases' });
  });

  test('is linked from the case log where it shows one case, and not where what was typed is none', async () => {
    const link = { text: 'Why was this case unlocked or locked?', href: `/me/cases/${CASE}/explanation` };
    expect(linksOf((await get(`/me/case-log?case=${CASE}`)).text)).toContainEqual(link);
    for (const path of ['/me/case-log', '/me/case-log?case=nonsense']) {
      expect((await get(path)).text).not.toContain('/explanation');
    }
  });

  test('names no study: the address of a page holds ids only', async () => {
    expect((await get(`/me/cases/${CASE}/explanation`)).text).not.toContain(STUDY);
  });
});
