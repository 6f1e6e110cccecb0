import fc from 'fast-check';
import { comparePolicies, hasEffect } from '../../src/domain/compare-policies.ts';
import { isOpenInPrinciple } from '../../src/domain/open-in-principle.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Approval, Evidence, Practitioner, RegisterSnapshot } from '../../src/domain/register.ts';
import { AI_FUNCTIONS } from '../../src/domain/words.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aRadiographer,
  buildSnapshot,
  currentEvidence,
  entryEvidence,
  MODEL,
  NOW,
  practitionerId,
  shippedPolicy,
  VERSION,
} from '../fakes/register-builder.ts';

const policy = shippedPolicy();
const [ann, ben, cas] = [practitionerId('ann'), practitionerId('ben'), practitionerId('cas')];

const PEOPLE: readonly Practitioner[] = [
  aPractitioner({ id: ann }),
  aRadiographer({ id: ben }),
  aPractitioner({ id: cas }),
];
const EVIDENCE: readonly Evidence[] = [
  ...currentEvidence(ann),
  ...currentEvidence(ben, 'ai-operator'),
  ...entryEvidence(cas),
  ...currentEvidence(cas).filter(({ type }) => type === 'guideline-acknowledgement'),
];
const approvalOf = (practitioner: Approval['practitioner'], changes: Partial<Approval> = {}): Approval =>
  anApproval({ id: `approval-${practitioner}`, practitioner, ...changes });

/** Ann may work alone, Ben too, and Cas learns in the sandbox. */
function registerUnder(
  under: Policy,
  changes: Partial<Parameters<typeof buildSnapshot>[0]> = {},
): RegisterSnapshot {
  return buildSnapshot({
    policy: under,
    practitioners: PEOPLE,
    evidence: EVIDENCE,
    modelVersions: [aModelVersion({ endpoints: [aBinding({ simulator: true })] })],
    approvals: [approvalOf(ann), approvalOf(ben), approvalOf(cas, { mode: 'sandbox' })],
    ...changes,
  });
}

const without = (id: string): Policy => ({
  ...policy,
  duties: policy.duties.map((duty) => ({
    ...duty,
    credentials: duty.credentials.filter((credential) => credential !== id),
  })),
});

const namesOf = (effects: readonly { readonly name: string; readonly loses: readonly string[] }[]): object =>
  Object.fromEntries(effects.filter(({ loses }) => loses.length > 0).map(({ name, loses }) => [name, loses]));

/** Everybody else's turn is over at once; how often it came is counted. */
let turns = 0;
const AT_NOW = {
  now: NOW,
  othersTurn: () => {
    turns += 1;
    return Promise.resolve();
  },
};

describe('two policies over one register', () => {
  test('the same one takes nothing and gives nothing', async () => {
    const found = await comparePolicies(registerUnder(policy), registerUnder(policy), AT_NOW);
    expect(hasEffect(found)).toBe(false);
    expect(found).toMatchObject({ people: { before: 3, after: 3, loses: [], gains: [] }, isLockOut: false });
    expect(found.functions.map(({ name, before }) => [name, before])).toEqual(
      AI_FUNCTIONS.map((name) => [name, ['detection', 'view'].includes(name) ? 3 : 0]),
    );
    expect(found.credentials.filter(({ before }) => before > 0)).toMatchObject([
      { name: 'rc-ai', before: 1, after: 1 },
      { name: 'ai-operator', before: 1, after: 1 },
    ]);
  });

  test('who loses what is named, by id', async () => {
    const found = await comparePolicies(registerUnder(policy), registerUnder(without('rc-ai')), AT_NOW);
    expect(hasEffect(found)).toBe(true);
    expect(namesOf(found.functions)).toEqual({ detection: ['ann', 'cas'], view: ['ann', 'cas'] });
    expect(found).toMatchObject({ people: { before: 3, after: 1, loses: ['ann', 'cas'] }, isLockOut: false });
    expect(namesOf(found.credentials)).toEqual({});
  });

  test('a credential that asks for more is lost, and one that is new is gained', async () => {
    const stricter: Policy = {
      ...policy,
      schemes: policy.schemes.flatMap((scheme) => {
        if (scheme.id !== 'rc-ai') return [scheme];
        const [first] = scheme.award;
        const essay = first === undefined ? [] : [{ ...first, id: 'essay', evidence: ['essay' as const] }];
        return [
          { ...scheme, award: [...scheme.award, ...essay] },
          { ...scheme, id: 'new', award: [] },
        ];
      }),
    };
    const listed: Evidence = {
      id: 'new',
      practitioner: ann,
      type: 'award',
      scheme: 'new',
      happenedAt: NOW - 1,
      attestedBy: 'x',
    };
    const given = { evidence: [...EVIDENCE, listed] };
    const found = await comparePolicies(registerUnder(policy, given), registerUnder(stricter, given), AT_NOW);
    expect(namesOf(found.credentials)).toEqual({ 'rc-ai': ['ann'] });
    expect(found.credentials.find(({ name }) => name === 'new')).toMatchObject({
      before: 0,
      after: 1,
      gains: ['ann'],
    });
    expect(namesOf(found.functions)).toEqual({ detection: ['ann'], view: ['ann'] });
  });

  test('nobody left who could use anything is a lock-out; nobody before is none', async () => {
    const nobody: Policy = { ...policy, duties: [] };
    expect(await comparePolicies(registerUnder(policy), registerUnder(nobody), AT_NOW)).toMatchObject({
      people: { before: 3, after: 0, loses: ['ann', 'ben', 'cas'] },
      isLockOut: true,
    });
    expect((await comparePolicies(registerUnder(nobody), registerUnder(nobody), AT_NOW)).isLockOut).toBe(
      false,
    );
    expect(await comparePolicies(registerUnder(nobody), registerUnder(policy), AT_NOW)).toMatchObject({
      people: { gains: ['ann', 'ben', 'cas'] },
      isLockOut: false,
    });
  });

  test('approvals out of date, and people without a login, count for neither side', async () => {
    const given = {
      practitioners: [...PEOPLE.slice(1), aPractitioner({ id: ann, identities: [] })],
      approvals: [
        approvalOf(ann),
        approvalOf(ben, { until: NOW }),
        approvalOf(cas, { from: NOW + 1, mode: 'sandbox' }),
      ],
    };
    const found = await comparePolicies(
      registerUnder(policy, given),
      registerUnder({ ...policy, duties: [] }, given),
      AT_NOW,
    );
    expect(found.people).toMatchObject({ before: 0, after: 0 });
  });

  test('before less who lose plus who gain is after, for random duties', async () => {
    const credential = fc.constantFrom('rc-ai', 'ai-operator', 'registrar');
    const duties = fc.array(fc.uniqueArray(credential, { maxLength: 3 }), { minLength: 10, maxLength: 10 });
    const underOf = (given: readonly (readonly string[])[]): Policy => ({
      ...policy,
      duties: policy.duties.map((duty, place) => ({ ...duty, credentials: given[place] ?? [] })),
    });
    await fc.assert(
      fc.asyncProperty(duties, duties, async (a, b) => {
        const there = await comparePolicies(registerUnder(underOf(a)), registerUnder(underOf(b)), AT_NOW);
        const back = await comparePolicies(registerUnder(underOf(b)), registerUnder(underOf(a)), AT_NOW);
        for (const effect of [...there.functions, ...there.credentials, there.people]) {
          expect(effect.before - effect.loses.length + effect.gains.length).toBe(effect.after);
        }
        expect(back.functions.map(({ loses }) => loses)).toEqual(there.functions.map(({ gains }) => gains));
        expect(there.isLockOut).toBe(there.people.before > 0 && there.people.after === 0);
      }),
      { numRuns: 25 },
    );
  });
});

test('others have their turn after each person, under either policy', async () => {
  turns = 0;
  const register = registerUnder(policy);
  await comparePolicies(register, register, AT_NOW);
  expect(turns).toBe(2 * register.practitioners().length);
});

describe('what would be open in principle', () => {
  const wish = (id: string) => ({
    practitioner: aPractitioner({ id: practitionerId(id) }),
    model: MODEL,
    version: VERSION,
    simulator: false,
  });

  test('a co-signature comes later', () => {
    const given = {
      evidence: [
        ...EVIDENCE,
        {
          id: 'p',
          practitioner: ann,
          type: 'osce-prescribing',
          happenedAt: NOW - 1,
          attestedBy: 'x',
        } as const,
      ],
      modelVersions: [aModelVersion({ endpoints: [aBinding({ function: 'prescribing-suggestion' })] })],
      approvals: [approvalOf(ann, { functions: ['prescribing-suggestion'] })],
    };
    const asked = { ...wish('ann'), function: 'prescribing-suggestion' } as const;
    expect(isOpenInPrinciple(asked, registerUnder(policy, given), NOW)).toBe(true);
    expect(isOpenInPrinciple(asked, registerUnder(policy, { ...given, evidence: EVIDENCE }), NOW)).toBe(
      false,
    );
  });

  test('the sandbox is open on a simulator only', () => {
    const asked = { ...wish('cas'), function: 'detection' } as const;
    expect(isOpenInPrinciple({ ...asked, simulator: true }, registerUnder(policy), NOW)).toBe(true);
    expect(isOpenInPrinciple(asked, registerUnder(policy), NOW)).toBe(false);
  });
});
