import fc from 'fast-check';
import { attestableTypes } from '../../src/domain/attestable-types.ts';
import { countTypes } from '../../src/domain/evidence-file.ts';
import { mayReadPeople } from '../../src/domain/may-read-people.ts';
import { listPeopleOf } from '../../src/domain/people-list.ts';
import { offerOf } from '../../src/domain/act-offer.ts';
import type { RegisterActName } from '../../src/domain/register-acts.ts';
import type { Practitioner } from '../../src/domain/register.ts';
import { REGISTER_ROLES } from '../../src/domain/words.ts';
import { loginOf } from '../fakes/fake-people-flows.ts';
import { DIRECTOR, HOLDER, LEAD, peopleRegister, RADIOGRAPHER, SUSPENDED } from '../fakes/people-register.ts';
import {
  aPractitioner,
  buildSnapshot,
  currentEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
} from '../fakes/register-builder.ts';

const all = { name: '', page: 1, perPage: 100 };
const namesFor = (name: string): readonly string[] =>
  listPeopleOf(peopleRegister(), { ...all, name }, NOW).rows.map(({ practitioner }) => practitioner.name);

describe('people by name', () => {
  test.each([
    ['', ['Alice Osei', 'Ben Adéyemi', 'Chris Rowe', 'Dana Held', 'Fiona Grant']],
    ['  ', ['Alice Osei', 'Ben Adéyemi', 'Chris Rowe', 'Dana Held', 'Fiona Grant']],
    ['adeyemi BEN', ['Ben Adéyemi']],
    ['Adéyemi', ['Ben Adéyemi']],
    ['an', ['Dana Held', 'Fiona Grant']],
    ['an held', ['Dana Held']],
    ['nobody', []],
  ])('“%s” finds %j', (name, expected) => {
    expect(namesFor(name)).toEqual(expected);
  });

  test('two of one name are told apart by their identifiers, always in the same order', () => {
    const twins = ['b', 'a'].map((id) => aPractitioner({ id: practitionerId(id), name: 'Same Name' }));
    const { rows } = listPeopleOf(buildSnapshot({ practitioners: twins }), all, NOW);
    expect(rows.map(({ practitioner }) => practitioner.id)).toEqual(['a', 'b']);
  });

  test('pages are parts of one list', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        (names, perPage) => {
          const practitioners = names.map((name, place) =>
            aPractitioner({ id: practitionerId(`p${place}`), name, identities: [] }),
          );
          const register = buildSnapshot({ practitioners });
          const whole = listPeopleOf(register, all, NOW);
          const pages = Array.from({ length: Math.ceil(names.length / perPage) }, (_, page) =>
            listPeopleOf(register, { name: '', page: page + 1, perPage }, NOW),
          );
          expect(pages.flatMap(({ rows }) => rows)).toEqual(whole.rows);
          expect(pages.every(({ total }) => total === whole.total)).toBe(true);
        },
      ),
    );
  });

  test('each with how they stand towards the schemes of their profession', () => {
    const { rows } = listPeopleOf(peopleRegister(), { ...all, name: 'Chris' }, NOW);
    expect(rows[0]?.credentials[0]).toEqual({
      title: 'Responsible Clinician for AI (RC-AI)',
      status: 'current',
    });
  });
});

describe('who looks people up', () => {
  const may = (changes: Partial<Practitioner>, evidence = currentEvidence(RADIOLOGIST)): boolean => {
    const person = aPractitioner(changes);
    return mayReadPeople(person, buildSnapshot({ practitioners: [person], evidence }), NOW);
  };

  test.each(REGISTER_ROLES)('%s: yes, whatever else', (role) => {
    expect(may({ roles: [role] }, [])).toBe(true);
  });
  test('a current RC-AI: yes, for they attest and approve', () => {
    expect(may({})).toBe(true);
  });
  test('without a credential or a duty: no', () => {
    expect(may({}, [])).toBe(false);
    expect(may({ profession: 'pharmacist' })).toBe(false);
  });
  test('a credential opens it only where the policy gives it something to do about people', () => {
    const policy = { ...shippedPolicy(), acts: shippedPolicy().acts.filter(({ act }) => act === 'stop-use') };
    const person = aPractitioner();
    const register = buildSnapshot({
      practitioners: [person],
      evidence: currentEvidence(RADIOLOGIST),
      policy,
    });
    expect(mayReadPeople(person, register, NOW)).toBe(false);
  });
});

describe('what somebody may attest', () => {
  const register = peopleRegister();
  const types = (id: typeof LEAD): readonly string[] => {
    const person = register.practitioner(id);
    return person === undefined ? [] : attestableTypes(person, register, NOW);
  };

  test.each([
    { name: 'the director clears for entry', id: DIRECTOR, type: 'entry-clearance', may: true },
    { name: 'the lead does not', id: LEAD, type: 'entry-clearance', may: false },
    { name: 'a holder signs off cases', id: HOLDER, type: 'log-book-case', may: true },
    { name: 'and no exams', id: HOLDER, type: 'exam-ai-literacy', may: false },
    { name: 'a trainee nothing', id: RADIOGRAPHER, type: 'log-book-case', may: false },
    { name: 'a suspended holder nothing', id: SUSPENDED, type: 'log-book-case', may: false },
    { name: 'nobody an award', id: LEAD, type: 'award', may: false },
  ])('$name', ({ id, type, may }) => {
    expect(types(id).includes(type)).toBe(may);
  });

  test('each kind once', () => {
    expect(new Set(types(LEAD)).size).toBe(types(LEAD).length);
  });
});

test('an offer says whether one may, and how many people it takes', () => {
  const register = peopleRegister();
  const offer = (act: RegisterActName, id = LEAD): ReturnType<typeof offerOf> =>
    offerOf(act, loginOf(id), register, NOW);
  expect(offer('award-credential')).toEqual({ act: 'award-credential', reasons: [], people: 2 });
  expect(offer('suspend')).toEqual({ act: 'suspend', reasons: [], people: 1 });
  expect(offer('suspend', RADIOGRAPHER).reasons.map(({ code }) => code)).toEqual(['act-not-in-duty']);
  const none = buildSnapshot({
    practitioners: register.practitioners(),
    policy: { ...shippedPolicy(), acts: [] },
  });
  expect(offerOf('suspend', loginOf(LEAD), none, NOW)).toMatchObject({
    people: 1,
    reasons: [{ code: 'act-not-listed' }],
  });
});

test('kinds are counted in the order in which they first occur', () => {
  const [first, second, third] = currentEvidence(RADIOLOGIST);
  const pieces = [second, first, third, first].flatMap((piece) => piece ?? []);
  expect(countTypes(pieces)).toEqual([
    { type: second?.type, count: 1 },
    { type: first?.type, count: 2 },
    { type: third?.type, count: 1 },
  ]);
});
