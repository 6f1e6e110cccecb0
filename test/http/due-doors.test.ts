import request from 'supertest';
import type { Flows } from '../../src/http/app-deps.ts';
import { edgeApp, edgeDoors, keptLog, PUBLIC_URL, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { aDueItem, DUE_NOW, FEED_TOKEN } from '../fakes/fake-due-flows.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf } from '../fakes/page-text.ts';

const app = edgeApp();
const open = (path: string, over = app): request.Test => request(over).get(path).set('cookie', SIGNED_IN);
const send = (path: string, over = app): request.Test =>
  request(over).post(path).set('cookie', SIGNED_IN).type('form').send({});
const withFlows = (flows: Partial<Flows>) => edgeApp({ flows: fakeFlows(flows) });

describe('GET /api/me/falling-due and /api/register/falling-due', () => {
  test('each item with when, how near and where it is put right', async () => {
    const { status, body, headers } = await open('/api/me/falling-due');
    expect([status, headers['cache-control'], body.total]).toEqual([200, 'no-store', 4]);
    expect(body.items[0]).toEqual({
      id: 'declaration/alice.osei',
      kind: 'declaration',
      practitioner: 'alice.osei',
      name: 'Alice Osei',
      title: 'annual safety declaration',
      dueAt: '2026-02-27T14:05:06.000Z',
      notice: 0,
      href: '/me/declaration',
    });
    expect(body.items[3]).not.toHaveProperty('notice');
  });

  test.each([
    { path: '/api/me/falling-due', asked: { withinDays: 366 } },
    { path: '/api/me/falling-due?within=30', asked: { withinDays: 30 } },
    {
      path: '/api/register/falling-due',
      asked: { withinDays: 90, everybody: true, page: { number: 1, size: 50 } },
    },
    {
      path: '/api/register/falling-due?within=7&limit=3&cursor=2',
      asked: { withinDays: 7, everybody: true, page: { number: 2, size: 3 } },
    },
  ])('$path', async ({ path, asked }) => {
    const given: unknown[] = [];
    const flows: Partial<Flows> = {
      listFallingDue: async (input) => {
        given.push(input);
        return { items: [], total: 0, now: DUE_NOW, noticeDays: [90, 30, 7], mayReadEverybodys: false };
      },
    };
    expect((await open(path, withFlows(flows))).status).toBe(200);
    expect(given).toEqual([expect.objectContaining(asked)]);
  });

  test('a page leads to the next, and the last to none', async () => {
    const paged = withFlows({
      listFallingDue: async ({ page }) => ({
        items: page?.number === 3 ? [] : [{ ...aDueItem(1), name: 'x' }],
        total: 5,
        now: DUE_NOW,
        noticeDays: [90, 30, 7],
        mayReadEverybodys: true,
      }),
    });
    const next = async (query: string) =>
      (await open(`/api/register/falling-due?limit=2${query}`, paged)).body.next;
    expect([await next(''), await next('&cursor=2'), await next('&cursor=3')]).toEqual(['2', '3', undefined]);
  });

  test.each(['within=-1', 'within=x', 'within=4000', 'other=1', 'within=1&within=2'])(
    '?%s -> 400',
    async (query) => {
      expectProblem(await open(`/api/register/falling-due?${query}`), 400, 'bad-request');
    },
  );

  test('nobody signed in -> 401', async () => {
    expectProblem(await request(app).get('/api/me/falling-due'), 401, 'not-identified');
  });
});

describe('the page of what falls due for me', () => {
  test('what, when in the hospital’s time, how near, and the way to put it right', async () => {
    const { text } = await open('/me/due');
    expect(textsOf(text, 'h1')).toEqual(['Falling due']);
    const said = plainText(text);
    expect(said).toContain('Annual safety declaration');
    expect(said).toContain('27 Feb 2026, 14:05:06 4 days ago');
    expect(textsOf(text, 'strong').filter((tag) => /Overdue|Within|Later/.test(tag))).toEqual([
      'Overdue',
      'Within 7 days',
      'Within 90 days',
      'Later',
    ]);
    expect(linksOf(text).map(({ href }) => href)).toContain('/me/register/due');
    expect(linksOf(text)).toContainEqual({
      text: '20 AI-specific CPD credits in two years',
      href: '/me/cpd',
    });
  });

  test('nothing due is said plainly', async () => {
    const none = { items: [], total: 0, now: DUE_NOW, noticeDays: [90, 30, 7], mayReadEverybodys: false };
    const { text } = await open('/me/due', withFlows({ listFallingDue: async () => none }));
    expect(plainText(text)).toContain('Nothing of yours falls due within a year, and nothing is overdue.');
    expect(linksOf(text).map(({ href }) => href)).not.toContain('/me/register/due');
  });

  test.each([
    { away: 0.5, says: 'within a day' },
    { away: -0.5, says: 'less than a day ago' },
    { away: 1, says: 'in one day' },
    { away: -1.5, says: 'one day ago' },
    { away: 12.9, says: 'in 12 days' },
  ])('$away days away -> $says', async ({ away, says }) => {
    const items = [{ ...aDueItem(away), name: 'x' }];
    const list = { items, total: 1, now: DUE_NOW, noticeDays: [90, 30, 7], mayReadEverybodys: false };
    const { text } = await open('/me/due', withFlows({ listFallingDue: async () => list }));
    expect(plainText(text)).toContain(says);
  });
});

describe('the address of the calendar', () => {
  test('is made by a form, and shown once, on the answer itself', async () => {
    const page = await open('/me/due');
    expect(ownFormsOf(page.text)).toEqual([
      { method: 'post', action: '/me/due/feed', fields: {}, buttons: ['Make an address'] },
    ]);
    const made = await send('/me/due/feed');
    expect([made.status, made.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(plainText(made.text)).toContain(`${PUBLIC_URL}/calendar/${FEED_TOKEN}/falling-due.ics`);
    expect((await open('/me/due')).text).not.toContain(FEED_TOKEN);
  });

  test('can be replaced and stopped where there is one', async () => {
    const having = withFlows({ readFeedState: async () => DUE_NOW });
    const { text } = await open('/me/due', having);
    expect(ownFormsOf(text).map(({ action, buttons }) => [action, buttons])).toEqual([
      ['/me/due/feed', ['Make a new address']],
      ['/me/due/revoke', ['Stop this address']],
    ]);
    const stopped = await send('/me/due/revoke', having);
    expect([stopped.status, stopped.headers['location']]).toEqual([303, '/me/due']);
  });

  test.each(['/me/due/feed', '/me/due/revoke'])('%s from another site’s page -> refused', async (path) => {
    const foreign = await send(path).set('origin', 'https://evil.example');
    expect(foreign.status).toBe(403);
  });

  test('whose session has ended comes back to the page', async () => {
    const res = await request(app).post('/me/due/feed').type('form').send({});
    expect(res.headers['location']).toBe('/auth/sign-in?return=%2Fme%2Fdue');
  });
});

describe('the calendar itself', () => {
  const path = `/calendar/${FEED_TOKEN}/falling-due.ics`;

  test('is read without signing in, and asked for again only when it has changed', async () => {
    const first = await request(app).get(path);
    expect([first.status, first.headers['content-type'], first.headers['cache-control']]).toEqual([
      200,
      'text/calendar; charset=utf-8',
      'private, max-age=3600',
    ]);
    expect(first.text).toBe('BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n');
    const etag = String(first.headers['etag']);
    const again = await request(app).get(path).set('if-none-match', etag);
    expect([again.status, again.text]).toEqual([304, '']);
    const changed = withFlows({ readFeed: async () => 'BEGIN:VCALENDAR\r\nX:1\r\nEND:VCALENDAR\r\n' });
    expect((await request(changed).get(path).set('if-none-match', etag)).status).toBe(200);
  });

  test.each([
    { name: 'another secret', at: `/calendar/${'B'.repeat(43)}/falling-due.ics` },
    { name: 'no secret at all', at: '/calendar/x/falling-due.ics' },
    { name: 'another file', at: `/calendar/${FEED_TOKEN}/other.ics` },
  ])('$name -> 404, and nothing more', async ({ at }) => {
    expectProblem(await request(app).get(at), 404, 'not-found');
  });

  test('a session opens it no more than anybody else', async () => {
    expect((await open('/calendar/x/falling-due.ics')).status).toBe(404);
  });

  test('the secret stands in no log and in no metric', async () => {
    const { logger, lines } = keptLog();
    const quiet = edgeApp({ logger });
    for (const token of [FEED_TOKEN, 'B'.repeat(43)])
      await request(quiet).get(`/calendar/${token}/falling-due.ics`);
    await request(quiet).get(`/calendar/${FEED_TOKEN}/elsewhere`);
    expect(lines.map(({ fields }) => fields['route'])).toEqual([
      '/calendar/:token/falling-due.ics',
      '/calendar/:token/falling-due.ics',
      'unmatched',
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/A{43}|B{43}/);
  });

  test('attempts are counted by address', async () => {
    let counted = 0;

    const doors = edgeDoors({
      countAttempt: (_req, _res, next) => {
        counted += 1;
        next();
      },
    });
    await request(edgeApp({ doors })).get(path);
    expect(counted).toBe(1);
  });
});

describe('what falls due for everybody', () => {
  test('by person, with how far ahead to choose from', async () => {
    const { text } = await open('/me/register/due?within=30');
    expect(textsOf(text, 'h1')).toEqual(['Falling due in the register']);
    const links = linksOf(text);
    expect(links).toContainEqual({ text: 'Alice Osei', href: '/me/register/people/alice.osei' });
    expect(
      links.filter(({ href }) => href?.startsWith('/me/register/due')).map(({ text: said }) => said),
    ).toEqual(['Within 90 days', 'Within 30 days', 'Within 7 days']);
    expect(text).toContain('<a href="/me/register/due?within=30" aria-current="true">');
    expect(ownFormsOf(text)).toEqual([]);
  });

  test('goes on page by page', async () => {
    const many = withFlows({
      listFallingDue: async () => ({
        items: [{ ...aDueItem(1), name: 'x' }],
        total: 250,
        now: DUE_NOW,
        noticeDays: [90],
        mayReadEverybodys: true,
      }),
    });
    const { text } = await open('/me/register/due?page=2', many);
    expect(linksOf(text).filter(({ text: said }) => said.endsWith('page'))).toEqual([
      { text: 'Previous page', href: '/me/register/due?within=90' },
      { text: 'Next page', href: '/me/register/due?within=90&page=3' },
    ]);
  });

  test('nothing of anybody is said plainly', async () => {
    const none = { items: [], total: 0, now: DUE_NOW, noticeDays: [90, 30, 7], mayReadEverybodys: false };
    const { text } = await open('/me/register/due', withFlows({ listFallingDue: async () => none }));
    expect(plainText(text)).toContain('Nothing of anybody falls due within 90 days');
  });
});
