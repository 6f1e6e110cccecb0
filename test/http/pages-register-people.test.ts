import { aPractitioner, buildSnapshot, practitionerId } from '../fakes/register-builder.ts';
import { loginOf } from '../fakes/fake-people-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';
import { peopleApp } from '../fakes/people-app.ts';
import { DIRECTOR, HOLDER, LEAD, PEOPLE, RADIOGRAPHER } from '../fakes/people-register.ts';

const BEN = '/me/register/people/ben.adeyemi';
const SIGNED_IN = '__Host-countersign-session=known-session';

describe('the list of people', () => {
  const app = peopleApp();

  test('shows everybody by name, with what they hold', async () => {
    const { text } = await app.open('/me/register');
    const people = linksOf(text).filter(({ href }) => href?.startsWith('/me/register/people/'));
    expect(people.map((link) => link.text)).toEqual([
      'Add a person',
      'Alice Osei',
      'Ben Adéyemi',
      'Chris Rowe',
      'Dana Held',
      'Fiona Grant',
    ]);
    const said = plainText(text);
    expect(said).toContain('People: 5');
    expect(said).toContain('AI-Operator In training');
    expect(said).toContain('Responsible Clinician for AI (RC-AI) Suspended');
    expect(said).not.toContain('Postgraduate Diploma');
    expect(unlabelledFields(text)).toEqual([]);
  });

  test('is searched by words of a name, which stand in no address', async () => {
    const res = await app.send('/me/register/search', 'name=ADEYEMI+ben');
    expect([res.status, res.headers['location']]).toEqual([303, '/me/register']);
    const cookie = String(res.headers['set-cookie']);
    expect(cookie).toMatch(
      /^__Secure-countersign-people=.*Path=\/me\/register; .*HttpOnly; Secure; SameSite=Lax$/,
    );
    const found = await app.open('/me/register').set('cookie', `${SIGNED_IN}; ${cookie.split(';')[0]}`);
    expect(plainText(found.text)).toContain('People found: 1');
    expect(ownFormsOf(found.text)[0]?.fields).toEqual({ name: 'ADEYEMI ben' });
    expect(ownFormsOf(found.text)[0]?.buttons).toEqual(['Search', 'Show all']);
  });

  test('nobody of that name -> so; show all -> forgotten', async () => {
    const value = Buffer.from('"zz"').toString('base64url');
    const none = await app
      .open('/me/register')
      .set('cookie', `${SIGNED_IN}; __Secure-countersign-people=${value}`);
    expect(plainText(none.text)).toContain('Nobody of that name is in the register.');
    const cleared = await app.send('/me/register/search', 'name=zz&clear=yes');
    expect(String(cleared.headers['set-cookie'])).toContain('__Secure-countersign-people=;');
  });

  test('a name that cannot be one -> said at the field', async () => {
    const res = await app.send('/me/register/search', `name=${'a'.repeat(101)}`);
    expect(res.status).toBe(400);
    expect(linksOf(res.text)).toContainEqual({ text: 'Name takes at most 100 characters.', href: '#name' });
  });

  test('goes on page by page', async () => {
    const many = Array.from({ length: 30 }, (_, place) =>
      aPractitioner({ id: practitionerId(`p-${place}`), name: `Person ${String(place).padStart(2, '0')}` }),
    );
    const register = buildSnapshot({ practitioners: [...PEOPLE, ...many] });
    const paged = peopleApp({ register });
    const first = await paged.open('/me/register');
    expect(linksOf(first.text).at(-1)).toEqual({ text: 'Next page of people', href: '/me/register?page=2' });
    const second = await paged.open('/me/register?page=2');
    expect(plainText(second.text)).toContain('page 2');
    expect(linksOf(second.text).at(-1)).toEqual({ text: 'Previous page of people', href: '/me/register' });
    expect(plainText((await paged.open('/me/register?page=3')).text)).toContain('There are no more people.');
    expect((await paged.open('/me/register?page=0')).status).toBe(400);
  });

  test('is for those who keep the register', async () => {
    const { status, text } = await peopleApp({ viewer: loginOf(RADIOGRAPHER) }).open('/me/register');
    expect([status, plainText(text)]).toEqual([
      403,
      expect.stringContaining('Other people’s entries are for those who keep the register.'),
    ]);
  });

  test('a holder who may approve looks people up, and adds nobody', async () => {
    const { text } = await peopleApp({ viewer: loginOf(HOLDER) }).open('/me/register');
    expect(linksOf(text).map((link) => link.text)).toEqual(
      expect.arrayContaining(['Ben Adéyemi', 'Carry approvals over to a new version']),
    );
    expect(linksOf(text).map((link) => link.text)).not.toContain('Add a person');
  });

  test('a weaker sign-in -> what a smart card would open', async () => {
    const { text } = await peopleApp({ viewer: loginOf(LEAD, { assurance: 2 }) }).open('/me/register');
    expect(linksOf(text)).toContainEqual({
      text: 'Confirm with your smart card',
      href: '/auth/step-up?assurance=3&return=%2Fme%2Fregister',
    });
  });
});

describe('the page of a person', () => {
  test('shows whoever keeps the register what they may do, and nothing else', async () => {
    const actions = async (app: ReturnType<typeof peopleApp>, path: string): Promise<readonly string[]> =>
      linksOf((await app.open(path)).text)
        .filter(({ href }) => href?.startsWith(`${path}/`) && !href.includes('evidence?'))
        .map((link) => link.text);
    expect(await actions(peopleApp(), BEN)).toEqual([
      'Add evidence',
      'Grant an approval',
      'Change details',
      'Suspend',
      'End it : lung-nodule 2.1.0, Supervised',
      'Their log-book of supervised cases',
    ]);
    expect(await actions(peopleApp({ viewer: loginOf(HOLDER) }), BEN)).toEqual([
      'Add evidence',
      'Grant an approval',
      'End it : lung-nodule 2.1.0, Supervised',
      'Their log-book of supervised cases',
    ]);
    expect(await actions(peopleApp(), '/me/register/people/dana.held')).toEqual([
      'Add evidence',
      'Grant an approval',
      'Change details',
      'Lift a suspension',
      'Their log-book of supervised cases',
    ]);
  });

  test('leads to their log-book whoever has a duty, and their supervisor, and nobody else', async () => {
    const hasLink = async (viewer: Parameters<typeof loginOf>[0], id: string): Promise<boolean> => {
      const { text } = await peopleApp({ viewer: loginOf(viewer) }).open(`/me/register/people/${id}`);
      return linksOf(text).some(({ href }) => href === `/me/register/people/${id}/log-book`);
    };
    expect(await hasLink(DIRECTOR, 'ben.adeyemi')).toBe(true);
    expect(await hasLink(HOLDER, 'ben.adeyemi')).toBe(true);
    expect(await hasLink(HOLDER, 'dana.held')).toBe(false);
    const own = await peopleApp({ viewer: loginOf(HOLDER) }).open('/me/profile');
    expect(linksOf(own.text)).toContainEqual({
      text: 'My log-book of supervised cases',
      href: '/me/log-book',
    });
  });

  test('tells a suspension, by whom and why', async () => {
    const said = plainText((await peopleApp().open('/me/register/people/dana.held')).text);
    expect(said).toContain(
      'Suspended All AI: suspended on 7 March 2026 by Fiona Grant. Reason: Incident 12 is being looked into.',
    );
    expect(said).toContain('None: nobody signs in as this person');
  });

  test('does not offer a lead their own', async () => {
    const { text } = await peopleApp().open('/me/register/people/alice.osei');
    expect(textsOf(text, 'h1')).toEqual(['My profile']);
    const suspend = await peopleApp().open('/me/register/people/alice.osei/suspend');
    expect(ownFormsOf(suspend.text)).toEqual([]);
    expect(plainText(suspend.text)).toContain(
      'Nobody grants, attests, signs or lifts anything for themselves',
    );
  });

  test.each(['nobody', '..%2Fx', 'a%20b'])('%s -> nothing is there', async (id) => {
    expect([400, 404]).toContain((await peopleApp().open(`/me/register/people/${id}`)).status);
  });

  test('escapes what stands in the register', async () => {
    const practitioners = [
      ...PEOPLE.filter(({ id }) => id !== RADIOGRAPHER),
      aPractitioner({ id: RADIOGRAPHER, name: '<img src=x>', identities: [] }),
    ];
    const { text } = await peopleApp({ register: buildSnapshot({ practitioners }) }).open(BEN);
    expect(text).not.toContain('<img');
  });
});
