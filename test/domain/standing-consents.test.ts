import { standingConsents } from '../../src/domain/judge-confirmation.ts';
import type { PersonName } from '../fakes/act-people.ts';
import { peopleRegister, person } from '../fakes/act-people.ts';
import { consentOf } from '../fakes/confirm-codes.ts';
import { NOW } from '../fakes/register-builder.ts';

test.each<{ name: string; consents: readonly PersonName[]; stand: readonly PersonName[] }>([
  { name: 'nobody', consents: [], stand: [] },
  { name: 'both in their seats', consents: ['it', 'lead'], stand: ['it', 'lead'] },
  { name: 'one who could only be the first', consents: ['lead', 'it'], stand: ['lead'] },
  { name: 'one who may do neither', consents: ['auditor', 'lead'], stand: ['lead'] },
  { name: 'one who is gone', consents: ['other-lead', 'lead'], stand: ['lead'] },
])('consents that still stand: $name', ({ consents, stand }) => {
  const register = peopleRegister({
    practitioners: (['it', 'lead', 'auditor'] as const).map((name) => person(name)),
  });
  const proposal = { act: 'import', consents: consents.map(consentOf) } as const;
  const found = standingConsents(proposal, { register, now: NOW });
  expect(found.map(({ practitioner }) => practitioner)).toEqual(stand);
});
