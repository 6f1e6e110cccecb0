import { outlineAct, planAct } from '../../src/domain/plan-act.ts';
import type { Practitioner } from '../../src/domain/register.ts';
import {
  codesOf,
  draftsOf,
  PEOPLE,
  peopleRegister,
  person,
  planBy,
  signedIn,
  type PersonName,
} from '../fakes/act-people.ts';
import { NOW, practitionerId } from '../fakes/register-builder.ts';

type Words = Readonly<Record<string, unknown>> & { readonly id: string };

const words = (name: PersonName, changes: Partial<Practitioner> = {}): Words => ({
  ...person(name, changes),
});
const register = peopleRegister();

describe('adding people, and changing what is said of them', () => {
  test('a new person, as they were written', () => {
    const practitioner = words('trainee', { id: practitionerId('new'), identities: [] });
    const plan = planBy({ act: 'add-practitioner', practitioner }, { by: 'lead', register });
    expect(plan).toMatchObject({ permitted: true, people: 2 });
    expect(draftsOf(plan)).toEqual([{ kind: 'practitioner', id: 'new', record: practitioner }]);
  });

  test.each<{
    name: string;
    act: 'add-practitioner' | 'change-practitioner';
    practitioner: Words;
    codes: readonly string[];
  }>([
    {
      name: 'somebody who is there',
      act: 'add-practitioner',
      practitioner: words('trainee'),
      codes: ['exists-already'],
    },
    { name: 'somebody who is there', act: 'change-practitioner', practitioner: words('trainee'), codes: [] },
    {
      name: 'somebody who is not',
      act: 'change-practitioner',
      practitioner: words('trainee', { id: practitionerId('stranger') }),
      codes: ['unknown-practitioner'],
    },
    {
      name: 'a name that is none',
      act: 'change-practitioner',
      practitioner: { ...words('trainee', { registrationNumber: 'N-none' }), id: 'no name' },
      codes: ['unknown-practitioner'],
    },
    { name: 'oneself', act: 'change-practitioner', practitioner: words('lead'), codes: ['not-for-oneself'] },
  ])('$act: $name: $codes', ({ act, practitioner, codes }) => {
    expect(codesOf(planBy({ act, practitioner }, { by: 'lead', register }))).toEqual(codes);
  });
});

describe('somebody who can sign in as programme lead is always left', () => {
  const only = peopleRegister({
    practitioners: PEOPLE.filter((name) => name !== 'other-lead').map((name) => person(name)),
  });
  const none = peopleRegister({ practitioners: [person('director'), person('trainee')] });
  test.each([
    { name: 'one of two loses the role', register, practitioner: words('lead', { roles: [] }), codes: [] },
    {
      name: 'the last loses the role',
      register: only,
      practitioner: words('lead', { roles: ['it'] }),
      codes: ['last-programme-lead'],
    },
    {
      name: 'the last loses the logins',
      register: only,
      practitioner: words('lead', { identities: [] }),
      codes: ['last-programme-lead'],
    },
    {
      name: 'the last is named without roles',
      register: only,
      practitioner: { id: 'lead' },
      codes: ['last-programme-lead'],
    },
    {
      name: 'the last gets another scope',
      register: only,
      practitioner: words('lead', { scope: { modalities: ['CT'] } }),
      codes: [],
    },
    { name: 'there is none anyway', register: none, practitioner: words('trainee'), codes: [] },
  ])('$name: $codes', ({ register: given, practitioner, codes }) => {
    const act = { act: 'change-practitioner', practitioner } as const;
    const plan = planBy(act, { by: 'director', register: given });
    expect(codesOf(plan)).toEqual(codes);
  });
});

describe('a professional number names one person', () => {
  const twin = (changes: Partial<Practitioner> = {}): Words =>
    words('trainee', {
      id: practitionerId('twin'),
      identities: [],
      registrationNumber: 'N-rc-one',
      ...changes,
    });
  test.each<{ name: string; practitioner: Words; codes: readonly string[] }>([
    { name: 'of somebody who is there', practitioner: twin(), codes: ['exists-already'] },
    {
      name: 'in other letters',
      practitioner: twin({ registrationNumber: 'n-RC-One' }),
      codes: ['exists-already'],
    },
    ...['N-rc-one.', 'N_rc_one', 'Nrcone', '0N-rc-one', 'GMC-N-rc-one', 'gmc.00N.RC.ONE'].map((number) => ({
      name: `as ${number}`,
      practitioner: twin({ registrationNumber: number }),
      codes: ['exists-already'],
    })),
    { name: 'with a zero that counts', practitioner: twin({ registrationNumber: 'N-rc-one0' }), codes: [] },
    { name: 'of another body', practitioner: twin({ professionalBody: 'HCPC' }), codes: [] },
    { name: 'of no body', practitioner: twin({ professionalBody: 'none' }), codes: [] },
    { name: 'none', practitioner: { ...twin(), registrationNumber: undefined }, codes: [] },
  ])('$name: $codes', ({ practitioner, codes }) => {
    const plan = (act: 'add-practitioner' | 'import') =>
      planAct(
        act === 'import'
          ? { act, changes: [{ kind: 'practitioner', id: 'twin', record: practitioner }] }
          : { act, practitioner },
        {
          actor: person('lead'),
          principal: signedIn('lead'),
          register,
          now: NOW,
          newId: () => 'new',
        },
      );
    expect(codesOf(plan('add-practitioner'))).toEqual(codes);
    expect(codesOf(plan('import'))).toEqual(codes);
  });

  test.each([
    { name: 'seven digits', body: 'GMC', one: '7654321', other: '07654321', isSame: true },
    { name: 'the body before it', body: 'GMC', one: '7654321', other: 'GMC7654321', isSame: true },
    { name: 'a dot after it', body: 'GMC', one: '7654321', other: '7654321.', isSame: true },
    { name: 'zeros after letters', body: 'HCPC', one: 'RA012345', other: 'ra-12345', isSame: true },
    { name: 'zeros within', body: 'GPhC', one: '2005321', other: '25321', isSame: false },
    { name: 'two of no body', body: 'none', one: 'X-1', other: 'x1', isSame: true },
    { name: 'another', body: 'GPhC', one: '2054321', other: '2054322', isSame: false },
  ] as const)('$name, $one and $other: $isSame', ({ body, one, other, isSame }) => {
    const holder = person('rc-one', { professionalBody: body, registrationNumber: one });
    const beside = peopleRegister({ practitioners: [holder, person('lead')] });
    const practitioner = { ...holder, id: practitionerId('twin'), registrationNumber: other };
    const matter = { actor: person('lead'), register: beside, now: NOW, newId: () => 'new' };
    const { findings } = outlineAct({ act: 'add-practitioner', practitioner }, matter);
    expect(findings.map(({ code }) => code)).toEqual(isSame ? ['exists-already'] : []);
  });

  test('taken up by a change, not kept by one', () => {
    const changed = (practitioner: Words): readonly string[] =>
      codesOf(planBy({ act: 'change-practitioner', practitioner }, { by: 'lead', register: shared }));
    const shared = peopleRegister({
      practitioners: [
        ...PEOPLE.map((name) => person(name)),
        person('trainee', { ...person('rc-one'), ...ofTwin }),
      ],
    });
    expect(changed({ ...twin(), name: 'New Name' })).toEqual([]);
    expect(changed(words('trainee', { registrationNumber: 'N-rc-two' }))).toEqual(['exists-already']);
  });

  const ofTwin = { id: practitionerId('twin'), identities: [] };
  test('handed on in one file, or given to two of it', () => {
    const file = (...people: readonly Words[]): readonly string[] =>
      codesOf(
        planBy(
          {
            act: 'import',
            changes: people.map((one) => ({ kind: 'practitioner', id: one.id, record: one })),
          },
          { by: 'lead', register },
        ),
      );
    expect(file(twin(), words('rc-one', { registrationNumber: 'N-other' }))).toEqual([]);
    expect(file(twin({ registrationNumber: 'N-x' }), words('rc-one', { registrationNumber: 'N-x' }))).toEqual(
      ['exists-already'],
    );
  });
});
