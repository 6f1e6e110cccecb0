import type { Evidence } from '../../src/domain/register.ts';
import {
  loginsOfSamePerson,
  practitionerNamedBy,
  suspensionInForce,
} from '../../src/register/login-standing.ts';
import { aPractitioner, buildSnapshot, NOW, practitionerId } from '../fakes/register-builder.ts';

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

const suspension: Evidence = {
  id: 'suspension-1',
  practitioner: alice.id,
  type: 'suspension',
  happenedAt: NOW - 1,
  attestedBy: 'clinical.director',
};
const lifted: Evidence = { ...suspension, id: 'lifted-1', type: 'suspension-lifted', happenedAt: NOW };
const holding = (practitioners: (typeof alice)[], ...evidence: Evidence[]) => ({
  snapshot: () => buildSnapshot({ practitioners, evidence }),
});

test.each([
  { name: 'one in force is named', given: holding([alice], suspension), expect: 'suspension-1' },
  {
    name: 'of either person whom the login names',
    given: holding([twin, alice], suspension),
    expect: 'suspension-1',
  },
  { name: 'one that was lifted is over', given: holding([alice], suspension, lifted), expect: undefined },
  { name: 'none', given: holding([alice]), expect: undefined },
  {
    name: 'of one credential alone is none of the person',
    given: holding([alice], { ...suspension, scheme: 'rc-ai' }),
    expect: undefined,
  },
  { name: 'the register is away', given: away, expect: undefined },
])('suspensions: $name', ({ given, expect: expected }) => {
  expect(suspensionInForce(given, CARD, NOW + 1)).toBe(expected);
});
