import request from 'supertest';
import { GatewayError, SessionLocked } from '../../src/domain/errors.ts';
import { edgeApp, edgeDoors, samlChoice, SIGNED_IN } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf } from '../fakes/page-text.ts';

const app = edgeApp();
const CARD = {
  id: 'card',
  title: 'Smart card',
  kind: 'card',
  href: 'https://gateway.example:8444/auth/card',
} as const;
const CIS2 = { id: 'cis2', title: 'NHS CIS2', kind: 'oidc', href: '/auth/oidc/cis2/login' } as const;
const choicesOf = (html: string) => linksOf(html).slice(2);

describe('the sign-in page', () => {
  const three = edgeApp({
    doors: edgeDoors({ choices: [samlChoice('trust', 'Trust sign-in'), CIS2, CARD] }),
  });

  test('offers the smart card first, then every provider, and keeps where the person wanted to go', async () => {
    const { text } = await request(three).get('/auth/sign-in?return=/me/cases%3Fcursor%3D4');
    expect(textsOf(text, 'h1')).toEqual(['Sign in']);
    const back = '?return=%2Fme%2Fcases%3Fcursor%3D4';
    expect(choicesOf(text)).toEqual([
      { text: 'Use your smart card', href: `https://gateway.example:8444/auth/card${back}` },
      { text: 'Continue with Trust sign-in', href: `/auth/saml/trust/login${back}` },
      { text: 'Continue with NHS CIS2', href: `/auth/oidc/cis2/login${back}` },
    ]);
  });

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/me//evil',
    '/auth/sign-in',
    '/me/x y',
    'javascript:alert(1)',
    '/me/../auth/logout',
  ])('a way back that could lead elsewhere is dropped: %s', async (path) => {
    const { text } = await request(app).get('/auth/sign-in').query({ return: path });
    expect(choicesOf(text).map(({ href }) => href)).toEqual(['/auth/saml/trust/login']);
  });

  test.each([
    { query: '?signed-out=1', says: 'You are signed out. Close the browser' },
    { query: '?signed-out=partial', says: 'Your identity provider may still know you' },
    { query: '?session-ended=1', says: 'Your session has ended. Sign in again to go on where you were.' },
    { query: '?locked=1', says: 'Your session is locked. Sign in again to go on where you were.' },
    { query: '?locked=1&session-ended=1', says: 'Your session is locked.' },
  ])('$query -> $says', async ({ query, says }) => {
    expect(plainText((await request(app).get(`/auth/sign-in${query}`)).text)).toContain(says);
  });

  test.each(['?signed-out=yes', '?locked=2', '?return=a&return=b'])('%s -> 400', async (query) => {
    expect((await request(app).get(`/auth/sign-in${query}`)).status).toBe(400);
  });

  test('no way to sign in set up -> whom to tell', async () => {
    const none = edgeApp({ doors: edgeDoors({ choices: [] }) });
    const { text } = await request(none).get('/auth/sign-in');
    expect(plainText(text)).toContain('No way to sign in is set up.');
  });

  test.each([
    { name: 'open', isOpen: true, links: ['/auth/break-glass?return=%2Fme%2Fstudies'] },
    { name: 'closed', isOpen: false, links: [] },
  ])('emergency access is $name -> $links', async ({ isOpen, links }) => {
    const doors = edgeDoors({ breakGlass: { enter: (_req, _res, next) => next(), isOpen: () => isOpen } });
    const { text } = await request(edgeApp({ doors })).get('/auth/sign-in?return=/me/studies');
    const hrefs = linksOf(text).map(({ href }) => href ?? '');
    expect(hrefs.filter((href) => href.includes('break-glass'))).toEqual(links);
  });
});

describe('a refused sign-in', () => {
  const detail = 'The identity provider did not sign you in. (provider-refused)';
  const refuse = (_req: unknown, _res: unknown, next: (error: unknown) => void): void =>
    next(new GatewayError('sign-in-failed', { detail }));
  const { saml } = edgeDoors();
  const refusing = edgeApp({
    doors: edgeDoors({ saml: { ...saml, acs: refuse, login: refuse }, card: { enter: refuse } }),
  });

  test('-> its sentence, the request id, and the way to begin again', async () => {
    const res = await request(refusing).post('/auth/saml/trust/acs').type('form').send({ SAMLResponse: 'x' });
    expect([res.status, res.headers['cache-control']]).toEqual([403, 'no-store']);
    expect(plainText(res.text)).toContain(`Signing in did not work ${detail}`);
    expect(plainText(res.text)).toContain(String(res.headers['request-id']));
    expect(choicesOf(res.text)).toEqual([
      { text: 'Continue with Trust sign-in', href: '/auth/saml/trust/login' },
    ]);
  });

  test.each(['/auth/card', '/auth/saml/trust/login'])(
    'at %s keeps where the person wanted to go',
    async (path) => {
      const { text } = await request(refusing).get(`${path}?return=/me/cases`);
      expect(choicesOf(text).map(({ href }) => href)).toEqual([
        '/auth/saml/trust/login?return=%2Fme%2Fcases',
      ]);
    },
  );

  test('a door that fails -> a page, never a stack', async () => {
    const broken = edgeApp({
      doors: edgeDoors({ saml: { ...saml, login: () => Promise.reject(new TypeError('boom')) } }),
    });
    const res = await request(broken).get('/auth/saml/trust/login');
    expect([res.status, textsOf(res.text, 'h1')]).toEqual([500, ['Something went wrong in the gateway']]);
    expect(res.text).not.toContain('boom');
  });
});

describe('whoever is not signed in any more', () => {
  test.each([
    { name: 'locked', error: new SessionLocked(), word: 'locked' },
    { name: 'ended', error: new GatewayError('not-identified'), word: 'session-ended' },
  ])('$name -> the sign-in page says so, and leads back', async ({ error, word }) => {
    const flows = fakeFlows({ whoAmI: () => Promise.reject(error) });
    const locked = edgeApp({ flows });
    const page = await request(locked).get('/me/cases?cursor=4').set('cookie', SIGNED_IN);
    expect([page.status, page.headers['location']]).toEqual([
      303,
      `/auth/sign-in?${word}=1&return=%2Fme%2Fcases%3Fcursor%3D4`,
    ]);
    const form = await request(locked).post('/me/session/code').set('cookie', SIGNED_IN).type('form');
    expect(form.headers['location']).toBe(`/auth/sign-in?${word}=1&return=%2Fme%2Fsession`);
  });

  test('a program is told so in its own shape: 401, no redirect', async () => {
    const flows = fakeFlows({ listCases: () => Promise.reject(new SessionLocked()) });
    const res = await request(edgeApp({ flows })).get('/api/cases').set('cookie', SIGNED_IN);
    expect([res.status, res.body.code, res.body.detail]).toEqual([
      401,
      'not-identified',
      'Your session is locked. Sign in again to go on where you were.',
    ]);
  });
});

describe('emergency access', () => {
  const refused = 'That name and password are not right. (wrong-credentials)';
  const doorsWhen = (isOpen: boolean) =>
    edgeDoors({
      breakGlass: {
        enter: (_req, _res, next) => next(new GatewayError('sign-in-failed', { detail: refused })),
        isOpen: () => isOpen,
      },
    });
  const open = edgeApp({ doors: doorsWhen(true) });

  test('open -> what it is for, that it is alarmed, and a form', async () => {
    const res = await request(open).get('/auth/break-glass?return=/me/studies');
    expect([res.status, res.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(plainText(res.text)).toContain('It opens plain images only. AI and its results stay locked.');
    expect(plainText(res.text)).toContain('IT is alarmed at once');
    expect(ownFormsOf(res.text)).toEqual([
      {
        method: 'post',
        action: '/auth/break-glass',
        fields: { return: '/me/studies', username: '', password: '' },
        buttons: ['Open images'],
      },
    ]);
  });

  test('refused -> the form again, empty, with the way back', async () => {
    const form = { username: 'emergency', password: 'not-this', return: '/me/studies' };
    const res = await request(open).post('/auth/break-glass').type('form').send(form);
    expect(res.status).toBe(403);
    expect(plainText(res.text)).toContain(`Emergency access was refused ${refused}`);
    expect(ownFormsOf(res.text)[0]?.fields).toEqual({ return: '/me/studies', username: '', password: '' });
    expect(res.text).not.toContain('not-this');
  });

  test('closed -> says so, and has no form', async () => {
    const res = await request(edgeApp({ doors: doorsWhen(false) })).get('/auth/break-glass');
    expect([res.status, ownFormsOf(res.text)]).toEqual([404, []]);
    expect(plainText(res.text)).toContain('Emergency access is closed');
  });

  test.each(['get', 'post'] as const)('not set up -> %s is 404', async (method) => {
    const { breakGlass: _, ...doors } = edgeDoors();
    const res = await request(edgeApp({ doors }))[method]('/auth/break-glass');
    expect([res.status, plainText(res.text)]).toEqual([
      404,
      expect.stringContaining('This gateway has no emergency access.'),
    ]);
  });
});
