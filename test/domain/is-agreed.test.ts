import { isAgreed } from '../../src/domain/is-agreed.ts';
import { consentOf } from '../fakes/confirm-codes.ts';

const lead = consentOf('lead');
const director = consentOf('director');

describe('who is enough', () => {
  test.each([
    { name: 'nobody', people: 1, signedBy: [], consents: [], agreed: false },
    {
      name: 'one who has signed in, for what takes one',
      people: 1,
      signedBy: [],
      consents: [lead],
      agreed: true,
    },
    { name: 'one, for what takes two', people: 2, signedBy: [], consents: [lead], agreed: false },
    { name: 'the same one twice', people: 2, signedBy: [], consents: [lead, lead], agreed: false },
    { name: 'two', people: 2, signedBy: [], consents: [lead, director], agreed: true },
    { name: 'one key, even for what takes one', people: 1, signedBy: ['ada'], consents: [], agreed: false },
    { name: 'one key twice', people: 2, signedBy: ['ada', 'ada'], consents: [], agreed: false },
    { name: 'two keys', people: 2, signedBy: ['ada', 'bo'], consents: [], agreed: true },
    { name: 'a key and a login', people: 2, signedBy: ['ada'], consents: [lead], agreed: false },
    { name: 'two keys beside a login', people: 2, signedBy: ['ada', 'bo'], consents: [lead], agreed: true },
  ])('$name: $agreed', ({ people, signedBy, consents, agreed }) => {
    expect(isAgreed({ people, signedBy, consents })).toBe(agreed);
  });
});
