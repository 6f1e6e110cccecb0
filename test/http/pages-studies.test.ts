import request, { type Response } from 'supertest';
import { RegisterUnavailable, UpstreamFault } from '../../src/domain/errors.ts';
import type { SearchQuery } from '../../src/domain/dicom/dicomweb-query.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { ALICE, CT_ROW, fakeFlows, rowsAnswer, STUDY } from '../fakes/fake-flows.ts';
import { formsOf, linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';

const app = edgeApp();
const open = (path: string, over = app): request.Test => request(over).get(path).set('cookie', SIGNED_IN);
function cookieOf(res: Response): string {
  const cookies = res.headers['set-cookie'] as unknown as readonly string[];
  return cookies[0] ?? '';
}

describe('my studies', () => {
  test('shows who is signed in, how strongly, and a way out', async () => {
    const { text } = await open('/me/studies');
    expect(plainText(text)).toContain('Alice Osei radiologist, auditor Signed in with smart card');
    expect(formsOf(text).slice(0, 2)).toEqual([
      { method: 'post', action: '/auth/lock', buttons: ['Lock'], fields: { return: '/me/studies' } },
      { method: 'post', action: '/auth/logout', buttons: ['Sign out'], fields: {} },
    ]);
    expect(
      linksOf(text)
        .slice(0, 6)
        .map((link) => link.text),
    ).toEqual(['Skip to main content', 'Countersign', 'Your session', 'Studies', 'My cases', 'My profile']);
  });

  test('shows each study as the PACS gives it', async () => {
    const { text } = await open('/me/studies');
    expect(textsOf(text, 'h1')).toEqual(['Studies']);
    expect(textsOf(text, 'th')).toEqual(['Date', 'Study', 'Modality', 'Patient', 'Patient ID', 'Accession']);
    const cells = ['3 March 2026', 'CT head', 'CT', 'MADEUP, Mary Ann', 'SIM-0001', 'A1001'];
    for (const cell of cells) expect(plainText(text)).toContain(cell);
    expect(linksOf(text)).toContainEqual({
      text: 'CT head , 3 March 2026, MADEUP, Mary Ann',
      href: `/me/studies/${STUDY}`,
    });
    expect(unlabelledFields(text)).toEqual([]);
  });

  test('says plainly that the patients are made up, only where they are', async () => {
    const banner = 'Simulator: made-up patients, not for clinical use';
    expect((await open('/me/studies')).text).toContain(banner);
    expect((await open('/me/studies', edgeApp({ simulator: false }))).text).not.toContain(banner);
  });

  test('escapes whatever the PACS says', async () => {
    const evil = { ...CT_ROW, '00081030': { vr: 'LO', Value: ['<script>alert(1)</script>'] } };
    const { text } = await open(
      '/me/studies',
      edgeApp({ flows: fakeFlows({ search: async () => rowsAnswer([evil]) }) }),
    );
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).not.toContain('<script>alert');
  });

  test('goes page by page: 25, and one more to know whether there are more', async () => {
    const queries: SearchQuery[] = [];
    const many = edgeApp({
      flows: fakeFlows({
        search: async ({ query }) => {
          queries.push(query);
          return rowsAnswer(Array.from({ length: 26 }, () => CT_ROW));
        },
      }),
    });
    const { text } = await open('/me/studies?page=2', many);
    expect(queries).toMatchObject([{ limit: 26, offset: 25 }]);
    expect(textsOf(text, 'td').length / 6).toBe(25);
    expect(linksOf(text).filter(({ text: name }) => name.includes('page of studies'))).toEqual([
      { text: 'Previous page of studies', href: '/me/studies' },
      { text: 'Next page of studies', href: '/me/studies?page=3' },
    ]);
  });

  test('a search is remembered in the browser: no patient’s number in any address', async () => {
    const queries: SearchQuery[] = [];
    const searching = edgeApp({
      flows: fakeFlows({
        search: async ({ query }) => {
          queries.push(query);
          return rowsAnswer([]);
        },
      }),
    });
    const sent = await request(searching)
      .post('/me/studies/search')
      .set('cookie', SIGNED_IN)
      .type('form')
      .send({ patientId: ' SIM-0001 ', accession: '', modality: 'CT', date: '2026-03-03' });
    expect([sent.status, sent.headers['location']]).toEqual([303, '/me/studies']);
    const cookie = cookieOf(sent);
    expect(cookie).toMatch(
      /^__Secure-countersign-search=.*; Max-Age=900; Path=\/me\/studies; .*HttpOnly; Secure; SameSite=Lax$/,
    );
    const { text } = await request(searching)
      .get('/me/studies')
      .set('cookie', `${SIGNED_IN}; ${cookie.split(';')[0] ?? ''}`);
    expect([...(queries[0]?.matches ?? [])]).toEqual([
      ['00100020', 'SIM-0001'],
      ['00080061', 'CT'],
      ['00080020', '20260303'],
    ]);
    expect(ownFormsOf(text)[0]).toMatchObject({
      fields: { patientId: 'SIM-0001', date: '2026-03-03' },
      buttons: ['Search', 'Show all'],
    });
    expect(plainText(text)).toContain('No study matches.');
  });

  test('show all, and the sign-in page, forget the search', async () => {
    const all = await request(app)
      .post('/me/studies/search')
      .set('cookie', SIGNED_IN)
      .type('form')
      .send({ clear: 'yes', patientId: 'x' });
    expect(cookieOf(all)).toContain(
      '__Secure-countersign-search=; Path=/me/studies; Expires=Thu, 01 Jan 1970',
    );
    expect(cookieOf(await request(app).get('/auth/sign-in'))).toContain('__Secure-countersign-search=;');
  });

  test.each([
    'x',
    Buffer.from('{"patientId":"*"}').toString('base64url'),
    Buffer.from('{').toString('base64url'),
  ])('a search cookie that is not ours (%s) is none', async (value) => {
    const res = await request(app)
      .get('/me/studies')
      .set('cookie', `${SIGNED_IN}; __Secure-countersign-search=${value}`);
    expect([res.status, ownFormsOf(res.text)[0]?.buttons]).toEqual([200, ['Search']]);
  });

  test.each<{ form: object; says: string }>([
    { form: { patientId: 'SIM*' }, says: 'Patient ID takes at most 64 characters, without * ? or \\.' },
    { form: { accession: 'a\\b' }, says: 'Accession number takes at most 64 characters' },
    { form: { modality: 'XX' }, says: 'Modality is not one of the list.' },
    { form: { date: '2026-02-30' }, says: 'Study date is not a day, such as 2026-03-27.' },
  ])('a search that cannot be read -> said at its field: $says', async ({ form, says }) => {
    const res = await request(app)
      .post('/me/studies/search')
      .set('cookie', SIGNED_IN)
      .type('form')
      .send(form);
    expect(res.status).toBe(400);
    const [field = ''] = Object.keys(form);
    const fault = linksOf(res.text).find(({ href }) => href === `#${field}`);
    expect(fault?.text).toContain(says);
    expect(res.headers['set-cookie']).toBeUndefined();
  });

  test('the PACS away -> a page that says so and what to do', async () => {
    const away = new UpstreamFault('upstream-unreachable', 'pacs', { detail: 'The PACS cannot be reached.' });
    const res = await open(
      '/me/studies',
      edgeApp({ flows: fakeFlows({ search: () => Promise.reject(away) }) }),
    );
    expect(res.status).toBe(502);
    expect(plainText(res.text)).toContain(
      'The PACS cannot be reached. Try again in a minute; tell IT if it lasts.',
    );
    expect(plainText(res.text)).toContain('Alice Osei');
  });

  test('the register away -> images can still be found, AI is said to be locked', async () => {
    const flows = fakeFlows({
      whoAmI: () => Promise.reject(new RegisterUnavailable('The AI register cannot be read.')),
    });
    const res = await open('/me/studies', edgeApp({ flows }));
    expect(res.status).toBe(200);
    expect(plainText(res.text)).toContain(
      'AI is locked for everybody The AI register cannot be read. Images can still be read.',
    );
    expect(plainText(res.text)).toContain('CT head');
  });

  test('someone not in the register is told so', async () => {
    const flows = fakeFlows({ whoAmI: async () => ({ principal: { ...ALICE.principal, assurance: 1 } }) });
    const { text } = await open('/me/studies', edgeApp({ flows }));
    expect(plainText(text)).toContain(
      'alice.osei not in the AI register, so AI is locked for you Signed in with password',
    );
    expect(linksOf(text).map((link) => link.text)).not.toContain('Case log');
  });
});
