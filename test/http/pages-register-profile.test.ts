import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import { loginOf } from '../fakes/fake-people-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';
import { doneIn, peopleApp } from '../fakes/people-app.ts';
import { DIRECTOR, HOLDER, RADIOGRAPHER } from '../fakes/people-register.ts';
import { NOW } from '../fakes/register-builder.ts';

const TODAY = Date.parse('2026-03-10');
const ACKNOWLEDGE = '/me/guidelines/lung-nodules/4/acknowledge';

describe('my profile', () => {
  const mine = peopleApp({ viewer: loginOf(HOLDER) });

  test('says who I am, what stands, and until when', async () => {
    const { text, headers } = await mine.open('/me/profile');
    expect(headers['cache-control']).toBe('no-store');
    expect(textsOf(text, 'h1')).toEqual(['My profile']);
    const said = plainText(text);
    expect(said).toContain('Responsible Clinician for AI (RC-AI) Current');
    expect(said).toContain('To keep it: 6 of 6 met');
    expect(said).toContain('Annual safety declaration, with its three statements (until 10 September 2026)');
    expect(said).toContain('10 CPD credits a year for this model family: lung-ct (10 of 10 credits');
    expect(textsOf(text, 'dd')).toEqual(expect.arrayContaining(['GMC 1234567', 'No restriction']));
  });

  test('says what falls due, the first thing first, and where it is put right', async () => {
    const soon = peopleApp({ viewer: loginOf(HOLDER), now: Date.parse('2026-09-05') });
    const { text } = await soon.open('/me/profile');
    expect(linksOf(text)).toContainEqual({
      text: expect.stringMatching(/^Sign it : .*declaration/i),
      href: '/me/declaration',
    });
    expect(plainText(text)).toMatch(/Overdue .* Within 7 days/);
  });

  test('shows each approval by exact version, with mode, functions, dates and who granted it', async () => {
    const { text } = await mine.open('/me/profile');
    const said = plainText(text);
    expect(said).toContain('Lung nodule detector lung-nodule 2.1.0');
    expect(said).toContain('Detection, Viewing a stored AI result');
    expect(said).toContain('8 February 2026 to 4 January 2027');
    expect(said).toContain('granted by Alice Osei');
    expect(said).toContain('To come Model: In acceptance');
    expect(said).not.toContain('End it');
  });

  test('asks for the guideline in effect, and leads to it', async () => {
    expect(linksOf((await mine.open('/me/profile')).text)).toContainEqual({
      text: 'AI for lung nodules, version 4',
      href: ACKNOWLEDGE,
    });
  });

  test('leads to all my evidence, kind by kind', async () => {
    const { text } = await mine.open('/me/profile');
    expect(linksOf(text)).toContainEqual({
      text: 'Log-book case',
      href: '/me/profile/evidence?type=log-book-case',
    });
    const list = await mine.open('/me/profile/evidence?type=log-book-case');
    expect(textsOf(list.text, 'h1')).toEqual(['My evidence']);
    expect(plainText(list.text)).toContain('Place in the log-book: 50');
    expect(linksOf(list.text).some(({ href }) => href?.includes('/people/'))).toBe(false);
  });

  test('somebody in training sees what is missing, and what comes later', async () => {
    const { text } = await peopleApp({ viewer: loginOf(RADIOGRAPHER) }).open('/me/profile');
    const said = plainText(text);
    expect(said).toContain('AI-Operator In training');
    expect(said).toContain(
      'Missing Fifty consecutive AI-assisted cases on a supervised live list (12 of 50)',
    );
    expect(said).toContain('Missing AI literacy exam, 80 % or more');
    expect(said).toContain('Later Anomaly log kept within the last year');
    expect(said).toContain('Supervised by Chris Rowe');
    expect(said).toContain('Approvals that ended (1)');
    expect(said).toContain('The course is over.');
    expect(linksOf(text).map((link) => link.text)).not.toContain('Register');
  });

  test('says once what was done a moment ago', async () => {
    const cookie = Buffer.from('"log-cpd"').toString('base64url');
    const res = await mine
      .open('/me/profile')
      .set('cookie', `__Host-countersign-session=known-session; __Secure-countersign-done=${cookie}`);
    expect(plainText(res.text)).toContain('Done The CPD is logged.');
    expect(String(res.headers['set-cookie'])).toContain('__Secure-countersign-done=;');
    const lie = await mine
      .open('/me/profile')
      .set('cookie', `__Host-countersign-session=known-session; __Secure-countersign-done=${'x'.repeat(40)}`);
    expect(plainText(lie.text)).not.toContain('Done');
  });

  test('a login that names nobody -> told so, and no menu entry', async () => {
    const { status, text } = await peopleApp({
      viewer: { ...loginOf(HOLDER), subject: 'stranger' },
    }).open('/me/profile');
    expect([status, plainText(text)]).toEqual([
      403,
      expect.stringContaining('Your login is not in the AI register.'),
    ]);
    expect(linksOf(text).map((link) => link.text)).not.toContain('My profile');
  });
});

describe('what one says of oneself', () => {
  const THREE = 'statements=followed-guidelines&statements=reported-incidents&statements=stayed-in-scope';

  test.each([
    {
      path: '/me/declaration',
      form: THREE,
      act: {
        act: 'declare',
        statements: ['followed-guidelines', 'reported-incidents', 'stayed-in-scope'],
      },
    },
    {
      path: '/me/cpd',
      form: 'title=+Journal+club+&credits=1.5&happenedAt=2026-03-10&modelFamily=&document=',
      act: { act: 'log-cpd', title: 'Journal club', credits: 1.5, happenedAt: TODAY },
    },
    {
      path: '/me/cpd',
      form: 'title=Webinar&credits=2&happenedAt=2026-03-10&modelFamily=lung-ct&document=Shelf+4',
      act: {
        act: 'log-cpd',
        title: 'Webinar',
        credits: 2,
        happenedAt: TODAY,
        modelFamily: 'lung-ct',
        document: 'Shelf 4',
      },
    },
    {
      path: ACKNOWLEDGE,
      form: 'read=yes',
      act: { act: 'acknowledge-guideline', guideline: 'lung-nodules', version: '4' },
    },
  ])('$path: $act.act', async ({ path, form, act }) => {
    const app = peopleApp({ viewer: loginOf(HOLDER) });
    const page = (await app.open(path)).text;
    expect(unlabelledFields(page)).toEqual([]);
    expect(ownFormsOf(page).at(-1)).toMatchObject({ method: 'post', action: `${path}/send` });
    const res = await app.send(`${path}/send`, form);
    expect([res.status, res.headers['location']]).toEqual([303, '/me/profile']);
    expect(app.acts).toEqual([{ act }]);
    expect(doneIn(res)).toBe(JSON.stringify(act.act));
  });

  test.each([
    {
      path: '/me/declaration',
      form: '',
      says: 'What you declare needs all three statements.',
      href: '#statements',
    },
    {
      path: '/me/declaration',
      form: 'statements=followed-guidelines&statements=stayed-in-scope',
      says: 'What you declare needs all three statements.',
      href: '#statements',
    },
    {
      path: '/me/cpd',
      form: 'title=&credits=2&happenedAt=2026-03-10',
      says: 'What it was is missing.',
      href: '#title',
    },
    {
      path: '/me/cpd',
      form: 'title=a&credits=two&happenedAt=2026-03-10',
      says: 'Credits is not a number from 0.001 to 100.',
      href: '#credits',
    },
    {
      path: '/me/cpd',
      form: 'title=a&credits=2&happenedAt=10.03.2026',
      says: 'Date is not a day, such as 2026-03-27.',
      href: '#happenedAt',
    },
    { path: ACKNOWLEDGE, form: '', says: 'Your acknowledgement needs a tick.', href: '#read' },
  ])('$path with “$form” -> $says', async ({ path, form, says, href }) => {
    const app = peopleApp({ viewer: loginOf(HOLDER) });
    const res = await app.send(`${path}/send`, form);
    expect(res.status).toBe(400);
    expect(linksOf(res.text)).toContainEqual({ text: says, href });
    expect(res.text).toContain(`id="${href.slice(1)}-error"`);
    expect(app.acts).toEqual([]);
  });

  test('what was typed is kept', async () => {
    const app = peopleApp({ viewer: loginOf(HOLDER) });
    const cpd = await app.send('/me/cpd/send', 'title=Journal+"club"&credits=no&happenedAt=2026-03-01');
    expect(ownFormsOf(cpd.text).at(-1)?.fields).toMatchObject({
      title: 'Journal "club"',
      credits: 'no',
      happenedAt: '2026-03-01',
    });
    const declared = await app.send('/me/declaration/send', 'statements=reported-incidents');
    expect(declared.text).toMatch(/value="reported-incidents" checked/);
    expect(declared.text).not.toMatch(/value="stayed-in-scope" checked/);
  });

  test('a form of another page -> 400, and nothing is done', async () => {
    const app = peopleApp({ viewer: loginOf(HOLDER) });
    expect((await app.send('/me/cpd/send', 'title=a&credits=2&happenedAt=2026-03-10&x=1')).status).toBe(400);
    expect((await app.open('/me/cpd?title=a')).status).toBe(400);
    expect(app.acts).toEqual([]);
  });

  test('refused -> why, what to do, and what was typed', async () => {
    const refusal = new NotPermitted([reasonOf('assurance-too-low', { assurance: 3 })]);
    const app = peopleApp({ viewer: loginOf(HOLDER, { assurance: 2 }), refusal });
    const res = await app.send('/me/cpd/send', 'title=Webinar&credits=2&happenedAt=2026-03-10');
    expect(res.status).toBe(403);
    expect(plainText(res.text)).toContain('Not done: Log CPD This needs a sign-in with your smart card.');
    expect(linksOf(res.text)).toContainEqual({
      text: 'Confirm with your smart card',
      href: '/auth/step-up?assurance=3&return=%2Fme%2Fcpd',
    });
    expect(ownFormsOf(res.text).at(-1)?.fields).toMatchObject({ title: 'Webinar' });
    expect(doneIn(res)).toBeUndefined();
  });

  test('the case log away -> a page that says so; nothing is said to be done', async () => {
    const refusal = new GatewayError('case-log-unavailable', { detail: 'It could not be written down.' });
    const res = await peopleApp({ viewer: loginOf(HOLDER), refusal }).send('/me/declaration/send', THREE);
    expect([res.status, textsOf(res.text, 'h1'), doneIn(res)]).toEqual([
      503,
      ['The case log cannot be written, so AI is locked'],
      undefined,
    ]);
  });

  test('a sign-in that is too weak -> the form is not shown, but what opens it', async () => {
    const { text } = await peopleApp({ viewer: loginOf(HOLDER, { assurance: 1 }) }).open('/me/declaration');
    expect(ownFormsOf(text)).toEqual([]);
    expect(linksOf(text)).toContainEqual({
      text: 'Confirm with a second factor',
      href: '/auth/step-up?assurance=2&return=%2Fme%2Fdeclaration',
    });
  });

  test.each(['lung-nodules/3', 'other/1'])('a guideline that is not asked for (%s) -> 404', async (name) => {
    const { status, text } = await peopleApp({ viewer: loginOf(HOLDER) }).open(
      `/me/guidelines/${name}/acknowledge`,
    );
    expect([status, plainText(text)]).toEqual([
      404,
      expect.stringContaining('You are not asked to acknowledge'),
    ]);
  });

  test('a guideline can be read before it is acknowledged', async () => {
    const { text } = await peopleApp({ viewer: loginOf(HOLDER) }).open(ACKNOWLEDGE);
    expect(linksOf(text)).toEqual(
      expect.arrayContaining([
        { text: 'Read AI for lung nodules', href: 'https://intranet.example/lung-nodules-4.pdf' },
        { text: 'It rests on: NICE HTE12', href: 'https://www.nice.org.uk/guidance/hte12' },
      ]),
    );
  });

  test('from a stranger’s page -> refused', async () => {
    const app = peopleApp({ viewer: loginOf(HOLDER) });
    const res = await app.send('/me/declaration/send', THREE).set('origin', 'https://evil.example');
    expect([res.status, app.acts]).toEqual([403, []]);
  });
});

test.each([
  { name: 'a lead', viewer: loginOf(DIRECTOR), has: true },
  { name: 'a holder who may approve', viewer: loginOf(HOLDER), has: true },
  { name: 'a radiographer in training', viewer: loginOf(RADIOGRAPHER), has: false },
])('the menu of $name: Register $has', async ({ viewer, has }) => {
  const { text } = await peopleApp({ viewer, now: NOW }).open('/me/profile');
  expect(linksOf(text).some((link) => link.text === 'Register')).toBe(has);
});
