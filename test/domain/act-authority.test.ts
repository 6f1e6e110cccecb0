import { mayAct } from '../../src/domain/act-permissions.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { REGISTER_ACTS, type RegisterActName } from '../../src/domain/register-acts.ts';
import type { Evidence, Instant, RegisterSnapshot } from '../../src/domain/register.ts';
import {
  DAY_MS,
  evidenceOfPeople,
  PEOPLE,
  peopleRegister,
  person,
  POLICY,
  signedIn,
} from '../fakes/act-people.ts';
import type { PersonName } from '../fakes/act-people.ts';
import { NOW, PROVIDER, practitionerId } from '../fakes/register-builder.ts';

const register = peopleRegister();

/** Who may do what under the shipped policy: by role, or by a credential that is current. */
const EVERYBODY: readonly PersonName[] = PEOPLE;
const LEADS: readonly PersonName[] = ['lead', 'other-lead'];
const HEADS: readonly PersonName[] = [...LEADS, 'director'];
const CLINICIANS: readonly PersonName[] = ['rc-one', 'rc-two'];
const OPERATORS: readonly PersonName[] = ['op-one', 'op-two'];
const MAY: Readonly<Record<RegisterActName, readonly PersonName[]>> = {
  declare: EVERYBODY,
  'log-cpd': EVERYBODY,
  'acknowledge-guideline': EVERYBODY,
  'add-practitioner': HEADS,
  'change-practitioner': HEADS,
  'attest-evidence': [...HEADS, 'faculty', ...CLINICIANS],
  'correct-evidence': HEADS,
  'withdraw-evidence': HEADS,
  'award-credential': HEADS,
  suspend: HEADS,
  'lift-suspension': HEADS,
  'grant-approval': [...HEADS, ...CLINICIANS],
  'end-approval': [...HEADS, ...CLINICIANS],
  'carry-over-approvals': CLINICIANS,
  'register-model': [...LEADS, 'it', ...CLINICIANS],
  'change-model': [...LEADS, 'it', ...CLINICIANS],
  'approve-plan': CLINICIANS,
  'record-acceptance-test': [...OPERATORS, ...CLINICIANS],
  'release-model': CLINICIANS,
  'stop-use': CLINICIANS,
  'hold-model': OPERATORS,
  'lift-stop-use': CLINICIANS,
  'sign-name-only': CLINICIANS,
  'retire-model': CLINICIANS,
  'draft-guideline': CLINICIANS,
  'comment-on-guideline': [...CLINICIANS, ...OPERATORS],
  'sign-guideline': CLINICIANS,
  'review-guideline': CLINICIANS,
  import: [...HEADS, 'it'],
};

function codes(
  act: RegisterActName,
  name: PersonName,
  given: {
    readonly register?: RegisterSnapshot;
    readonly login?: Partial<Principal>;
    readonly now?: Instant;
  } = {},
): readonly string[] {
  const reasons = mayAct(act, signedIn(name, given.login), given.register ?? register, given.now ?? NOW);
  return reasons.map(({ code }) => code);
}

describe('who may do what, every act and every person', () => {
  test.each(REGISTER_ACTS)('%s', (act) => {
    const may = PEOPLE.filter((name) => codes(act, name).length === 0);
    expect(may.toSorted()).toEqual([...MAY[act]].toSorted());
  });

  test.each(REGISTER_ACTS)('%s: nobody who is suspended', (act) => {
    const suspensions = PEOPLE.map((name) => ({
      id: `suspension-${name}`,
      practitioner: practitionerId(name),
      type: 'suspension' as const,
      happenedAt: NOW - DAY_MS,
      attestedBy: 'somebody',
    }));
    const suspended = peopleRegister({ evidence: [...evidenceOfPeople(), ...suspensions] });
    for (const name of PEOPLE) {
      expect(codes(act, name, { register: suspended })).toContain('practitioner-suspended');
    }
  });

  test.each(['stop-use', 'hold-model'] as const)('%s: from any session, whatever a policy asks', (act) => {
    const acts = POLICY.acts.map((rule) => ({ ...rule, minAssurance: 3 as const, maxLoginAgeMinutes: 1 }));
    const slow = peopleRegister({}, { ...POLICY, acts });
    const name = act === 'stop-use' ? 'rc-one' : 'op-one';
    const old = { assurance: 1, authenticatedAt: NOW - 7 * DAY_MS } as const;
    expect(codes(act, name, { register: slow, login: old })).toEqual([]);
    expect(codes('log-cpd', name, { register: slow, login: old })).toEqual([
      'assurance-too-low',
      'login-too-old',
    ]);
    expect(codes(act, name, { login: { ...old, method: 'break-glass' } })).toEqual(['assurance-too-low']);
    expect(codes(act, name, { login: { ...old, expiresAt: NOW } })).toEqual(['login-too-old']);
  });

  test('whoever is in training hears that, and what is missing', () => {
    expect(codes('stop-use', 'trainee')).toEqual(['credential-in-training', 'requirement-missing']);
  });

  test('whoever has another duty hears whose it is', () => {
    const [reason] = mayAct('award-credential', signedIn('op-one'), register, NOW);
    expect(reason?.text).toBe('This is not among your duties. It is for: programme lead, clinical director.');
    expect(codes('hold-model', 'rc-one')).toEqual(['act-not-in-duty']);
  });

  test('a credential that the policy does not have is named as it stands there', () => {
    const acts = POLICY.acts.map((rule) =>
      rule.act === 'retire-model' ? { ...rule, credentials: ['gone'] } : rule,
    );
    const [reason] = mayAct('retire-model', signedIn('rc-one'), peopleRegister({}, { ...POLICY, acts }), NOW);
    expect(reason?.text).toContain('gone');
  });

  test('a lapsed registration takes what stands on a credential, not what stands on a role', () => {
    const old = NOW + 400 * DAY_MS;
    const login = { authenticatedAt: old - 60_000, expiresAt: old + 60_000 };
    expect(codes('retire-model', 'rc-one', { now: old, login })).toContain('registration-lapsed');
    expect(codes('suspend', 'lead', { now: old, login })).toEqual([]);
    expect(codes('log-cpd', 'rc-one', { now: old, login })).toEqual([]);
  });

  describe('stopping is the safe direction', () => {
    const without = (type: Evidence['type'], ...more: readonly Evidence[]): RegisterSnapshot =>
      peopleRegister({ evidence: [...evidenceOfPeople().filter((piece) => piece.type !== type), ...more] });
    const suspended = (changes: Partial<Evidence>): Evidence => ({
      id: 'suspended',
      practitioner: practitionerId('rc-one'),
      type: 'suspension',
      happenedAt: NOW - 1,
      attestedBy: 'lead',
      ...changes,
    });
    test.each([
      { name: 'a lapse', given: without('annual-declaration') },
      { name: 'a lapsed registration', given: without('registration') },
      { name: 'a part of the award that is gone', given: without('dops') },
      { name: 'a suspension of another credential', given: without('cpd', suspended({ scheme: 'other' })) },
    ])('$name takes it from nobody who was ever awarded the credential', ({ given }) => {
      expect(codes('stop-use', 'rc-one', { register: given })).toEqual([]);
      expect(codes('hold-model', 'op-one', { register: given })).toEqual([]);
      expect(codes('retire-model', 'rc-one', { register: given })).not.toEqual([]);
    });

    test.each([
      { name: 'the person', suspension: suspended({}), code: 'practitioner-suspended' },
      { name: 'the credential', suspension: suspended({ scheme: 'rc-ai' }), code: 'credential-suspended' },
    ])('whoever suspended $name meant it', ({ suspension, code }) => {
      expect(codes('stop-use', 'rc-one', { register: without('cpd', suspension) })).toContain(code);
    });

    test('whoever never was awarded it does not', () => {
      expect(codes('stop-use', 'rc-one', { register: without('award') })).toContain('credential-in-training');
    });
  });

  test('an act that the policy does not list is nobody’s', () => {
    const empty = peopleRegister({}, { ...POLICY, acts: [] });
    for (const act of REGISTER_ACTS) {
      expect(codes(act, 'lead', { register: empty })).toEqual(['act-not-listed']);
    }
  });
});

describe('how somebody must have signed in', () => {
  const CARD_ACTS = ['award-credential', 'lift-suspension', 'add-practitioner', 'import'] as const;
  test.each(CARD_ACTS)('%s wants a smart card', (act) => {
    expect(codes(act, 'lead', { login: { assurance: 2 } })).toEqual(['assurance-too-low']);
  });

  test('how old a login may be is the policy’s', () => {
    const at = (minutes: number): Partial<Principal> => ({ authenticatedAt: NOW - minutes * 60_000 });
    expect(codes('release-model', 'rc-one', { login: at(60) })).toEqual([]);
    expect(codes('release-model', 'rc-one', { login: at(61) })).toEqual(['login-too-old']);
    expect(codes('award-credential', 'lead', { login: at(61) })).toEqual([]);
  });

  test('a stop-use wants neither card nor freshness', () => {
    const login = { assurance: 1, authenticatedAt: NOW - 30 * DAY_MS } as const;
    expect(codes('stop-use', 'rc-one', { login })).toEqual([]);
    expect(codes('hold-model', 'op-one', { login })).toEqual([]);
    expect(codes('lift-stop-use', 'rc-one', { login })).toEqual(['assurance-too-low', 'login-too-old']);
  });

  test.each(REGISTER_ACTS)('%s: no break-glass, no session that cannot be confirmed', (act) => {
    const [name = 'lead'] = MAY[act];
    expect(codes(act, name, { login: { method: 'break-glass' } })).toEqual(['assurance-too-low']);
    expect(codes(act, name, { login: { unconfirmed: true } })).toEqual(['session-unconfirmed']);
  });

  test.each(REGISTER_ACTS)('%s: a token does what its scopes say', (act) => {
    const [name = 'lead'] = MAY[act];
    const isFromAny = act === 'stop-use' || act === 'hold-model';
    expect(codes(act, name, { login: { scopes: ['records'] } })).toEqual([]);
    expect(codes(act, name, { login: { scopes: ['images'] } })).toEqual(['act-token-scope']);
    expect(codes(act, name, { login: { scopes: ['ai', 'images'] } })).toEqual(
      isFromAny ? [] : ['act-token-scope'],
    );
  });

  test('a login that names nobody, or two people, does nothing', () => {
    const identities = [{ provider: PROVIDER, subject: 'lead' }];
    const two = peopleRegister({ practitioners: [person('lead'), person('director', { identities })] });
    expect(codes('suspend', 'lead', { register: two })).toEqual(['identity-ambiguous']);
    expect(codes('suspend', 'lead', { login: { subject: 'stranger' } })).toEqual(['identity-unmapped']);
  });
});
