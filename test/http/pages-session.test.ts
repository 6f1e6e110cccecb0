import request from 'supertest';
import { GatewayError, RegisterUnavailable, TooManyAttempts } from '../../src/domain/errors.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { AppDeps, Flows } from '../../src/http/app-deps.ts';
import { edgeApp, edgeDoors, SIGNED_IN } from '../fakes/edge-app.ts';
import { ALICE, fakeFlows } from '../fakes/fake-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';

type As = Partial<Principal>;
const as = (principal: As, more: Partial<AppDeps> = {}) =>
  edgeApp({
    flows: fakeFlows({ whoAmI: async () => ({ ...ALICE, principal: { ...ALICE.principal, ...principal } }) }),
    ...more,
  });
const open = (app = edgeApp(), path = '/me/session'): request.Test =>
  request(app).get(path).set('cookie', SIGNED_IN);
const makeCode = (body: string, flows: Partial<Flows> = {}): request.Test =>
  request(edgeApp({ flows: fakeFlows(flows) }))
    .post('/me/session/code')
    .set('cookie', SIGNED_IN)
    .type('form')
    .send(body);
const confirmLinks = (html: string) => linksOf(html).filter(({ href }) => href?.includes('step-up'));

describe('the page of one’s session', () => {
  test('says who, how, since when, until when, in which role, and when it locks', async () => {
    const role = { id: '555', name: 'Consultant radiologist', organisation: 'RX1' };
    const { text, headers } = await open(as({ role }));
    expect(headers['cache-control']).toBe('no-store');
    expect(textsOf(text, 'h1')).toEqual(['Your session']);
    expect(textsOf(text, 'dd')).toEqual([
      'Alice Osei',
      'radiologist, auditor',
      'Your organisation’s sign-in page',
      'alice.osei',
      'Consultant radiologist, RX1',
      '3 Mar 2026, 14:05:06',
      '3 Mar 2026, 15:05:06',
      'After 30 minutes without use',
    ]);
    expect(unlabelledFields(text)).toEqual([]);
  });

  test('has every button as a form of its own', async () => {
    const forms = ownFormsOf((await open()).text);
    expect(forms.map(({ action, buttons, fields }) => ({ action, buttons, fields }))).toEqual([
      { action: '/auth/lock', buttons: ['Lock'], fields: { return: '/me/session' } },
      { action: '/auth/logout', buttons: ['Sign out'], fields: {} },
      { action: '/auth/logout-everywhere', buttons: ['Yes, sign out everywhere'], fields: {} },
      { action: '/me/session/code', buttons: ['Make a code'], fields: { scope: 'records' } },
    ]);
    expect(forms.every(({ method }) => method === 'post')).toBe(true);
  });

  test.each<{ name: string; principal: As; says: string; confirm: readonly string[] }>([
    { name: 'smart card', principal: {}, says: 'You can sign off AI results.', confirm: [] },
    {
      name: 'second factor',
      principal: { assurance: 2 },
      says: 'need your smart card',
      confirm: ['Confirm with your smart card'],
    },
    {
      name: 'password',
      principal: { assurance: 1 },
      says: 'AI that asks for a second factor or a smart card is locked',
      confirm: ['Confirm with your smart card', 'Confirm with a second factor'],
    },
    {
      name: 'emergency access',
      principal: { method: 'break-glass', assurance: 1 },
      says: 'Emergency access: images only.',
      confirm: [],
    },
    {
      name: 'sessions that cannot be checked',
      principal: { assurance: 2, unconfirmed: true },
      says: 'Images only. The gateway cannot check sessions at the moment',
      confirm: [],
    },
  ])('$name -> what it opens, and how to prove more', async ({ principal, says, confirm }) => {
    const { text } = await open(as(principal));
    expect(plainText(text)).toContain(says);
    expect(confirmLinks(text).map((link) => link.text)).toEqual(confirm);
  });

  test('leads to the step-up and back', async () => {
    const [link] = confirmLinks((await open(as({ assurance: 2 }))).text);
    expect(link?.href).toBe('/auth/step-up?assurance=3&return=%2Fme%2Fsession');
  });

  test('offers only doors that there are', async () => {
    const { tokens: _, ...doors } = edgeDoors();
    const { logout } = doors.session;
    const { text } = await open(as({ assurance: 1 }, { doors: { ...doors, session: { logout } } }));
    expect(ownFormsOf(text).map(({ action }) => action)).toEqual(['/auth/logout']);
    expect(confirmLinks(text)).toEqual([]);
  });

  test('no code for an emergency login, and none while sessions cannot be checked', async () => {
    for (const principal of [{ method: 'break-glass' }, { unconfirmed: true }] as const) {
      const forms = ownFormsOf((await open(as(principal))).text);
      expect(forms.map(({ action }) => action)).not.toContain('/me/session/code');
    }
  });

  test('the register away -> one can still lock and sign out', async () => {
    const flows = fakeFlows({ whoAmI: () => Promise.reject(new RegisterUnavailable('It cannot be read.')) });
    const { status, text } = await open(edgeApp({ flows }));
    expect(status).toBe(200);
    expect(ownFormsOf(text).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['/auth/lock', '/auth/logout']),
    );
    expect(plainText(text)).toContain('AI is locked for everybody It cannot be read.');
  });

  test('nobody signed in -> the sign-in page, and back', async () => {
    const res = await request(edgeApp()).get('/me/session');
    expect(res.headers['location']).toBe('/auth/sign-in?return=%2Fme%2Fsession');
  });

  test('takes no query', async () => {
    expect((await open(edgeApp(), '/me/session?code=1')).status).toBe(400);
  });
});

describe('a code for another program', () => {
  test('is made for what was chosen, and shown on the answer alone', async () => {
    let asked: unknown;
    const res = await makeCode('scope=images&scope=records', {
      createOneTimeCode: async (input) => {
        asked = [input.evidence.sessionToken, input.scopes];
        return {
          username: 'code-7k2m',
          code: 'ABCD-EFGH',
          scopes: input.scopes,
          expiresAt: 1_800_000_000_000,
        };
      },
    });
    expect(asked).toEqual(['known-session', ['images', 'records']]);
    expect([res.status, res.headers['cache-control'], res.headers['location']]).toEqual([
      200,
      'no-store',
      undefined,
    ]);
    expect(textsOf(res.text, 'dd')).toEqual(['code-7k2m', 'ABCD-EFGH']);
    expect(textsOf(res.text, 'time')).toEqual(['15 Jan 2027, 08:00:00']);
    expect(textsOf(res.text, 'li')).toEqual(
      expect.arrayContaining(['Read images', 'Read the case log and the counters, as far as you may']),
    );
    expect(linksOf(res.text).some(({ href }) => href?.includes('ABCD'))).toBe(false);
  });

  test('one choice is a choice', async () => {
    expect((await makeCode('scope=images')).status).toBe(200);
  });

  test.each([
    '',
    'scope=',
    'scope=all',
    'scope=images&scope=root',
    'scope=images&lifetime=9',
    'scope=images&scope=ai&scope=records&scope=ai',
  ])('a form with “%s” -> 400, said at the field, and nothing is made', async (body) => {
    const createOneTimeCode = jest.fn();
    const res = await makeCode(body, { createOneTimeCode });
    expect(res.status).toBe(400);
    expect(linksOf(res.text)).toContainEqual({
      text: 'Choose at least one thing that the code is good for.',
      href: '#scope-images',
    });
    expect(createOneTimeCode).not.toHaveBeenCalled();
  });

  test.each([
    {
      error: new TooManyAttempts(23),
      status: 429,
      says: 'Too many attempts. Wait 23 seconds, then try again.',
    },
    {
      error: new GatewayError('sessions-unavailable', { detail: 'Sessions cannot be read.' }),
      status: 503,
      says: 'AI is locked until sessions can be checked again.',
    },
  ])('$status -> $says', async ({ error, status, says }) => {
    const res = await makeCode('scope=images', { createOneTimeCode: () => Promise.reject(error) });
    expect([res.status, plainText(res.text)]).toEqual([status, expect.stringContaining(says)]);
    expect(res.headers['retry-after']).toBe(status === 429 ? '23' : undefined);
  });

  test('from a stranger’s page -> refused', async () => {
    const res = await makeCode('scope=images').set('origin', 'https://evil.example');
    expect(res.status).toBe(403);
  });
});

describe('the head of every page', () => {
  test('locks with one press, and comes back to this page', async () => {
    const { text } = await open(edgeApp(), '/me/cases?cursor=4');
    expect(text).toContain('<input type="hidden" name="return" value="/me/cases?cursor=4">');
    expect(linksOf(text)).toContainEqual({ text: 'Your session', href: '/me/session' });
  });

  test('an address that is not a page of ours is not come back to', async () => {
    const { text } = await open(edgeApp(), '/me/nothing?x=<script>');
    expect(text).not.toContain('<script>');
  });

  test.each([
    { name: 'emergency login', principal: { method: 'break-glass' }, says: 'Emergency access: images only.' },
    { name: 'unconfirmed', principal: { unconfirmed: true }, says: 'Images only. The gateway cannot check' },
  ] as const)('$name -> a banner on every page, error pages too', async ({ principal, says }) => {
    const base = fakeFlows();
    const whoAmI: Flows['whoAmI'] = async () => ({
      ...ALICE,
      principal: { ...ALICE.principal, ...principal },
    });
    const listCases: Flows['listCases'] = () => Promise.reject(new GatewayError('not-permitted'));
    const app = edgeApp({ flows: { ...base, whoAmI, listCases } });
    for (const path of ['/me/studies', '/me/session', '/me/cases']) {
      expect(plainText((await open(app, path)).text)).toContain(says);
    }
  });

  test('no banner for anybody else', async () => {
    expect((await open(edgeApp(), '/me/studies')).text).not.toContain('images-only');
  });
});
