import type { AiResult } from '../../src/domain/dicom/ai-result.ts';
import { decideRetrieval } from '../../src/domain/decide-retrieval.ts';
import { decide } from '../../src/domain/decide.ts';
import type { HeldResult, HeldResults } from '../../src/domain/held-results.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { replayDecision } from '../../src/domain/replay-decision.ts';
import { HELD_FOR, type HeldFor } from '../../src/domain/words.ts';
import { decidedEntry } from '../fakes/decided-entry.ts';
import {
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aRegister,
  aStudy,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  VERSION,
} from '../fakes/register-builder.ts';
import { seriesUid, sopInstanceUid } from '../fakes/uids.ts';
import { aQuestion } from './reason-given.ts';

const OPERATOR = practitionerId('operator');
const people = {
  practitioners: [aPractitioner(), aRadiographer({ id: OPERATOR })],
  evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(OPERATOR, 'ai-operator')],
  approvals: [anApproval(), anApproval({ id: 'approval-2', practitioner: OPERATOR })],
};
const policyOf = (storedResults?: 'held' | 'released') => ({
  ...shippedPolicy(),
  ...(storedResults && { storedResults }),
});
const holding = aRegister({ ...people, policy: policyOf('held') });
const radiologist = aPrincipal();
const weak = aPrincipal({ assurance: 2 });
/** Nine hours ago: fresh enough to see a result, and too old to accept one. */
const stale = aPrincipal({ authenticatedAt: NOW - 9 * 3_600_000 });
const operator = aPrincipal({ subject: OPERATOR });

describe('to see a stored result where the policy holds what AI stored', () => {
  const rows: readonly {
    readonly name: string;
    readonly caller: Principal;
    readonly heldFor?: HeldFor;
    readonly codes: readonly string[];
  }[] = [
    { name: 'one that waits for nothing', caller: operator, codes: [] },
    { name: 'one that waits for them', caller: radiologist, heldFor: 'caller', codes: [] },
    {
      name: 'one that waits for somebody else',
      caller: radiologist,
      heldFor: 'another',
      codes: ['result-held'],
    },
    { name: 'one that waits for nobody', caller: radiologist, heldFor: 'nobody', codes: ['result-held'] },
    {
      name: 'one that waits for them, without the card',
      caller: weak,
      heldFor: 'caller',
      codes: ['assurance-too-low', 'result-held'],
    },
    {
      name: 'one that waits for them, with a card of this morning',
      caller: stale,
      heldFor: 'caller',
      codes: ['login-too-old', 'result-held'],
    },
    {
      name: 'one that waits for whoever may accept, who they are not',
      caller: operator,
      heldFor: 'caller',
      codes: ['result-held'],
    },
  ];
  test.each(rows)('$name -> $codes', ({ caller, heldFor, codes }) => {
    const question = aQuestion({ caller, function: 'view', ...(heldFor && { heldFor }) });
    const { permitted, reasons } = decide(question, holding, NOW);
    expect(reasons.map(({ code }) => code)).toEqual(codes);
    expect(permitted).toBe(codes.length === 0);
  });

  test.each(HELD_FOR)('the same decision comes out again from the log: %s', (heldFor) => {
    const question = aQuestion({ function: 'view', caller: operator, heldFor });
    const entry = decidedEntry({ question, register: holding, at: NOW });
    expect(entry.facts.asked).toMatchObject({ heldFor });
    expect(replayDecision(entry, holding)).toMatchObject({
      kind: 'same',
      recorded: { reasons: ['result-held'] },
    });
  });

  test('whoever is in no register is told that it is held as well', () => {
    const question = aQuestion({
      function: 'view',
      caller: aPrincipal({ subject: 'nobody' }),
      heldFor: 'caller',
    });
    const codes = decide(question, holding, NOW).reasons.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['identity-unmapped', 'result-held']));
  });

  test('who may edit may see it, although another accepts', () => {
    const dispositions = shippedPolicy().dispositions.filter(({ disposition }) => disposition !== 'accepted');
    const register = aRegister({ ...people, policy: { ...policyOf('held'), dispositions } });
    expect(decide(aQuestion({ function: 'view', heldFor: 'caller' }), register, NOW).permitted).toBe(true);
  });
});

const result = (uid: string, changes: Partial<AiResult> = {}): AiResult => ({
  seriesInstanceUid: seriesUid('1.5'),
  sopInstanceUid: sopInstanceUid(uid),
  grade: 'definite',
  algorithmName: MODEL,
  algorithmVersion: VERSION,
  madeAt: NOW - 60_000,
  ...changes,
});

describe('of the results of a study', () => {
  const BY_CASE: HeldResult = { by: 'case', caseOwner: RADIOLOGIST };
  const held: HeldResults = new Map<string, HeldResult>([
    ['1.1', BY_CASE],
    ['1.2', { by: 'whoever-looks' }],
    ['1.3', { by: 'nobody' }],
  ]);
  const results = ['1.1', '1.2', '1.3', '1.4'].map((uid) => result(uid));
  const seenBy = (
    caller: Principal,
    { register = holding, known = held }: { register?: typeof holding; known?: HeldResults | undefined } = {},
  ): readonly string[] =>
    decideRetrieval({ caller, study: aStudy(), results, held: known }, register, NOW).permitted.map(
      ({ result: { sopInstanceUid: uid } }) => uid,
    );

  test('whoever must answer sees what waits for them, and all see what waits for nothing', () => {
    expect(seenBy(radiologist)).toEqual(['1.1', '1.2', '1.4']);
    expect(seenBy(weak)).toEqual(['1.4']);
    expect(seenBy(operator)).toEqual(['1.4']);
  });

  test.each([undefined, 'released' as const])('a policy that says %s holds nothing', (said) => {
    const register = aRegister({ ...people, policy: policyOf(said) });
    expect(seenBy(operator, { register })).toHaveLength(4);
    const question = { caller: operator, study: aStudy(), results };
    expect(decideRetrieval(question, register, NOW).permitted).toHaveLength(4);
  });

  test('what cannot be told is held from everybody, and says so', () => {
    const question = { caller: radiologist, study: aStudy(), results };
    const { permitted, locked } = decideRetrieval(question, holding, NOW);
    expect(permitted).toEqual([]);
    expect(locked.map(({ heldFor }) => heldFor)).toEqual(['nobody', 'nobody', 'nobody', 'nobody']);
    expect(locked[0]?.decision.reasons.map(({ code }) => code)).toEqual(['result-held']);
  });

  test('a login that names two people is nobody’s', () => {
    const twin = aPractitioner({ id: practitionerId('twin'), identities: aPractitioner().identities });
    const register = aRegister({
      ...people,
      practitioners: [aPractitioner(), twin],
      policy: policyOf('held'),
    });
    const { locked } = decideRetrieval(
      { caller: radiologist, study: aStudy(), results, held },
      register,
      NOW,
    );
    expect(locked.map(({ heldFor }) => heldFor)).toEqual(['another', 'caller', 'nobody', undefined]);
  });

  test('a stop-use locks what was accepted, as ever', () => {
    const stopUses = [{ id: 's', model: MODEL, from: NOW - 1, reason: 'r', by: 'b' }];
    const register = aRegister({ ...people, stopUses, policy: policyOf('held') });
    expect(seenBy(radiologist, { register })).toEqual([]);
  });
});
