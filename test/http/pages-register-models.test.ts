import { buildSnapshot, NOW } from '../fakes/register-builder.ts';
import { loginOf } from '../fakes/fake-people-flows.ts';
import { modelApp } from '../fakes/model-app.ts';
import {
  LEAD,
  modelContents,
  modelRegister,
  NEXT,
  OPERATOR,
  RC,
  RC_TWO,
  STAFF,
} from '../fakes/model-register.ts';
import { linksOf, plainText, textsOf } from '../fakes/page-text.ts';

const MODELS = '/me/register/models';
const RELEASED = `${MODELS}/lung-nodule/2.1.0`;
const NEXT_ONE = `${MODELS}/lung-nodule/2.2.0`;
const THIRD = `${MODELS}/lung-nodule/3.0.0`;
const RETIRED = `${MODELS}/fracture/2.1.0`;

describe('the list of model versions', () => {
  test('shows every version by family, with state, sites, stop-uses, and who many are approved', async () => {
    const { status, text } = await modelApp().open(MODELS);
    expect(status).toBe(200);
    expect(textsOf(text, 'caption')).toEqual(['Family bone-xr', 'Family lung-ct']);
    const links = linksOf(text).filter(({ href }) => href?.startsWith(`${MODELS}/`));
    expect(links.map(({ href }) => href)).toEqual([`${MODELS}/new`, RETIRED, RELEASED, NEXT_ONE, THIRD]);
    const said = plainText(text);
    expect(said).toContain('Released Stop-use in force at north');
    expect(said).toContain('Review of its guideline was due 13 February 2026');
    expect(said).toContain('In acceptance Stop-use in force at north; Hold in force');
    expect(said).toMatch(/lung-nodule 2\.1\.0 .*Released at general Approved 2/);
    expect(text).toContain('<strong class="countersign-stopped-word">Stop-use in force at north</strong>');
  });

  test('says each stop-use in force, since when, by whom and why, and only who may lifts it', async () => {
    const { text } = await modelApp().open(MODELS);
    expect(plainText(text)).toContain(
      'Every version of the family lung-ct, at north, since 10 Mar 2026, 08:00:00 , by Chris Rowe. Reason: Wrong side shown.',
    );
    expect(plainText(text)).toContain('it ends by itself 10 Mar 2026, 12:00:00');
    expect(plainText(text)).not.toContain('Server moved.');
    const lifts = linksOf(text).filter(({ href }) => href?.endsWith('/lift'));
    expect(lifts.map(({ href }) => href)).toEqual([
      '/me/register/stop-uses/S-family/lift',
      '/me/register/stop-uses/S-hold/lift',
    ]);
    const theirs = await modelApp({ viewer: loginOf(OPERATOR) }).open(MODELS);
    expect(linksOf(theirs.text).some(({ href }) => href?.endsWith('/lift'))).toBe(false);
  });

  test('an old sign-in -> the way to prove more, and no lifting', async () => {
    const { text } = await modelApp({ viewer: loginOf(RC, { assurance: 1 }) }).open(MODELS);
    expect(linksOf(text)).toContainEqual({
      text: 'Confirm with your smart card',
      href: `/auth/step-up?assurance=3&return=${encodeURIComponent(MODELS)}`,
    });
    expect(linksOf(text).some(({ href }) => href?.endsWith('/lift'))).toBe(false);
  });

  test('says that a guideline falls due for review', async () => {
    const now = Date.parse('2027-01-20');
    const { guidelines = [] } = modelContents();
    const reviewed = guidelines.map((one) => ({
      ...one,
      reviews: [{ by: RC, at: NOW, outcome: 'Stands.' }],
    }));
    const scene = { register: modelRegister({ guidelines: reviewed }), now };
    const viewer = loginOf(LEAD, { authenticatedAt: now - 60_000, expiresAt: now + 60_000 });
    const { text } = await modelApp({ ...scene, viewer }).open(MODELS);
    expect(plainText(text)).toContain('Review of its guideline due 10 March 2027');
  });

  test('everybody in the register reads it; who is not in it does not', async () => {
    const { status, text } = await modelApp({ viewer: loginOf(STAFF) }).open(MODELS);
    expect(status).toBe(200);
    expect(linksOf(text).map(({ text: said }) => said)).toEqual(
      expect.arrayContaining(['Models', 'Model versions', 'Guidelines']),
    );
    expect(linksOf(text).some((link) => link.href === '/me/register')).toBe(false);
    const stranger = loginOf(LEAD, { subject: 'nobody' });
    expect((await modelApp({ viewer: stranger }).open(MODELS)).status).toBe(403);
  });

  test('an empty register -> so', async () => {
    const register = buildSnapshot({ practitioners: modelContents().practitioners ?? [] });
    const { text } = await modelApp({ register }).open(MODELS);
    expect(plainText(text)).toContain('The register holds no model version yet.');
  });
});

describe('a model version', () => {
  test('shows its life, who did what, and what it is', async () => {
    const { text } = await modelApp().open(RELEASED);
    const said = plainText(text);
    expect(textsOf(text, 'h1')).toEqual(['Lung nodule detector lung-nodule 2.1.0']);
    expect(said).toContain('Registered 29 Jan 2026, 09:00:00, by Alice Osei');
    expect(said).toContain('Released general: from 8 Feb 2026, 09:00:00, signed by Chris Rowe');
    expect(said).toContain('Retired Not reached');
    expect(said).toContain('Intended use CT; CHEST; from 18 years');
    expect(said).toContain('Class and marking Class IIa, UKCA');
    expect(said).toContain('The endpoint’s own name nodules 3');
    expect(said).toContain('station AI1 and maker Example Vendor');
    expect(said).toContain('Operating threshold 0.5');
    expect(linksOf(text)).toContainEqual({
      text: 'AI for lung nodules, version 3',
      href: '/me/guidelines/lung-nodules',
    });
  });

  test('a retired one says why; one of a guideline that nobody signed names it', async () => {
    const retired = plainText((await modelApp().open(RETIRED)).text);
    expect(retired).toContain('by Chris Rowe, ada The vendor withdrew it.');
    expect(retired).toContain('The vendor states no limit');
    expect(retired).toContain('Only its name says which version answers');
    expect(retired).toContain('Simulator Yes');
    expect(plainText((await modelApp().open(THIRD)).text)).toContain('none-yet, version 1');
  });

  test('shows who is approved to those who may look people up, and to others how many', async () => {
    const keeper = await modelApp().open(RELEASED);
    expect(plainText(keeper.text)).toContain(
      '2 people are approved for this version. Independent: 1, Supervised: 1.',
    );
    expect(linksOf(keeper.text)).toContainEqual({
      text: 'Ben Adéyemi',
      href: '/me/register/people/ben.adeyemi',
    });
    const other = await modelApp({ viewer: loginOf(STAFF) }).open(RELEASED);
    expect(plainText(other.text)).toContain('2 people are approved for this version.');
    expect(plainText(other.text)).not.toContain('Adéyemi');
  });

  test('shows the plan with the newest result of each test', async () => {
    const said = plainText((await modelApp().open(NEXT_ONE)).text);
    expect(said).toContain('Re-validation of 2.2.0 Tests open');
    expect(said).toContain('T1: Twenty known nodules Result Passed');
    expect(said).toContain('T2: A chest without findings Result Not passed');
    expect(said).toContain('T3: A study of a child is refused Result No result yet');
    expect(said).not.toContain('Nineteen of twenty.');
    expect(said).toContain('Studies of the plan (2)');
    expect(said).toContain('Document Q-Pulse 4711');
  });

  test('shows stop-uses in force first, and those that are over apart', async () => {
    const said = plainText((await modelApp().open(NEXT_ONE)).text);
    expect(said).toContain('Hold in force lung-nodule 2.2.0, since 10 Mar 2026, 08:00:00 , by Ben Adéyemi');
    expect(said).toContain('Stop-uses and holds that are over (1)');
    expect(said).toContain(
      'Lifted 19 Feb 2026, 09:00:00 by Chris Rowe, Alice Osei: The vendor put it right.',
    );
  });

  test.each([
    { who: RC, path: RELEASED, ways: ['Stop its use', 'Change the record', 'Retire it'] },
    {
      who: RC,
      path: NEXT_ONE,
      ways: ['Stop its use', 'Approve a re-validation plan', 'Change the record', 'Retire it'],
    },
    { who: RC, path: RETIRED, ways: ['Stop its use', 'Change the record'] },
    { who: LEAD, path: RELEASED, ways: ['Change the record'] },
    { who: OPERATOR, path: RELEASED, ways: ['Hold it for 4 hours'] },
    {
      who: OPERATOR,
      path: NEXT_ONE,
      ways: [
        'Hold it for 4 hours',
        'Record a result: Twenty known nodules',
        'Record a result: A chest without findings',
        'Record a result: A study of a child is refused',
      ],
    },
    { who: STAFF, path: NEXT_ONE, ways: [] },
  ])('$who at $path may do: $ways', async ({ who, path, ways }) => {
    const { text } = await modelApp({ viewer: loginOf(who) }).open(path);
    const links = linksOf(text).filter(({ href }) => href?.startsWith(`${path}/`));
    expect(links.map((link) => link.text.replace(' :', ':'))).toEqual(ways);
  });

  test('the release is offered once every test is passed, and not to who ran them', async () => {
    const { acceptanceTests = [] } = modelContents();
    const passed = ['T1', 'T2', 'T3'].map((item) => ({
      id: `R-${item}`,
      plan: 'P-next',
      item,
      result: 'pass' as const,
      recordedBy: OPERATOR,
      happenedAt: NOW,
    }));
    const register = modelRegister({ acceptanceTests: [...acceptanceTests, ...passed] });
    const { text } = await modelApp({ register, viewer: loginOf(RC_TWO) }).open(NEXT_ONE);
    expect(plainText(text)).toContain('Every test passed');
    expect(linksOf(text)).toContainEqual({ text: 'Sign the release', href: `${NEXT_ONE}/release` });
    const { practitioners = [], plans = [] } = modelContents();
    const own = plans.map((plan) => ({ ...plan, operator: RC_TWO }));
    const tests = passed.map((one) => ({ ...one, recordedBy: RC_TWO }));
    const theirs = modelRegister({ practitioners, plans: own, acceptanceTests: tests });
    const page = await modelApp({ register: theirs, viewer: loginOf(RC_TWO) }).open(NEXT_ONE);
    expect(linksOf(page.text).some((link) => link.text === 'Sign the release')).toBe(false);
  });

  test('stopping asks for no strong sign-in, everything else does', async () => {
    const { text } = await modelApp({ viewer: loginOf(RC, { assurance: 1 }) }).open(RELEASED);
    const ways = linksOf(text).map((link) => link.text);
    expect(ways).toContain('Stop its use');
    expect(ways).not.toContain('Retire it');
    expect(ways).toContain('Confirm with your smart card');
  });

  test.each([
    `${MODELS}/lung-nodule/9`,
    `${MODELS}/nothing/1`,
    `${MODELS}/lung-nodule/${NEXT}/plans/P-x/tests/T1`,
  ])('%s -> nothing is there', async (path) => {
    expect((await modelApp().open(path)).status).toBe(404);
  });

  test.each([`${MODELS}/lung-nodule/latest`, `${MODELS}?page=1`, `${RELEASED}?x=1`])(
    '%s -> cannot be read',
    async (path) => {
      expect((await modelApp().open(path)).status).toBe(400);
    },
  );
});
