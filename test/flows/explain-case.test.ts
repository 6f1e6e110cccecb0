import { PolicyUnreadable, RegisterUnavailable, UpstreamFault } from '../../src/domain/errors.ts';
import { createOrphanWatch } from '../../src/flows/close-orphans.ts';
import { judgeStoredResults } from '../../src/flows/judge-stored-results.ts';
import { recordDisposition } from '../../src/flows/record-disposition.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import type { ChangingRegister } from '../fakes/changing-register.ts';
import { CASE, createExplainHouse, explain, SUPERVISOR, type ExplainHouse } from '../fakes/explain-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aCaseId, aRequest, aResult, SESSION } from '../fakes/inference-house.ts';
import { aPrincipal, aStudy, MODEL, NOW, VERSION } from '../fakes/register-builder.ts';
import { createSaidWords } from '../fakes/said-words.ts';
import { seriesUid, sopInstanceUid } from '../fakes/uids.ts';

const never = new AbortController().signal;
const DAY = 86_400_000;
const STOP = { id: 'stop-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' };

function say(house: ExplainHouse, token: string): Promise<unknown> {
  const deps = { ...house.deps, caseLogReader: house.log };
  const said = { disposition: 'accepted', reason: undefined, disclosed: undefined } as const;
  return recordDisposition(
    deps,
    { evidence: { sessionToken: token }, requestId: 'r', caseId: CASE, ...said },
    never,
  );
}

describe('every decision of a case, decided again from the register as it stood', () => {
  test('a whole case, whatever the register has become since', async () => {
    const house = createExplainHouse();
    await runInference(house.deps, aRequest(), never);
    house.change({ stopUses: [{ ...STOP, liftedAt: NOW - 1 }] }, NOW);
    await say(house, SUPERVISOR);
    house.change({ approvals: [], evidence: [], modelVersions: [], stopUses: [STOP] }, NOW + DAY);
    const { verdict, decisions, ...rest } = await explain(house);
    expect(rest).toEqual({
      caseId: CASE,
      state: 'released',
      function: 'detection',
      model: MODEL,
      version: VERSION,
      isOwn: true,
    });
    expect(verdict).toBe('same');
    expect(
      decisions.map(({ kind, registerSequence, replay }) => [kind, registerSequence, replay.kind]),
    ).toEqual([
      ['case.intent', 1, 'same'],
      ['case.outcome', 1, 'same'],
      ['case.disposition', 2, 'same'],
    ]);
    expect(decisions[0]?.stood?.approval?.id).toBe('approval-1');
    expect(decisions[2]?.answer.practitioner).toBe('supervisor');
  });

  test('under another policy: the one of then', async () => {
    const house = createExplainHouse();
    await runInference(house.deps, aRequest(), never);
    const { policy } = house.register.snapshot();
    house.register.takePolicy({ ...policy, digest: 'sha256:2', duties: [] }, NOW);
    house.setRegister(house.register.snapshot());
    await faultOf(runInference(house.deps, aRequest(), never));
    expect((await explain(house)).verdict).toBe('same');
    const refused = await explain(house, SESSION, aCaseId(2));
    expect(refused).toMatchObject({
      verdict: 'same',
      decisions: [{ answer: { reasons: expect.arrayContaining(['function-not-in-duty']) } }],
    });
    expect(refused.decisions[0]?.policy?.digest).toBe('sha256:2');
  });

  test.each<{
    readonly name: string;
    readonly during: (house: ExplainHouse) => void;
    readonly reasons: readonly string[];
  }>([
    {
      name: 'another sign-in by then',
      during: ({ setCaller }) => setCaller(aPrincipal({ assurance: 1 })),
      reasons: ['assurance-too-low'],
    },
    {
      name: 'a session not confirmed by then',
      during: ({ setCaller }) => setCaller(aPrincipal({ unconfirmed: true })),
      reasons: ['session-unconfirmed'],
    },
    {
      name: 'a stop-use meanwhile',
      during: (house) => house.change({ stopUses: [STOP] }, NOW),
      reasons: ['stop-use'],
    },
  ])('withheld at release: $name', async ({ during, reasons }) => {
    const house = createExplainHouse();
    house.onInfer(() => {
      during(house);
      return aResult();
    });
    await faultOf(runInference(house.deps, aRequest(), never));
    house.setCaller(aPrincipal());
    const { verdict, decisions } = await explain(house);
    expect([verdict, decisions.map(({ answer }) => answer.reasons)]).toEqual(['same', [[], reasons]]);
  });

  test.each<{
    readonly name: string;
    readonly during: (house: ExplainHouse) => void;
    readonly kinds: number;
  }>([
    {
      name: 'a stop-use while it was written',
      during: (house) => house.change({ stopUses: [STOP] }, NOW),
      kinds: 3,
    },
    {
      name: 'the register gone while it was written',
      during: ({ setRegister }) => setRegister(new RegisterUnavailable('Gone.')),
      kinds: 3,
    },
    { name: 'nothing', during: () => undefined, kinds: 2 },
  ])('withheld at the last look: $name', async ({ during, kinds }) => {
    const house = createExplainHouse();
    house.onInfer(() => {
      house.log.onNextAppend(() => during(house));
      return aResult();
    });
    await runInference(house.deps, aRequest(), never).catch(() => undefined);
    const { verdict, decisions } = await explain(house);
    expect([verdict, decisions.length]).toEqual(['same', kinds]);
  });

  test.each<{ readonly name: string; readonly set: (house: ExplainHouse) => void }>([
    {
      name: 'another version answered',
      set: ({ onInfer }) => onInfer(() => aResult({ attestedVersion: '4' })),
    },
    {
      name: 'something unspeakable answered',
      set: ({ onInfer }) => onInfer(() => aResult({ attestedModel: 'SMITH^JANE' })),
    },
    {
      name: 'the endpoint failed',
      set: ({ onInfer }) => onInfer(() => ({ kind: 'failed', failure: 'timeout', durationMs: 1 })),
    },
    {
      name: 'the PACS was away',
      set: ({ setStudy }) => setStudy(new UpstreamFault('upstream-timeout', 'pacs')),
    },
    { name: 'a study without an age', set: ({ setStudy }) => setStudy(ageless()) },
  ])('$name', async ({ set }) => {
    const house = createExplainHouse();
    set(house);
    await faultOf(runInference(house.deps, aRequest(), never));
    const { verdict, decisions } = await explain(house);
    expect(verdict).toBe('same');
    expect(decisions.length).toBeGreaterThan(0);
  });

  test('a case that was never finished: what was decided, and nothing for the entry that closed it', async () => {
    const house = createExplainHouse();
    house.log.behave('fails', 1);
    await faultOf(runInference(house.deps, aRequest(), never));
    house.log.behave('ok');
    const isInFlight = (): boolean => false;
    const deps = { ...house.deps, caseLogReader: house.log, isInFlight, isOurs: () => true };
    await createOrphanWatch(deps, { patienceMs: 0 }).atStart();
    expect(house.kinds()).toEqual(['case.intent', 'case.orphan']);
    expect(await explain(house)).toMatchObject({
      state: 'orphaned',
      verdict: 'same',
      decisions: [{ kind: 'case.intent' }],
    });
  });

  test('looking at stored results: seen, refused, of an unknown maker', async () => {
    const house = createExplainHouse();
    const result = {
      seriesInstanceUid: seriesUid('1.5'),
      sopInstanceUid: sopInstanceUid('1.9'),
      grade: 'definite' as const,
    };
    const known = { ...result, algorithmName: MODEL, algorithmVersion: VERSION, madeAt: NOW - 60_000 };
    const unknown = { ...result, sopInstanceUid: sopInstanceUid('1.10') };
    const early = { ...known, sopInstanceUid: sopInstanceUid('1.11'), madeAt: 0 };
    const look = { caller: aPrincipal(), study: aStudy().studyInstanceUid, requestId: 'r' };
    for (const one of [known, unknown, early]) {
      const judge = await judgeStoredResults({ ...house.deps, ...createSaidWords() }, look, [one], never);
      await judge.noteViewed(new Set([one.sopInstanceUid]));
      await judge.refuse(new Set([one.sopInstanceUid]));
    }
    const cases = house.log.all().map(({ caseId }) => caseId);
    expect(cases).toHaveLength(3);
    for (const caseId of cases) {
      const explained = await explain(house, SESSION, caseId);
      expect(explained).toMatchObject({ verdict: 'same', decisions: [{ stood: {} }] });
    }
  });
});

function ageless(): ReturnType<typeof aStudy> {
  const { ageYears: _age, ...study } = aStudy();
  return study;
}

describe('what cannot be decided again is not said to be wrong', () => {
  test('personal values erased', async () => {
    const house = createExplainHouse();
    await runInference(house.deps, aRequest(), never);
    house.log.erase(1);
    const { verdict, decisions } = await explain(house);
    expect(verdict).toBe('unreplayable');
    expect(decisions.map(({ replay }) => replay.because?.code)).toEqual([undefined, 'erased']);
  });

  test('the policy’s text was not kept', async () => {
    const house = createExplainHouse();
    await runInference(house.deps, aRequest(), never);
    house.register.forgetPolicy(house.register.snapshot().policy.digest);
    expect(await explain(house)).toMatchObject({
      verdict: 'unreplayable',
      decisions: [{ replay: { because: { code: 'register-gone' } } }, {}],
    });
  });

  test('the policy’s text was kept, and this release cannot read it: says which', async () => {
    const house = createExplainHouse();
    await runInference(house.deps, aRequest(), never);
    const { digest } = house.register.snapshot().policy;
    const register = {
      ...house.register,
      asItStood: ({ policyDigest }: { readonly policyDigest: string }) =>
        Promise.reject(new PolicyUnreadable(policyDigest)),
    };
    const because = { code: 'policy-unreadable', policy: digest };
    expect(await explain({ ...house, register })).toMatchObject({
      verdict: 'unreplayable',
      decisions: [{ replay: { kind: 'unreplayable', because } }, { replay: { because } }],
    });
  });

  test('a register that cannot be read is not one that lacks something', async () => {
    const house = createExplainHouse();
    await runInference(house.deps, aRequest(), never);
    const register = { ...house.register, asItStood: () => Promise.reject(new RegisterUnavailable('Gone.')) };
    expect(await faultOf(explain({ ...house, register }))).toMatchObject({ code: 'register-unavailable' });
  });

  test('a register that says otherwise -> different, whatever else cannot be told', async () => {
    const house = createExplainHouse();
    await runInference(house.deps, aRequest(), never);
    house.log.erase(1);
    house.change({ stopUses: [STOP] }, NOW);
    const { asItStood } = house.register;
    const register: ChangingRegister = {
      ...house.register,
      asItStood: async (at) => await asItStood({ ...at, sequence: 2 }),
    };
    expect((await explain({ ...house, register })).verdict).toBe('different');
  });
});
