import { forgedAnswers } from '../../fixtures/saml/forged-answers.ts';
import { hostileAnswers, type HostileAnswer } from '../../fixtures/saml/hostile-answers.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

/** Judged by whose session exists, never by the status alone; the code says that it was refused for the right thing. */
async function expectRefused(house: SignInHouse, { forgery, code }: HostileAnswer): Promise<void> {
  const outcome = await house.signIn(forgery);
  expect(await house.subjects()).toEqual([]);
  expect(outcome.token).toBeUndefined();
  expect(outcome.status).toBe(403);
  expect(outcome.body.code).toBe('sign-in-failed');
  expect(house.events.at(-1)).toEqual({
    outcome: 'refused',
    provider: 'urn:test:north',
    method: 'saml',
    code,
  });
  expect(outcome.body.detail).toMatch(new RegExp(`\\(${code}\\)$`));
}

const stranger = makeKeyPair('stranger');
const own = makeKeyPair('north');
let house: SignInHouse;
beforeAll(async () => {
  house = await openSignInHouse({ north: { ssoUrl: 'http://localhost:9/sso', keyPair: own } });
});
afterAll(() => house.close());

// The same answers unbent sign in (sign-in-accepted.test.ts), so nothing here fails for want of a good message.
describe('a rightly signed answer with one thing wrong opens no session', () => {
  test.each(hostileAnswers('urn:test:north', 'urn:test:south', Date.now()))('$name -> $code', (row) =>
    expectRefused(house, row),
  );
});

describe('an answer whose signatures do not cover it opens no session', () => {
  test.each(forgedAnswers(own, stranger))('$name -> $code', (row) => expectRefused(house, row));
});
