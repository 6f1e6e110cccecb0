import type { OpenidProvider } from '../../src/identity/oidc/openid-provider.ts';
import { openOidcHouse, type LoginOutcome, type OidcHouse } from '../fakes/oidc-house.ts';
import { CARD, openidProvider, openPlanned, PHONE } from '../fakes/oidc-providers.ts';
import type { LoginPlan, OpenidProviderFake } from '../fakes/openid-provider.ts';
import { openBrowser } from '../fakes/plain-browser.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';

const SMITH = '555036632103';
const ROLES = [
  {
    person_orgid: '1',
    person_roleid: '555254240100',
    org_code: 'RX1',
    role_name: '"Clinical":"Clinical Provision":"Consultant"',
  },
  { person_orgid: '2', person_roleid: '555254240101', org_code: 'RX2', role_name: 'Clerk' },
];
const RADIOLOGIST = { selected_roleid: '555254240100', nhsid_nrbac_roles: ROLES };

/** As `docs/operations/identity.md` sets CIS2 up. */
const CIS2: Partial<OpenidProvider> = {
  scopes: ['openid', 'profile', 'nhsperson', 'nationalrbacaccess'],
  minIdAssurance: 3,
};

let fake: OpenidProviderFake;
let house: OidcHouse;

beforeAll(async () => {
  fake = await openPlanned('cis2', {});
});
afterAll(() => fake.close());
afterEach(() => house.close());

async function openWith(
  more: Partial<OpenidProvider>,
  plans: Readonly<Record<string, LoginPlan>>,
): Promise<void> {
  house = await openOidcHouse([openidProvider('cis2', fake.issuer, { ...CIS2, ...more })]);
  fake.honoursAcrValues = true;
  fake.plans.clear();
  for (const [hint, plan] of Object.entries(plans)) fake.plans.set(hint, plan);
}

async function signIn(hint: string, query = '', token = ''): Promise<LoginOutcome> {
  const begun = await house.begin('cis2', query, token === '' ? '' : `${SESSION_COOKIE}=${token}`);
  const back = await fake.signIn(begun.location, hint);
  return house.callback('cis2', back.searchParams, begun.cookie);
}

const strength = (plan: Partial<LoginPlan>): LoginPlan => ({
  sub: SMITH,
  claims: { id_assurance_level: '3' },
  ...plan,
});

test.each<{ name: string; plan: Partial<LoginPlan>; assurance: number }>([
  { name: 'a card', plan: CARD, assurance: 3 },
  { name: 'a phone', plan: PHONE, assurance: 2 },
  { name: 'AAL3 by another device', plan: { ...CARD, amr: ['FIDO2'] }, assurance: 2 },
  { name: 'AAL3 that does not say how', plan: { acr: 'AAL3_ANY', level: '3' }, assurance: 2 },
  { name: 'a strong acr with a weak level', plan: { ...CARD, level: '1' }, assurance: 1 },
  { name: 'a strong level with a weak acr', plan: { ...CARD, acr: 'AAL2_ANY' }, assurance: 2 },
  { name: 'an acr nobody listed', plan: { ...CARD, acr: 'AAL9_ANY' }, assurance: 1 },
  { name: 'a level nobody knows', plan: { ...CARD, level: 'three' }, assurance: 1 },
  { name: 'an acr named like a property of objects', plan: { ...CARD, acr: 'constructor' }, assurance: 1 },
  { name: 'a level alone', plan: { amr: CARD.amr, level: '3' }, assurance: 3 },
  { name: 'an acr alone', plan: { acr: CARD.acr, amr: CARD.amr }, assurance: 3 },
  { name: 'nothing said', plan: {}, assurance: 1 },
  { name: 'a card among other methods', plan: { ...CARD, amr: ['PIN', 'N3_SMARTCARD'] }, assurance: 3 },
])('$name -> assurance $assurance', async ({ plan, assurance }) => {
  await openWith({}, { smith: strength(plan) });
  const { token } = await signIn('smith');
  expect(await house.whoIs(token)).toMatchObject({ subject: SMITH, assurance });
});

test('no card of the policy, no smart card', async () => {
  await openWith({ assurance: { acr: { AAL3_ANY: 3 }, amrForCard: [] } }, { smith: strength(CARD) });
  expect(await house.whoIs((await signIn('smith')).token)).toMatchObject({ assurance: 2 });
});

test.each<{ name: string; plan: Partial<LoginPlan>; min?: number; status: number }>([
  { name: 'level 3', plan: { claims: { id_assurance_level: '3' } }, status: 303 },
  { name: 'level 2', plan: { claims: { id_assurance_level: '2' } }, status: 403 },
  { name: 'level 2, and 2 is enough', plan: { claims: { id_assurance_level: '2' } }, min: 2, status: 303 },
  { name: 'a number, not a level', plan: { claims: { id_assurance_level: 3 } }, status: 403 },
  { name: 'no level', plan: { claims: {} }, status: 403 },
  { name: 'no level, and none is wanted', plan: { claims: {} }, min: 0, status: 303 },
  {
    name: 'a level at userinfo',
    plan: { claims: { id_assurance_level: '3' }, userinfoOnly: ['id_assurance_level'] },
    status: 303,
  },
])('identity checked to $name -> $status', async ({ plan, min = 3, status }) => {
  await openWith({ minIdAssurance: min }, { smith: strength({ ...CARD, ...plan }) });
  const outcome = await signIn('smith');
  expect(outcome.status).toBe(status);
  if (status === 403) expect(outcome.body.detail).toContain('(identity-too-weak)');
});

describe('roles', () => {
  const withRoles = (claims: Readonly<Record<string, unknown>>, more: Partial<LoginPlan> = {}): LoginPlan =>
    strength({ ...CARD, claims: { id_assurance_level: '3', ...claims }, ...more });
  const userinfoOnly = ['nhsid_nrbac_roles', 'selected_roleid'];

  test.each<{ name: string; plan: LoginPlan }>([
    { name: 'in the ID token', plan: withRoles(RADIOLOGIST) },
    { name: 'at userinfo', plan: withRoles(RADIOLOGIST, { userinfoOnly }) },
    {
      name: 'chosen in the ID token, listed at userinfo',
      plan: withRoles(RADIOLOGIST, { userinfoOnly: ['nhsid_nrbac_roles'] }),
    },
  ])('$name -> in the principal', async ({ plan }) => {
    await openWith({ roleSelection: 'provider' }, { smith: plan });
    const begun = await house.begin('cis2');
    expect(begun.asked.get('prompt')).toBe('login');
    expect(begun.asked.get('scope')?.split(' ')).toContain('selectedrole');
    const who = await house.whoIs((await signIn('smith')).token);
    expect(who?.role).toEqual({
      id: '555254240100',
      name: '"Clinical":"Clinical Provision":"Consultant"',
      organisation: 'RX1',
    });
    expect(house.events.at(-1)).toMatchObject({ outcome: 'signed-in', roleId: '555254240100' });
  });

  test.each<{ name: string; claims: Readonly<Record<string, unknown>> }>([
    { name: 'none chosen', claims: { nhsid_nrbac_roles: ROLES } },
    { name: 'one that is not listed', claims: { ...RADIOLOGIST, selected_roleid: '999' } },
    { name: 'no list', claims: { selected_roleid: '555254240100' } },
    { name: 'an empty choice', claims: { nhsid_nrbac_roles: [{ person_roleid: '' }], selected_roleid: '' } },
    { name: 'a choice with spaces', claims: { ...RADIOLOGIST, selected_roleid: ' 555254240100' } },
    { name: 'a choice that is a number', claims: { ...RADIOLOGIST, selected_roleid: 555254240100 } },
    { name: 'a list that is text', claims: { ...RADIOLOGIST, nhsid_nrbac_roles: '555254240100' } },
  ])('$name -> role-missing', async ({ claims }) => {
    await openWith({ roleSelection: 'provider' }, { smith: withRoles(claims) });
    const outcome = await signIn('smith');
    expect(outcome.body.detail).toContain('(role-missing)');
    expect(await house.sessionCount()).toBe(0);
  });

  test('are not looked at where nobody is asked for one', async () => {
    await openWith({}, { smith: withRoles(RADIOLOGIST) });
    expect((await house.whoIs((await signIn('smith')).token))?.role).toBeUndefined();
  });
});

describe('step-up', () => {
  const stepUp = '?step-up=3&return=%2Fme%2Fai';
  const plans = {
    smith: strength({ ...PHONE, strong: CARD }),
    stale: strength({ ...CARD, authTime: Math.floor(Date.now() / 1_000) - 600 }),
    jones: strength({ ...CARD, sub: '555036632199' }),
  };

  test('asks for more, anew; then the session is stronger, under another token, where the person was', async () => {
    await openWith({}, plans);
    const before = await signIn('smith');
    expect(await house.whoIs(before.token)).toMatchObject({ assurance: 2 });
    const begun = await house.begin('cis2', stepUp, `${SESSION_COOKIE}=${before.token ?? ''}`);
    expect(Object.fromEntries(begun.asked)).toMatchObject({
      acr_values: 'AAL3_ANY',
      max_age: '0',
      prompt: 'login',
    });
    const back = await fake.signIn(begun.location, 'smith');
    const after = await house.callback('cis2', back.searchParams, begun.cookie);
    expect(after).toMatchObject({ status: 303, location: '/me/ai' });
    expect(await house.whoIs(after.token)).toMatchObject({ subject: SMITH, assurance: 3 });
    expect(await house.whoIs(before.token)).toBeUndefined();
  });

  test.each([
    { name: 'a provider that ignores acr_values', hint: 'smith', honours: false, code: 'step-up-too-weak' },
    { name: 'a sign-in of ten minutes ago, handed on', hint: 'stale', honours: true, code: 'not-fresh' },
    { name: 'another person', hint: 'jones', honours: true, code: 'another-person' },
  ])('$name -> $code', async ({ hint, honours, code }) => {
    await openWith({}, plans);
    const before = await signIn('smith');
    fake.honoursAcrValues = honours;
    const outcome = await signIn(hint, stepUp, before.token);
    expect(outcome).toMatchObject({ status: 403, token: undefined });
    expect(outcome.body.detail).toContain(`(${code})`);
    const isStillIn = (await house.whoIs(before.token)) !== undefined;
    expect(isStillIn).toBe(code !== 'another-person');
  });

  test('a locked session wants a proof of now, but no stronger one', async () => {
    await openWith({}, plans);
    const before = await signIn('smith');
    await house.sessions.lock(before.token ?? '');
    const begun = await house.begin('cis2', '', `${SESSION_COOKIE}=${before.token ?? ''}`);
    expect(Object.fromEntries(begun.asked)).toMatchObject({ max_age: '0', prompt: 'login' });
    expect(begun.asked.has('acr_values')).toBe(false);
    const stale = await fake.signIn(begun.location, 'stale');
    const refused = await house.callback('cis2', stale.searchParams, begun.cookie);
    expect(refused.body.detail).toContain('(not-fresh)');
    const outcome = await signIn('smith', '', before.token);
    expect(await house.whoIs(outcome.token)).toMatchObject({ subject: SMITH, assurance: 2 });
  });
});

test('a sign-in at the provider older than allowed -> not-fresh; the provider is told the bound', async () => {
  const authTime = Math.floor(Date.now() / 1_000) - 3_600;
  await openWith({ maxAuthenticationAgeMs: 30 * 60_000 }, { smith: strength({ ...CARD, authTime }) });
  const begun = await house.begin('cis2');
  expect(begun.asked.get('max_age')).toBe('1800');
  const back = await fake.signIn(begun.location, 'smith');
  const outcome = await house.callback('cis2', back.searchParams, begun.cookie);
  expect(outcome.body.detail).toContain('(not-fresh)');
});

test('what is asked for at a plain sign-in may be set', async () => {
  await openWith({ acrValues: ['AAL2_OR_AAL3_ANY', 'AAL2_ANY'] }, {});
  const begun = await house.begin('cis2');
  expect(begun.asked.get('acr_values')).toBe('AAL2_OR_AAL3_ANY AAL2_ANY');
  expect(begun.asked.has('prompt')).toBe(false);
});

test('who sits at the same browser with a session at the provider is asked again for a step-up', async () => {
  await openWith({}, { smith: strength({ ...PHONE, strong: CARD }) });
  const browser = openBrowser();
  const first = await house.begin('cis2');
  const before = await house.callback(
    'cis2',
    (await fake.signIn(first.location, 'smith', browser)).searchParams,
    first.cookie,
  );
  const begun = await house.begin('cis2', '?step-up=3', `${SESSION_COOKIE}=${before.token ?? ''}`);
  const back = await fake.signIn(begun.location, 'smith', browser);
  const after = await house.callback('cis2', back.searchParams, begun.cookie);
  expect(await house.whoIs(after.token)).toMatchObject({ assurance: 3 });
});
