import { loginOf } from '../fakes/fake-people-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';
import { doneIn, peopleApp } from '../fakes/people-app.ts';
import { DIRECTOR, HOLDER, LEAD, NEXT, PEOPLE, RADIOGRAPHER } from '../fakes/people-register.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  buildSnapshot,
  currentEvidence,
  practitionerId,
} from '../fakes/register-builder.ts';

const CARRY = '/me/register/carry-over';

describe('carrying approvals over', () => {
  test('begins with a version that people are approved for', async () => {
    const app = peopleApp();
    expect(textsOf((await app.open(CARRY)).text, 'option')).toEqual([
      'Choose one',
      'Lung nodule detector, lung-nodule 2.1.0 (2 people)',
    ]);
    const on = await app.open(`${CARRY}?of=lung-nodule%402.1.0`);
    expect([on.status, on.headers['location']]).toEqual([303, `${CARRY}/lung-nodule/2.1.0`]);
    expect((await app.open(`${CARRY}?of=`)).status).toBe(400);
  });

  test('shows everybody whose approvals would be granted, all of them ticked', async () => {
    const { text } = await peopleApp().open(`${CARRY}/lung-nodule/2.1.0`);
    expect(unlabelledFields(text)).toEqual([]);
    expect(plainText(text)).toContain('Ben Adéyemi Supervised, to 30 March 2026: Detection');
    expect(text.match(/name="practitioners"[^>]* checked/g)).toHaveLength(2);
    expect(plainText(text)).toContain('2.2.0 In acceptance');
  });

  test('grants them, or only some', async () => {
    const app = peopleApp();
    const form = { toVersion: NEXT, practitioners: [RADIOGRAPHER, HOLDER] };
    const res = await app.send(`${CARRY}/lung-nodule/2.1.0/send`, form);
    expect([res.status, res.headers['location'], doneIn(res)]).toEqual([
      303,
      '/me/register',
      '"carry-over-approvals"',
    ]);
    expect(app.acts).toEqual([
      {
        act: {
          act: 'carry-over-approvals',
          model: 'lung-nodule',
          fromVersion: '2.1.0',
          toVersion: NEXT,
          practitioners: [RADIOGRAPHER, HOLDER],
        },
      },
    ]);
  });

  test.each([
    { form: { practitioners: [HOLDER] }, says: 'New version is missing.' },
    { form: { toVersion: NEXT }, says: 'Whose approvals needs at least one person.' },
    { form: { toVersion: 'latest', practitioners: HOLDER }, says: 'New version is not one of the list.' },
  ])('$form -> $says', async ({ form, says }) => {
    const app = peopleApp();
    const res = await app.send(`${CARRY}/lung-nodule/2.1.0/send`, form);
    expect([res.status, linksOf(res.text).some(({ text }) => text === says)]).toEqual([400, true]);
    expect(app.acts).toEqual([]);
  });

  const crowd = (size: number): ReturnType<typeof peopleApp> => {
    const ids = Array.from({ length: size }, (_, place) =>
      practitionerId(`${'0'.repeat(30)}-${String(place).padStart(4, '0')}`),
    );
    const practitioners = [...PEOPLE, ...ids.map((id) => aPractitioner({ id, name: id, identities: [] }))];
    const modelVersions = [aModelVersion(), aModelVersion({ version: NEXT })];
    const approvals = ids.map((id) => anApproval({ id: `A-${id}`, practitioner: id }));
    const evidence = currentEvidence(LEAD);
    return peopleApp({ register: buildSnapshot({ practitioners, modelVersions, approvals, evidence }) });
  };

  test('hundreds of people fit into one form', async () => {
    const app = crowd(500);
    const page = (await app.open(`${CARRY}/lung-nodule/2.1.0`)).text;
    const practitioners = [...page.matchAll(/name="practitioners" type="checkbox" value="([^"]+)"/g)].map(
      ([, id]) => id,
    );
    expect(practitioners).toHaveLength(500);
    const res = await app.send(`${CARRY}/lung-nodule/2.1.0/send`, { toVersion: NEXT, practitioners });
    expect(res.status).toBe(303);
    expect(app.acts[0]?.act).toMatchObject({ practitioners });
  });

  test('more than can be named: it is for all of them, and says so', async () => {
    const app = crowd(501);
    const page = (await app.open(`${CARRY}/lung-nodule/2.1.0`)).text;
    expect(plainText(page)).toContain('It is for all 501 people who are approved for the version before.');
    expect(page).not.toContain('name="practitioners"');
    const res = await app.send(`${CARRY}/lung-nodule/2.1.0/send`, { toVersion: NEXT });
    expect(res.status).toBe(303);
    expect(app.acts[0]?.act).toEqual({
      act: 'carry-over-approvals',
      model: 'lung-nodule',
      fromVersion: '2.1.0',
      toVersion: NEXT,
    });
  });

  test('only an RC-AI does it', async () => {
    const { text } = await peopleApp({ viewer: loginOf(DIRECTOR) }).open(`${CARRY}/lung-nodule/2.1.0`);
    expect(ownFormsOf(text)).toEqual([]);
  });

  test('nothing to carry over -> so; an unknown version -> nothing is there', async () => {
    const register = buildSnapshot({ practitioners: PEOPLE, modelVersions: [aModelVersion()] });
    expect(plainText((await peopleApp({ register }).open(CARRY)).text)).toContain(
      'there is nothing to carry over',
    );
    expect((await peopleApp().open(`${CARRY}/lung-nodule/9`)).status).toBe(404);
  });
});
