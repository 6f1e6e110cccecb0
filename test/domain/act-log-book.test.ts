import { outlineAct } from '../../src/domain/plan-act.ts';
import type { EvidenceEntry, RegisterAct } from '../../src/domain/register-acts.ts';
import {
  codesOf,
  evidenceOfPeople,
  peopleRegister,
  person,
  planBy,
  type PersonName,
} from '../fakes/act-people.ts';
import { NOW, practitionerId } from '../fakes/register-builder.ts';

const TRAINEE = practitionerId('trainee');
const aCase = (changes: Partial<EvidenceEntry> = {}): EvidenceEntry => ({
  practitioner: TRAINEE,
  type: 'log-book-case',
  happenedAt: NOW - 1,
  ordinal: 1,
  ...changes,
});
const STANDING = {
  ...aCase({ caseId: 'c-1' }),
  id: 'E-1',
  attestedBy: 'rc-one',
  recordedBy: practitionerId('rc-one'),
};
const register = peopleRegister({ evidence: [...evidenceOfPeople(), STANDING] });
const attest = (changes: Partial<EvidenceEntry>): RegisterAct => ({
  act: 'attest-evidence',
  piece: aCase({ ordinal: 2, ...changes }),
});
const correct = (changes: Partial<EvidenceEntry>): RegisterAct => ({
  act: 'correct-evidence',
  id: 'E-1',
  piece: aCase({ ordinal: 3, ...changes }),
  reason: 'Wrong place',
});

describe('cases of a log-book', () => {
  test.each<{ name: string; by: PersonName; act: RegisterAct; codes: readonly string[] }>([
    { name: 'one, by a supervisor', by: 'rc-one', act: attest({}), codes: [] },
    { name: 'one that says so, by a supervisor', by: 'rc-one', act: attest({ count: 1 }), codes: [] },
    {
      name: 'fifty in one entry, by a supervisor',
      by: 'rc-one',
      act: attest({ count: 50 }),
      codes: ['attestation-not-in-duty'],
    },
    { name: 'fifty from paper, by a lead', by: 'lead', act: attest({ count: 50 }), codes: [] },
    {
      name: 'a case of the gateway that nobody has looked up',
      by: 'lead',
      act: attest({ caseId: 'c-2' }),
      codes: ['attestation-not-in-duty'],
    },
    { name: 'put right, the same case', by: 'lead', act: correct({ caseId: 'c-1' }), codes: [] },
    {
      name: 'put right, another case',
      by: 'lead',
      act: correct({ caseId: 'c-2' }),
      codes: ['attestation-not-in-duty'],
    },
    {
      name: 'many of another kind, by a supervisor',
      by: 'rc-one',
      act: attest({ type: 'mini-cex', count: 2 }),
      codes: [],
    },
  ])('$name: $codes', ({ by, act, codes }) => {
    expect(codesOf(planBy(act, { by, register }))).toEqual(codes);
  });

  test('one that was looked up is named, and no other; one that waits was looked at before', () => {
    const codes = (of: string, matter: { supervisedCase?: string; proposedAt?: number }) => {
      const parts = { actor: person('rc-one'), register, now: NOW, newId: () => 'new' };
      const act = { act: 'attest-evidence', piece: aCase({ ordinal: 2, caseId: of }) } as const;
      return outlineAct(act, { ...parts, ...matter }).findings.map(({ code }) => code);
    };
    expect(codes('c-2', { supervisedCase: 'c-2' })).toEqual([]);
    expect(codes('c-3', { supervisedCase: 'c-2' })).toEqual(['attestation-not-in-duty']);
    expect(codes('c-3', { proposedAt: NOW })).toEqual([]);
  });
});
