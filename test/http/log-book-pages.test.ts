import { parse } from 'csv-parse/sync';
import request from 'supertest';
import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { aLogBook } from '../fakes/fake-due-flows.ts';
import { ALICE, fakeFlows } from '../fakes/fake-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf } from '../fakes/page-text.ts';

const app = edgeApp();
const BENS = '/me/register/people/ben.adeyemi/log-book';
const caseIdOf = (number: number): string => `c-00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const open = (path: string, over = app): request.Test => request(over).get(path).set('cookie', SIGNED_IN);
const sign = (form: object, over = app): request.Test =>
  request(over).post(`${BENS}/sign`).set('cookie', SIGNED_IN).type('form').send(form);
const RADIOLOGIST = { id: 'alice.osei', name: 'Alice Osei', profession: 'radiologist', roles: [] } as const;
const asRadiologist = async () => ({ ...ALICE, practitioner: RADIOLOGIST });
const withFlows = (flows: Partial<Flows>) => edgeApp({ flows: fakeFlows(flows) });

describe('one’s own log-book', () => {
  test('how far it is, whose sign-off is missing, and each case, newest first', async () => {
    const { text } = await open('/me/log-book');
    const said = plainText(text);
    for (const words of [
      'Responsible Clinician for AI (RC-AI) 8 of 50, 42 left',
      'Supervised cases 12, of which 10 signed off',
      'without a gap 8: cases 4 to 11',
      'Waits for Alice Osei 3, 12',
      'DOPS, 1 Mar 2026',
    ])
      expect(said).toContain(words);
    const cells = textsOf(text, 'td');
    expect(cells.filter((_cell, place) => place % 8 === 0)).toEqual(
      Array.from({ length: 12 }, (_, place) => `No. ${String(12 - place)}`),
    );
    expect(cells.slice(8, 16)).toEqual([
      'No. 11',
      'Opened 2 Feb 2026, 14:05:06',
      'Function Detection',
      'Model lung-nodule 2.1.0',
      ...['Modality CT', 'Disposition Nothing said'],
      'Supervisor Alice Osei',
      'Signed off Alice Osei, 3 Feb 2026, 14:05:06',
    ]);
    expect(cells[7]).toBe('Signed off Not yet');
  });

  test('leads to its cases, its exports, and those one supervises; signs nothing off', async () => {
    const { text } = await open('/me/log-book');
    const hrefs = linksOf(text).map(({ href }) => href);
    expect(hrefs).toEqual(
      expect.arrayContaining([
        `/me/cases/${caseIdOf(12)}`,
        '/me/log-book/csv',
        '/me/log-book/print',
        '/me/register/people/ben.adeyemi/log-book',
      ]),
    );
    expect(ownFormsOf(text)).toEqual([]);
  });

  test('goes on page by page', async () => {
    const many = withFlows({ readLogBook: async () => aLogBook(230) });
    const pages = async (query: string) => {
      const { text } = await open(`/me/log-book${query}`, many);
      return [
        textsOf(text, 'td').length / 8,
        linksOf(text).filter(({ text: said }) => /er cases$/.test(said)),
      ];
    };
    expect(await pages('')).toEqual([100, [{ text: 'Older cases', href: '/me/log-book?page=2' }]]);
    expect(await pages('?page=3')).toEqual([30, [{ text: 'Newer cases', href: '/me/log-book?page=2' }]]);
    expect(await pages('?page=2')).toEqual([
      100,
      [
        { text: 'Newer cases', href: '/me/log-book' },
        { text: 'Older cases', href: '/me/log-book?page=3' },
      ],
    ]);
  });

  test('empty it says how it fills itself', async () => {
    const { text } = await open('/me/log-book', withFlows({ readLogBook: async () => aLogBook(0) }));
    expect(plainText(text)).toContain('There are no supervised cases. The log-book fills itself');
    expect(plainText(text)).toContain('without a gap None yet');
    const two = await open('/me/log-book', withFlows({ readLogBook: async () => aLogBook(2) }));
    expect(plainText(two.text)).toContain('without a gap 1: case 1');
  });

  test.each(['?page=0', '?page=x', '?other=1'])('%s -> 400', async (query) => {
    expect((await open(`/me/log-book${query}`)).status).toBe(400);
  });
});

describe('another’s log-book', () => {
  test('names them, and offers to sign off what waits for whoever looks', async () => {
    const { text } = await open(BENS);
    expect(textsOf(text, 'h1')).toEqual(['Log-book of Ben Adeyemi']);
    expect(ownFormsOf(text)).toEqual([
      {
        method: 'post',
        action: `${BENS}/sign`,
        fields: { case: caseIdOf(12) },
        buttons: ['Sign off case 12'],
      },
      { method: 'post', action: `${BENS}/sign`, fields: { case: caseIdOf(3) }, buttons: ['Sign off case 3'] },
    ]);
    expect(linksOf(text).map(({ href }) => href)).not.toContain(`/me/cases/${caseIdOf(12)}`);
  });

  test('for somebody who is not the supervisor there is nothing to sign, and no case to look into', async () => {
    const readLogBook = async () => aLogBook(12, { isOwn: false, reader: 'somebody' as never });
    const { text } = await open(BENS, withFlows({ readLogBook, whoAmI: asRadiologist }));
    expect(ownFormsOf(text)).toEqual([]);
    expect(linksOf(text).filter(({ href }) => href?.startsWith('/me/cases/'))).toEqual([]);
  });

  test.each([
    { name: 'their supervisor', flows: { whoAmI: asRadiologist } },
    {
      name: 'an auditor',
      flows: { readLogBook: async () => aLogBook(12, { isOwn: false, reader: 'somebody' as never }) },
    },
  ])('$name goes on to why a case was unlocked or locked', async ({ flows }) => {
    const links = linksOf((await open(BENS, withFlows(flows))).text);
    expect(links.filter(({ href }) => href?.startsWith('/me/cases/'))).toHaveLength(12);
    expect(links).toContainEqual({
      text: '2 Feb 2026, 14:05:06 : why it was unlocked or locked',
      href: `/me/cases/${caseIdOf(11)}/explanation`,
    });
  });

  test('a case without a supervisor on record, and names that nobody in the register has', async () => {
    const view = aLogBook(2, { isOwn: false, names: {} });
    const lines = view.book.lines.map(({ supervisor: _gone, ...line }) => ({ ...line, modality: [] }));
    const readLogBook = async () => ({ ...view, book: { ...view.book, lines } });
    const { text } = await open(BENS, withFlows({ readLogBook }));
    expect(plainText(text)).toContain('Waits for Not known 2');
    expect(plainText(text)).toContain('Signed off alice.osei');
  });

  test('a sign-off goes on to the log-book, or to what waits for a second person', async () => {
    const done = await sign({ case: caseIdOf(3) });
    expect([done.status, done.headers['location']]).toEqual([303, BENS]);
    const base = fakeFlows();
    const two = withFlows({
      signLogBookCase: async (input, signal) => ({
        ...(await base.signLogBookCase(input, signal)),
        state: 'pending',
      }),
    });
    expect((await sign({ case: caseIdOf(3) }, two)).headers['location']).toBe(
      `/me/register/waiting/${'1'.repeat(64)}`,
    );
  });

  test('what is signed is exactly the case of the form, for the person of the address', async () => {
    const asked: unknown[] = [];
    const base = fakeFlows();
    const asking = withFlows({
      signLogBookCase: async (input, signal) => {
        asked.push(input);
        return await base.signLogBookCase(input, signal);
      },
    });
    await sign({ case: caseIdOf(3) }, asking);
    expect(asked).toEqual([
      expect.objectContaining({
        practitioner: 'ben.adeyemi',
        caseId: caseIdOf(3),
        requestId: expect.any(String),
      }),
    ]);
  });

  test.each([
    {
      error: new NotPermitted([reasonOf('assurance-too-low', { assurance: 2 })]),
      status: 403,
      says: 'What to do:',
    },
    {
      error: new GatewayError('conflict', { detail: 'This case is signed off already.' }),
      status: 409,
      says: 'This case is signed off already.',
    },
  ])('refused with $status -> the log-book, with why', async ({ error, status, says }) => {
    const res = await sign(
      { case: caseIdOf(3) },
      withFlows({ signLogBookCase: () => Promise.reject(error) }),
    );
    expect([res.status, textsOf(res.text, 'h1')]).toEqual([status, ['Log-book of Ben Adeyemi']]);
    expect(plainText(res.text)).toContain('The case was not signed off');
    expect(plainText(res.text)).toContain(says);
  });

  test.each([{}, { case: 'x' }, { case: caseIdOf(3), more: '1' }])('a form with %j -> 400', async (form) => {
    expect((await sign(form)).status).toBe(400);
  });

  test('from another site’s page -> refused', async () => {
    expect((await sign({ case: caseIdOf(3) }).set('origin', 'https://evil.example')).status).toBe(403);
  });

  test('a fault that is none of the supervisor’s is for the error page', async () => {
    const away = withFlows({
      signLogBookCase: () => Promise.reject(new GatewayError('case-log-unavailable', { detail: 'Away.' })),
    });
    expect((await sign({ case: caseIdOf(3) }, away)).status).toBe(503);
  });

  test('an identifier that is none -> 400', async () => {
    expect((await open('/me/register/people/..%2f/log-book')).status).toBe(400);
  });
});

describe('taking it out', () => {
  test.each(['/me/log-book', BENS])('%s as a table', async (path) => {
    const { status, headers, text } = await open(`${path}/csv`);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      'no-store',
    ]);
    expect(headers['content-disposition']).toBe('attachment; filename="log-book-ben.adeyemi.csv"');
    const rows: Record<string, string>[] = parse(text, { bom: true, columns: true });
    expect(rows).toHaveLength(12);
    expect(rows[0]).toEqual({
      practitioner: 'ben.adeyemi',
      number: '1',
      case: caseIdOf(1),
      opened: '2026-01-23T14:05:06.000Z',
      function: 'detection',
      model: 'lung-nodule',
      version: '2.1.0',
      modality: 'CT',
      site: 'general',
      disposition: '',
      supervisor: 'Alice Osei',
      signedOffBy: 'Alice Osei',
      signedOffAt: '2026-01-24T14:05:06.000Z',
      ...{ form: '', complexity: '', overall: '', ratings: '', feedback: '' },
    });
    expect(rows[2]).toMatchObject({ signedOffBy: '', signedOffAt: '' });
  });

  test('as a sheet: name, professional number, when it was made, every case in order', async () => {
    const { text } = await open(
      '/me/log-book/print',
      withFlows({ exportLogBook: async () => aLogBook(120) }),
    );
    const said = plainText(text);
    expect(said).toContain('Ben Adeyemi GMC 7654321');
    expect(said).toContain('As the case log and the AI register had it on 3 Mar 2026, 14:05:06');
    const numbers = textsOf(text, 'td').filter((_cell, place) => place % 8 === 0);
    expect(numbers).toEqual(Array.from({ length: 120 }, (_, place) => String(place + 1)));
    expect(said).toContain(caseIdOf(120));
  });

  test('an empty one, and somebody without a number', async () => {
    const view = aLogBook(0);
    const { registrationNumber: _none, ...practitioner } = view.book.practitioner;
    const exportLogBook = async () => ({ ...view, book: { ...view.book, practitioner, assessments: [] } });
    const said = plainText((await open('/me/log-book/print', withFlows({ exportLogBook }))).text);
    expect(said).toContain('GMC no number in the register');
    expect(said).toContain('There are no supervised cases.');
    expect(said).toContain('No mini-CEX and no DOPS is on record yet.');
  });

  test('each is asked of the flow that writes it down', async () => {
    const asked: unknown[] = [];
    const exporting = withFlows({
      exportLogBook: async ({ form, practitioner }) => {
        asked.push([form, practitioner]);
        return aLogBook(1);
      },
    });
    for (const path of ['/me/log-book/csv', '/me/log-book/print', `${BENS}/csv`, `${BENS}/print`])
      await open(path, exporting);
    expect(asked).toEqual([
      ['csv', undefined],
      ['print', undefined],
      ['csv', 'ben.adeyemi'],
      ['print', 'ben.adeyemi'],
    ]);
  });

  test('refused, it is not begun', async () => {
    const refusing = withFlows({
      exportLogBook: () => Promise.reject(new GatewayError('not-permitted', { detail: 'No.' })),
    });
    const res = await open(`${BENS}/csv`, refusing);
    expect([res.status, res.headers['content-disposition']]).toEqual([403, undefined]);
  });

  test('a query is not taken', async () => {
    expect((await open('/me/log-book/csv?all=1')).status).toBe(400);
  });
});
