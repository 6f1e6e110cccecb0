import { loginsOfSamePerson, practitionerNamedBy } from '../../src/register/login-standing.ts';
import { aPractitioner, buildSnapshot, practitionerId } from '../fakes/register-builder.ts';

const PASSWORD = { provider: 'urn:test:idp', subject: 'alice.osei' };
const CARD = { provider: 'urn:test:cards', subject: '555036632103' };
const alice = aPractitioner({ identities: [PASSWORD, CARD] });
const twin = aPractitioner({ id: practitionerId('twin'), identities: [CARD] });
const register = (...practitioners: (typeof alice)[]) => ({
  snapshot: () => buildSnapshot({ practitioners }),
});
const away = {
  snapshot: () => {
    throw new Error('away');
  },
};

test.each([
  { name: 'of one person', given: register(alice), expect: [PASSWORD, CARD] },
  { name: 'of two people: itself alone', given: register(alice, twin), expect: [CARD] },
  { name: 'of nobody: itself alone', given: register(), expect: [CARD] },
  { name: 'with the register away: itself alone', given: away, expect: [CARD] },
])('logins of a card $name', ({ given, expect: expected }) => {
  expect(loginsOfSamePerson(given, CARD)).toEqual(expected);
});

test('a login of two people names neither', () => {
  expect(practitionerNamedBy(register(alice), CARD)).toBe(alice.id);
  expect(practitionerNamedBy(register(alice, twin), CARD)).toBeUndefined();
});
