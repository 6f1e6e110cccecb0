import { postFrom, sessionDoorsApp } from '../fakes/session-doors-app.ts';
import { ALICE, openSessionsHouse, type SessionsHouse } from '../fakes/sessions-house.ts';

const CARD = { provider: 'urn:test:cards', subject: '555036632103' };
const SAML = { provider: ALICE.provider, subject: ALICE.subject };

let house: SessionsHouse;
beforeEach(async () => {
  house = await openSessionsHouse();
});
afterEach(() => house.close());

test('ends what the same person has by another login, card and password alike', async () => {
  const here = await house.arrive();
  const card = await house.arrive({ ...CARD, method: 'smart-card' });
  const ben = await house.arrive({ subject: 'ben.carter' });
  const app = sessionDoorsApp(house, { loginsOf: () => [SAML, CARD] });
  await postFrom(app, '/auth/logout-everywhere', card);
  const left = [await house.whose(here), await house.whose(card), await house.whose(ben)];
  expect(left).toEqual(['NotIdentified', 'NotIdentified', 'ben.carter']);
});

test('ends the session at hand although the register names other logins only', async () => {
  const here = await house.arrive();
  const app = sessionDoorsApp(house, { loginsOf: () => [CARD] });
  await postFrom(app, '/auth/logout-everywhere', here);
  expect(await house.whose(here)).toBe('NotIdentified');
});

test('with the store away: 503, and each login is ended later', async () => {
  const here = await house.arrive();
  const card = await house.arrive({ ...CARD, method: 'smart-card' });
  // Whom this node has seen, it knows by name while the store is away.
  await house.whose(here);
  await house.whose(card);
  house.setAway(true);
  const app = sessionDoorsApp(house, { loginsOf: () => [SAML, CARD] });
  expect((await postFrom(app, '/auth/logout-everywhere', here)).status).toBe(503);
  house.setAway(false);
  await house.sessions.catchUp();
  expect([await house.whose(here), await house.whose(card)]).toEqual(['NotIdentified', 'NotIdentified']);
});
