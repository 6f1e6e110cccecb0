import { NotPermitted } from '../../src/domain/errors.ts';
import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import type { Evidence } from '../../src/domain/register.ts';
import { addMonths } from '../../src/domain/calendar.ts';
import {
  aRadiographer,
  buildSnapshot,
  currentEvidence,
  NOW,
  practitionerId,
} from '../fakes/register-builder.ts';
import { loginOf } from '../fakes/fake-people-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';
import { doneIn, peopleApp } from '../fakes/people-app.ts';
import { HOLDER, PEOPLE, RADIOGRAPHER, SUSPENDED } from '../fakes/people-register.ts';

const BEN = '/me/register/people/ben.adeyemi';
const DANA = '/me/register/people/dana.held';
const AWARD = `${BEN}/award/ai-operator`;

/** Ben with everything that an AI-Operator needs, but not listed yet. */
function earned(changes: readonly Evidence[] = []): ReturnType<typeof buildSnapshot> {
  const evidence = currentEvidence(RADIOGRAPHER, 'ai-operator').filter(({ type }) => type !== 'award');
  const practitioners = [
    ...PEOPLE.filter(({ id }) => id !== RADIOGRAPHER),
    aRadiographer({ id: RADIOGRAPHER, name: 'Ben Adéyemi' }),
  ];
  return buildSnapshot({ practitioners, evidence: [...evidence, ...changes] });
}

describe('awarding a credential', () => {
  const award = (text: string): readonly string[] =>
    linksOf(text)
      .filter(({ href }) => href === AWARD)
      .map((link) => link.text);

  test('is offered once everything but the listing is there', async () => {
    expect(award((await peopleApp().open(BEN)).text)).toEqual([]);
    expect(award((await peopleApp({ register: earned() }).open(BEN)).text)).toEqual(['Award AI-Operator']);
    const listed: Evidence = {
      id: 'E-award',
      practitioner: RADIOGRAPHER,
      type: 'award',
      scheme: 'ai-operator',
      happenedAt: addMonths(NOW, -1),
      attestedBy: 'alice.osei',
    };
    expect(award((await peopleApp({ register: earned([listed]) }).open(BEN)).text)).toEqual([]);
    const holder = peopleApp({
      register: earned(),
      viewer: loginOf(practitionerId('fiona.grant'), { assurance: 2 }),
    });
    expect(award((await holder.open(BEN)).text)).toEqual([]);
  });

  test('takes two people and keeps the certificate', async () => {
    const app = peopleApp({ register: earned(), waits: true });
    const page = (await app.open(AWARD)).text;
    expect(textsOf(page, 'h1')).toEqual(['Award: AI-Operator']);
    expect(plainText(page)).toContain('Still missing Nothing');
    expect(plainText(page)).toContain('Nothing changes before a second person has confirmed it.');
    const res = await app.send(`${AWARD}/send`, 'document=Shelf+9');
    expect([res.status, res.headers['location']]).toEqual([303, `/me/register/waiting/${'e'.repeat(64)}`]);
    expect(app.acts).toEqual([
      {
        act: {
          act: 'award-credential',
          practitioner: RADIOGRAPHER,
          scheme: 'ai-operator',
          document: 'Shelf 9',
        },
      },
    ]);
    await app.send(`${AWARD}/send`, 'document=');
    expect(app.acts[1]?.act).toEqual({
      act: 'award-credential',
      practitioner: RADIOGRAPHER,
      scheme: 'ai-operator',
    });
  });

  test('says what is missing', async () => {
    const { text } = await peopleApp().open(AWARD);
    expect(plainText(text)).toContain('Still missing AI literacy exam, 80 % or more; Reflective plan');
    expect(textsOf(text, 'dd').at(-1)).not.toMatch(/Listing|Annual|CPD/);
  });

  test.each(['rc-ai', 'nonsense'])(
    'a credential of another profession (%s) -> nothing is there',
    async (scheme) => {
      expect((await peopleApp().open(`${BEN}/award/${scheme}`)).status).toBe(404);
    },
  );

  test('refused -> every requirement that is missing', async () => {
    const refusal = new NotPermitted([actReasonOf('award-unearned', { detail: 'DOPS sign-off' })]);
    const res = await peopleApp({ refusal }).send(`${AWARD}/send`, 'document=Shelf+9');
    expect(res.status).toBe(403);
    expect(plainText(res.text)).toContain('DOPS sign-off');
    expect(ownFormsOf(res.text).at(-1)?.fields).toEqual({ document: 'Shelf 9' });
  });
});

describe('suspending, and lifting it', () => {
  test('a person as a whole, in force at once', async () => {
    const app = peopleApp();
    const page = (await app.open(`${BEN}/suspend`)).text;
    expect(unlabelledFields(page)).toEqual([]);
    expect(plainText(page)).toContain('AI locks for Ben Adéyemi at once, on every node');
    expect(page).toMatch(/value="all" checked/);
    const res = await app.send(`${BEN}/suspend/send`, { scheme: 'all', reason: ' Incident 12. ' });
    expect([res.status, res.headers['location'], doneIn(res)]).toEqual([303, BEN, '"suspend"']);
    expect(app.acts).toEqual([
      { act: { act: 'suspend', practitioner: RADIOGRAPHER, reason: 'Incident 12.' } },
    ]);
  });

  test('one credential only', async () => {
    const app = peopleApp();
    await app.send(`${BEN}/suspend/send`, { scheme: 'ai-operator', reason: 'Incident 12.' });
    expect(app.acts).toEqual([
      { act: { act: 'suspend', practitioner: RADIOGRAPHER, scheme: 'ai-operator', reason: 'Incident 12.' } },
    ]);
  });

  test('lifting it takes two', async () => {
    const app = peopleApp({ waits: true });
    const page = (await app.open(`${DANA}/lift-suspension`)).text;
    expect(plainText(page)).toContain('Which suspension is lifted');
    expect(plainText(page)).toContain('What was missing before is still missing');
    const res = await app.send(`${DANA}/lift-suspension/send`, { scheme: 'all', reason: 'Cleared.' });
    expect(res.headers['location']).toBe(`/me/register/waiting/${'e'.repeat(64)}`);
    expect(app.acts).toEqual([
      { act: { act: 'lift-suspension', practitioner: SUSPENDED, reason: 'Cleared.' } },
    ]);
  });

  test.each([
    { form: { scheme: 'all', reason: '' }, says: 'Reason is missing.', href: '#reason' },
    { form: { reason: 'x' }, says: 'What is suspended is missing.', href: '#scheme' },
    {
      form: { scheme: 'all', reason: 'two\nlines' },
      says: 'Reason takes one line of at most 500 characters.',
      href: '#reason',
    },
  ])('$form -> $says', async ({ form, says, href }) => {
    const app = peopleApp();
    const res = await app.send(`${BEN}/suspend/send`, form);
    expect(res.status).toBe(400);
    expect(linksOf(res.text)).toContainEqual({ text: says, href });
    expect(app.acts).toEqual([]);
  });

  test('is not for those whose duty it is not', async () => {
    const { text } = await peopleApp({ viewer: loginOf(HOLDER) }).open(`${BEN}/suspend`);
    expect(ownFormsOf(text)).toEqual([]);
    expect(plainText(text)).toContain('You cannot do this at the moment This is not among your duties.');
  });
});
