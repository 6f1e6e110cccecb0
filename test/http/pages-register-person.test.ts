import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { ETAG } from '../fakes/fake-people-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';
import { doneIn, peopleApp } from '../fakes/people-app.ts';
import { RADIOGRAPHER } from '../fakes/people-register.ts';

const BEN = '/me/register/people/ben.adeyemi';

const PERSON = {
  name: 'Eve Nowak',
  profession: 'radiographer',
  professionalBody: 'HCPC',
  registrationNumber: 'RA999',
  band: '6',
  practiceLevel: '',
  logins: 'urn:example:idp eve nowak\r\n\r\nurn:other eve',
  modalities: 'CT, MR',
  bodyParts: '',
};
const RECORD = {
  name: 'Eve Nowak',
  profession: 'radiographer',
  professionalBody: 'HCPC',
  registrationNumber: 'RA999',
  band: 6,
  roles: ['ai-faculty', 'auditor'],
  identities: [
    { provider: 'urn:example:idp', subject: 'eve nowak' },
    { provider: 'urn:other', subject: 'eve' },
  ],
  scope: { modalities: ['CT', 'MR'], populations: ['adult'] },
};
const ROLES = { roles: ['ai-faculty', 'auditor'], populations: 'adult' };

describe('adding somebody and changing their details', () => {
  test('a new person waits for a second', async () => {
    const app = peopleApp({ waits: true });
    const page = (await app.open('/me/register/people/new')).text;
    expect(unlabelledFields(page)).toEqual([]);
    expect(plainText(page)).toContain('Nothing changes before a second person has confirmed it.');
    const res = await app.send('/me/register/people/new/send', { id: 'eve.nowak', ...PERSON, ...ROLES });
    expect([res.status, res.headers['location']]).toEqual([303, `/me/register/waiting/${'e'.repeat(64)}`]);
    expect(doneIn(res)).toBeUndefined();
    expect(app.acts).toEqual([
      {
        act: { act: 'add-practitioner', practitioner: { id: 'eve.nowak', ...RECORD } },
        ifMatch: { kind: 'practitioner', id: 'eve.nowak', etag: '' },
      },
    ]);
  });

  test('a change is of the record as it was opened', async () => {
    const app = peopleApp();
    const form = ownFormsOf((await app.open(`${BEN}/change`)).text).at(-1);
    expect(form).toMatchObject({
      action: `${BEN}/change/send`,
      fields: {
        etag: ETAG,
        name: 'Ben Adéyemi',
        registrationNumber: 'RA12345',
        band: '7',
        modalities: 'CT, MR',
      },
    });
    const res = await app.send(`${BEN}/change/send`, { etag: ETAG, ...PERSON, ...ROLES });
    expect([res.status, res.headers['location']]).toEqual([303, BEN]);
    expect(app.acts).toEqual([
      {
        act: { act: 'change-practitioner', practitioner: { id: RADIOGRAPHER, ...RECORD } },
        ifMatch: { kind: 'practitioner', id: RADIOGRAPHER, etag: ETAG },
      },
    ]);
  });

  test('every login that stands is sent again', async () => {
    const { text } = await peopleApp().open(`${BEN}/change`);
    expect(textsOf(text, 'textarea')).toEqual(['urn:example:idp ben.adeyemi']);
    expect(text).toMatch(/value="adult" checked/);
  });

  test('somebody else was faster -> both are shown, with the newer tag, and nothing typed is lost', async () => {
    const refusal = new GatewayError('precondition-failed', { detail: 'The tag no longer holds.' });
    const res = await peopleApp({ refusal }).send(`${BEN}/change/send`, { etag: 'old', ...PERSON, ...ROLES });
    expect(res.status).toBe(412);
    expect(plainText(res.text)).toContain(
      'Somebody else has changed this meanwhile What stands now is shown here, with what you typed.',
    );
    expect(plainText(res.text)).toContain('Registered with HCPC RA12345');
    expect(ownFormsOf(res.text).at(-1)?.fields).toMatchObject({ etag: ETAG, name: 'Eve Nowak', band: '6' });
    expect(res.text).toMatch(/value="auditor" checked/);
    expect(textsOf(res.text, 'textarea')).toEqual(['urn:example:idp eve nowak urn:other eve']);
  });

  test.each([
    { change: { name: ' ' }, says: 'Name is missing.', href: '#name' },
    { change: { profession: '' }, says: 'Profession is missing.', href: '#profession' },
    { change: { profession: 'surgeon' }, says: 'Profession is not one of the list.', href: '#profession' },
    {
      change: { registrationNumber: '' },
      says: 'Registration number is missing.',
      href: '#registrationNumber',
    },
    { change: { band: '12' }, says: 'Band is not a whole number from 1 to 9.', href: '#band' },
    { change: { band: 'six' }, says: 'Band is not a whole number from 1 to 9.', href: '#band' },
    {
      change: { logins: 'justone' },
      says: 'Logins takes one login on each line: the identity provider, a space, and the name.',
      href: '#logins',
    },
    {
      change: { modalities: 'computed tomography' },
      says: 'Scope: modalities takes codes of capitals and digits with commas between them.',
      href: '#modalities',
    },
    { change: { roles: 'king' }, says: 'Duties around the register is not one of the list.', href: '#roles' },
  ])('$change -> $says', async ({ change, says, href }) => {
    const app = peopleApp();
    const res = await app.send(`${BEN}/change/send`, { etag: ETAG, ...PERSON, ...ROLES, ...change });
    expect(res.status).toBe(400);
    expect(linksOf(res.text)).toContainEqual({ text: says, href });
    expect(app.acts).toEqual([]);
  });

  test('several faults are said at once', async () => {
    const res = await peopleApp().send('/me/register/people/new/send', { id: 'not good', name: '' });
    expect(linksOf(res.text).filter(({ href }) => href?.startsWith('#') && href !== '#maincontent')).toEqual([
      { text: 'Identifier takes letters, digits, dots, hyphens and underscores only.', href: '#id' },
      { text: 'Name is missing.', href: '#name' },
      { text: 'Profession is missing.', href: '#profession' },
      { text: 'Professional body is missing.', href: '#professionalBody' },
    ]);
  });

  test('no body, no number', async () => {
    const app = peopleApp();
    const change = {
      profession: 'other',
      professionalBody: 'none',
      registrationNumber: '',
      band: '',
      logins: '',
    };
    const res = await app.send(`${BEN}/change/send`, { etag: ETAG, ...PERSON, ...change });
    expect(res.status).toBe(303);
    expect(app.acts[0]?.act).toEqual({
      act: 'change-practitioner',
      practitioner: {
        id: RADIOGRAPHER,
        name: 'Eve Nowak',
        profession: 'other',
        professionalBody: 'none',
        roles: [],
        identities: [],
        scope: { modalities: ['CT', 'MR'] },
      },
    });
  });

  test('refused -> every reason with its remedy', async () => {
    const refusal = new NotPermitted([actReasonOf('last-programme-lead')]);
    const res = await peopleApp({ refusal }).send(`${BEN}/change/send`, { etag: ETAG, ...PERSON, ...ROLES });
    expect(res.status).toBe(403);
    expect(plainText(res.text)).toContain('Not done: Change a person’s details');
    expect(plainText(res.text)).toContain('What to do:');
  });
});
