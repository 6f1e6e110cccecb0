import type { Express } from 'express';
import request, { type Test } from 'supertest';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import type { SignInChoice } from '../../src/identity/door-deps.ts';
import type { SessionDoorOptions } from '../../src/identity/session-doors.ts';
import { postFrom, SAML, sessionDoorsApp, toldBy } from '../fakes/session-doors-app.ts';
import { openSessionsHouse, type SessionsHouse } from '../fakes/sessions-house.ts';

const CARD: SignInChoice = {
  id: 'card',
  title: 'Smart card',
  kind: 'card',
  href: 'https://gateway.example:8443/auth/card',
};

let house: SessionsHouse;
beforeEach(async () => {
  house = await openSessionsHouse();
});
afterEach(() => house.close());
const appWith = (options: Partial<SessionDoorOptions> = {}): Express => sessionDoorsApp(house, options);
const post = (path: string, token?: string, app = appWith()): Test => postFrom(app, path, token);
const told = (): readonly string[] => toldBy(house);

describe('POST /auth/lock', () => {
  const rows = [
    { name: 'no form', form: undefined, location: '/auth/sign-in?locked=1' },
    { name: 'an empty field', form: { return: '' }, location: '/auth/sign-in?locked=1' },
    {
      name: 'a path',
      form: { return: '/me/studies?page=2' },
      location: '/auth/sign-in?locked=1&return=%2Fme%2Fstudies%3Fpage%3D2',
    },
  ];
  test.each(rows)(
    'with $name locks, keeps the cookie, tells it, and asks to sign in',
    async ({ form, location }) => {
      const token = await house.arrive();
      const call = post('/auth/lock', token);
      const res = await (form === undefined ? call : call.type('form').send(form));
      expect([res.status, res.headers['location'], res.headers['set-cookie']]).toEqual([
        303,
        location,
        undefined,
      ]);
      expect(await house.whose(token)).toBe('SessionLocked');
      expect(house.events).toEqual([
        {
          outcome: 'locked',
          provider: 'urn:idp',
          subject: 'alice.osei',
          method: 'saml',
          sessionRef: 'ref-1',
        },
      ]);
    },
  );

  test.each(['//evil.example', 'https://evil.example/', '/\\evil.example', '/auth/saml/trust/login'])(
    'to return to %s is refused, but it is locked',
    async (target) => {
      const token = await house.arrive();
      const res = await post('/auth/lock', token).type('form').send({ return: target });
      expect(res.status).toBe(400);
      expect(await house.whose(token)).toBe('SessionLocked');
    },
  );

  test('twice is told once; without a session it is told of nobody', async () => {
    const token = await house.arrive();
    for (const held of [token, token, undefined]) expect((await post('/auth/lock', held)).status).toBe(303);
    expect(told()).toEqual(['locked']);
  });

  test('with the store away says so, and is locked at this node', async () => {
    const token = await house.arrive();
    await house.whose(token);
    house.setAway(true);
    expect((await post('/auth/lock', token)).status).toBe(503);
    expect(await house.whose(token)).toBe('SessionLocked');
  });

  test('with the store away from a node that never saw the session: it is locked when the store is back', async () => {
    const token = await house.arrive();
    house.setAway(true);
    expect((await post('/auth/lock', token)).status).toBe(503);
    house.setAway(false);
    await house.sessions.catchUp();
    expect(await house.whose(token)).toBe('SessionLocked');
  });

  test('does not lock a token that is sent as a cookie', async () => {
    const token = await house.arrive({}, { use: 'bearer' });
    await house.whose(token, 'bearer');
    expect((await post('/auth/lock', token)).status).toBe(303);
    expect([await house.whose(token, 'bearer'), told()]).toEqual(['alice.osei', []]);
  });
});

describe('GET /auth/step-up', () => {
  const rows: readonly {
    readonly name: string;
    readonly query: string;
    readonly choices?: readonly SignInChoice[];
    readonly provider?: string;
    readonly location: string;
  }[] = [
    {
      name: 'a level and a page',
      query: '?assurance=2&return=/me/studies',
      location: `${SAML.href}?step-up=2&return=%2Fme%2Fstudies`,
    },
    { name: 'nothing', query: '', location: `${SAML.href}?step-up=3` },
    {
      name: 'the strongest, with cards',
      query: '?assurance=3',
      choices: [SAML, CARD],
      location: `${CARD.href}?step-up=3`,
    },
    {
      name: 'less, with cards',
      query: '?assurance=2',
      choices: [SAML, CARD],
      location: `${SAML.href}?step-up=2`,
    },
    {
      name: 'a session of a provider that is gone',
      query: '?return=/me/studies',
      provider: 'urn:old',
      location: '/auth/sign-in?return=%2Fme%2Fstudies',
    },
    {
      name: 'the same, with cards',
      query: '',
      provider: 'urn:old',
      choices: [CARD],
      location: `${CARD.href}?step-up=3`,
    },
  ];
  test.each(rows)(
    '$name -> $location',
    async ({ query, choices = [SAML], provider = 'urn:idp', location }) => {
      const token = await house.arrive({ provider });
      // A locked session is stepped up as any other is.
      await house.sessions.lock(token);
      const res = await request(appWith({ choices }))
        .get(`/auth/step-up${query}`)
        .set('Cookie', `${SESSION_COOKIE}=${token}`);
      expect([res.status, res.headers['location']]).toEqual([303, location]);
      expect(await house.whose(token)).toBe('SessionLocked');
    },
  );

  test('without a session leads to the sign-in page', async () => {
    const res = await request(appWith()).get('/auth/step-up?return=/me/studies');
    expect([res.status, res.headers['location']]).toEqual([303, '/auth/sign-in?return=%2Fme%2Fstudies']);
  });

  test.each([
    'assurance=4',
    'assurance=',
    'assurance=3&assurance=1',
    'return=//evil.example',
    'return=/a&return=/b',
  ])('?%s is refused', async (query) => {
    expect((await request(appWith()).get(`/auth/step-up?${query}`)).status).toBe(400);
  });
});
