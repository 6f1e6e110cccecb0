import { judgeConfirmation } from '../../src/domain/judge-confirmation.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { Evidence, Instant, RegisterSnapshot } from '../../src/domain/register.ts';
import { consentOf } from '../fakes/confirm-codes.ts';
import {
  DAY_MS,
  draftsOf,
  evidenceOfPeople,
  HOUR_MS,
  peopleRegister,
  person,
  planBy,
  POLICY,
  signedIn,
} from '../fakes/act-people.ts';
import { MODEL, NOW, practitionerId, VERSION } from '../fakes/register-builder.ts';

const RC1 = practitionerId('rc-one');
const strict = { ...POLICY, acts: POLICY.acts.map((rule) => ({ ...rule, people: 2 as const })) };

/** What stands against the director confirming what the lead proposes now, once some time has passed. */
function laterOn(
  act: RegisterAct,
  given: { readonly before: RegisterSnapshot; readonly after: RegisterSnapshot; readonly now: Instant },
): readonly string[] {
  const drafts = draftsOf(planBy(act, { by: 'lead', register: given.before }));
  const proposal = { act: act.act, consents: [consentOf('lead')] };
  const login = { authenticatedAt: given.now - 60_000, expiresAt: given.now + HOUR_MS };
  const actor = {
    actor: person('director'),
    principal: signedIn('director', login),
    register: given.after,
    now: given.now,
    newId: () => 'new',
  };
  return judgeConfirmation({ proposal, drafts }, actor).map(({ code }) => code);
}

const piece = (type: Evidence['type'], happenedAt: Instant, scheme?: string): Evidence => ({
  id: `${type} ${String(happenedAt)}`,
  practitioner: RC1,
  type,
  happenedAt,
  attestedBy: 'lead',
  ...(scheme === undefined ? {} : { scheme }),
});

describe('a lifting that waits', () => {
  const first = piece('suspension', NOW - HOUR_MS);
  const lifted = piece('suspension-lifted', NOW + 1);
  const registerOf = (...pieces: readonly Evidence[]): RegisterSnapshot =>
    peopleRegister({ evidence: [...evidenceOfPeople(), ...pieces] });
  const lift: RegisterAct = { act: 'lift-suspension', practitioner: RC1, reason: 'Cleared' };
  test.each<{ name: string; after: readonly Evidence[]; codes: readonly string[] }>([
    { name: 'the suspension stands', after: [first], codes: [] },
    { name: 'it has been lifted', after: [first, lifted], codes: ['not-suspended'] },
    {
      name: 'it has been lifted, and there is another',
      after: [first, lifted, piece('suspension', NOW + 2)],
      codes: ['proposal-overtaken'],
    },
    {
      name: 'there is another of the moment of the lifting',
      after: [first, lifted, piece('suspension', NOW)],
      codes: ['not-suspended'],
    },
    {
      name: 'a credential of theirs is suspended since',
      after: [first, piece('suspension', NOW + 2, 'rc-ai')],
      codes: [],
    },
  ])('while $name: $codes', ({ after, codes }) => {
    const given = { before: registerOf(first), after: registerOf(...after), now: NOW + DAY_MS };
    expect(laterOn(lift, given)).toEqual(codes);
  });
});

describe('what was good when it was proposed', () => {
  const register = peopleRegister({}, strict);
  test('a grant from the day of the proposal, confirmed weeks after', () => {
    const grant: RegisterAct = {
      act: 'grant-approval',
      practitioner: RC1,
      model: MODEL,
      version: VERSION,
      functions: ['detection'],
      mode: 'independent',
      from: NOW,
      until: NOW + 100 * DAY_MS,
    };
    const given = { before: register, after: register, now: NOW + 20 * DAY_MS };
    expect(laterOn(grant, given)).toEqual([]);
    expect(laterOn(grant, { ...given, now: NOW + 100 * DAY_MS })).toEqual(['dates-in-disorder']);
  });
});
