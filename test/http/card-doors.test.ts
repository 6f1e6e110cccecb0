import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import request from 'supertest';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { GatewayError, NotIdentified, SessionsUnavailable } from '../../src/domain/errors.ts';
import { readCard, readCardKeys } from '../../src/flows/read-card.ts';
import { rotateCardKeys } from '../../src/flows/rotate-card-keys.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { openCardKeys } from '../../src/register/card-keys.ts';
import { createDueHouse } from '../fakes/due-house.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { CARD } from '../fakes/fake-due-flows.ts';
import { fakeFlows, STUDY } from '../fakes/fake-flows.ts';
import { linksOf, plainText, textsOf } from '../fakes/page-text.ts';
import { openProgramHouse } from '../fakes/program-house.ts';
import { NOW } from '../fakes/register-builder.ts';

const app = edgeApp();
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const ask = (accept: string | undefined, over = app): request.Test => {
  const asked = request(over).get('/me/card').set('cookie', SIGNED_IN);
  return accept === undefined ? asked.unset('accept') : asked.set('accept', accept);
};
const withFlows = (flows: Partial<Flows>) => edgeApp({ flows: fakeFlows(flows) });

describe('GET /me/card is what its reader asks for', () => {
  test.each([
    { accept: 'application/jwt', type: 'application/jwt' },
    { accept: 'application/json', type: 'application/json; charset=utf-8' },
    { accept: 'application/json;q=0.5, application/jwt;q=0.9', type: 'application/jwt' },
    { accept: '*/*', type: 'application/jwt' },
    { accept: undefined, type: 'application/jwt' },
    { accept: 'image/png', type: 'application/jwt' },
    { accept: BROWSER, type: 'text/html; charset=utf-8' },
  ])('$accept -> $type', async ({ accept, type }) => {
    const { status, headers } = await ask(accept);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, type, 'no-store']);
    expect(headers['vary']).toBe('Accept');
  });

  test('the token alone, or with when it ends and what it says', async () => {
    expect(
      (
        await ask('application/jwt')
          .buffer(true)
          .parse((res, done) => {
            let text = '';
            res.on('data', (chunk: Buffer) => (text += chunk.toString()));
            res.on('end', () => done(null, text));
          })
      ).body,
    ).toBe('a.b.c');
    const { body } = await ask('application/json');
    expect(body).toEqual({
      token: 'a.b.c',
      expiresAt: '2026-03-03T14:07:06.000Z',
      claims: { sub: 'alice.osei' },
    });
    expect((await request(app).get('/api/me/card').set('cookie', SIGNED_IN)).body).toEqual(body);
  });

  test.each(['application/jwt', 'application/json', '*/*'])(
    'a program that is not signed in (%s) -> 401, not the sign-in page',
    async (accept) => {
      const res = await request(app).get('/me/card').set('accept', accept);
      expectProblem(res, 401, 'not-identified');
    },
  );

  test('a browser that is not signed in -> sign-in, and back', async () => {
    const res = await request(app).get('/me/card').set('accept', BROWSER);
    expect([res.status, res.headers['location']]).toEqual([303, '/auth/sign-in?return=%2Fme%2Fcard']);
  });

  test.each([
    {
      name: 'an emergency login',
      error: new GatewayError('not-permitted'),
      status: 403,
      code: 'not-permitted',
    },
    { name: 'sessions away', error: new SessionsUnavailable(), status: 503, code: 'sessions-unavailable' },
  ] as const)('$name -> $status', async ({ error, status, code }) => {
    const refusing = withFlows({ readCard: () => Promise.reject(error) });
    expectProblem(await ask('application/jwt', refusing), status, code);
    expectProblem(await request(refusing).get('/api/me/card').set('cookie', SIGNED_IN), status, code);
    const page = await ask(BROWSER, refusing);
    expect([page.status, page.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8']);
  });

  test('a query is not taken', async () => {
    expectProblem(
      await request(app).get('/api/me/card?for=ben').set('cookie', SIGNED_IN),
      400,
      'bad-request',
    );
  });
});

describe('the card as a page that a person shows', () => {
  test('who, what they hold, what is unlocked, until when, and that it authorises nothing', async () => {
    const { text } = await ask(BROWSER);
    expect(textsOf(text, 'h2')).toEqual(['Alice Osei', 'Unlocked', 'Approved, and locked all the same']);
    const said = plainText(text);
    for (const words of [
      'GMC 1234567',
      'Responsible Clinician for AI (RC-AI) Current',
      'Good until 3 Mar 2026, 14:07:06',
      'burned-in-text version 1.0.0',
      'Quality check, Detection Independent; at general',
      'It authorises nothing',
    ])
      expect(said).toContain(words);
    expect(linksOf(text)).toContainEqual({ text: 'Show it anew', href: '/me/card' });
    expect(text).toContain('data-runs-out="120000"');
    // A page that refreshes by itself is taken away from whoever reads it slowly (WCAG 2.2.1).
    expect(text).not.toMatch(/http-equiv="refresh"/i);
  });

  test('says why what is approved is locked', async () => {
    const { text } = await ask(BROWSER);
    for (const { text: reason, remedy } of CARD.locked[0]?.reasons ?? []) {
      expect(plainText(text)).toContain(`${reason} What to do: ${remedy}`);
    }
  });

  test('with nothing at all it says so', async () => {
    const { registrationNumber: _none, ...practitioner } = CARD.practitioner;
    const card = { ...CARD, practitioner, credentials: [], unlocked: [], locked: [] };
    const { text } = await ask(
      BROWSER,
      withFlows({ readCard: async () => ({ card, claims: {}, token: '' }) }),
    );
    expect(plainText(text)).toContain('No credential, and not in training for one.');
    expect(plainText(text)).toContain('No AI is unlocked at this moment.');
    expect(textsOf(text, 'h2')).toEqual(['Alice Osei', 'Unlocked']);
  });
});

describe('with real keys and the real identity room', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-card-door-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The edge over the real flows of the card. */
  async function cardHouse() {
    const { deps } = createDueHouse();
    const path = join(mkdtempSync(join(folder, 'one-')), 'card-keys.json');
    const cardKeys = openCardKeys({ path, keyDays: 90, onWarn: () => undefined });
    await rotateCardKeys({ ...deps, cardKeys });
    const all = { ...deps, cardKeys };
    const evidence = { sessionToken: 'radiologist' };
    const { token } = await readCard(all, { evidence }, new AbortController().signal);
    const flows = fakeFlows({ readCardKeys: () => readCardKeys(all) });
    return { token, app: edgeApp({ flows }) };
  }

  test('/.well-known/jwks.json is open to everybody, may be kept for an hour, and checks the card', async () => {
    const house = await cardHouse();
    const { status, headers, body } = await request(house.app)
      .get('/.well-known/jwks.json')
      .buffer(true)
      .parse((res, done) => {
        let text = '';
        res.on('data', (chunk: Buffer) => (text += chunk.toString()));
        res.on('end', () => done(null, JSON.parse(text)));
      });
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/jwk-set+json',
      'public, max-age=3600',
    ]);
    expect([Object.keys(body.keys[0]).sort()]).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x']]);
    const options = { typ: 'countersign-card+jwt', currentDate: new Date(NOW) };
    await expect(jwtVerify(house.token, createLocalJWKSet(body), options)).resolves.toMatchObject({
      payload: { authorises: 'nothing' },
    });
  });

  test('a card opens no door: as a bearer token, as a cookie, or exchanged for a token', async () => {
    const { token } = await cardHouse();
    const house = await openProgramHouse();
    const doors = [
      '/auth/whoami',
      '/api/models',
      `/api/models?study=${STUDY}`,
      '/api/cases',
      '/api/case-log',
      '/dicom-web/studies',
      '/v2/models/lung-nodule',
    ];
    for (const door of doors) {
      const bearer = await request(house.app).get(door).set('authorization', `Bearer ${token}`);
      const cookie = await request(house.app).get(door).set('cookie', `${SESSION_COOKIE}=${token}`);
      expect([door, bearer.status, cookie.status]).toEqual([door, 401, 401]);
    }
    // Every other flow asks the same.
    const { verifier } = house.signIn.identity;
    for (const evidence of [{ bearerToken: token }, { sessionToken: token }]) {
      await expect(verifier.verifyEvidence(evidence, new AbortController().signal)).rejects.toThrow(
        NotIdentified,
      );
    }
    const page = await request(house.app).get('/me/studies').set('cookie', `${SESSION_COOKIE}=${token}`);
    expect(page.headers['location']).toContain('/auth/sign-in');
    for (const grant of [
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:saml2-bearer',
    ]) {
      const exchanged = await request(house.app)
        .post('/auth/token')
        .type('form')
        .send({ grant_type: grant, assertion: token });
      expect([exchanged.status, exchanged.body.access_token]).toEqual([400, undefined]);
    }
    await house.close();
  });
});
