import fc from 'fast-check';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import { createLiveRegister } from '../../src/register/live-register.ts';
import { indexRegister, type RegisterContents } from '../../src/register/index-register.ts';
import type { TypedChange } from '../../src/register/parse-record.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  modelName,
  practitionerId,
  shippedPolicy,
  versionString,
} from '../fakes/register-builder.ts';

const policy = shippedPolicy();
const PEOPLE = ['ann', 'bob', 'cyd'].map(practitionerId);
const MODELS = ['m1', 'm2'].map(modelName);
const VERSIONS = ['1', '2'].map(versionString);
const LOGINS = ['x', 'y', 'z'];

const person = fc.constantFrom(...PEOPLE);
const model = fc.constantFrom(...MODELS);
const version = fc.constantFrom(...VERSIONS);
const id = fc.constantFrom('1', '2', '3', '4');
const at = fc.integer({ min: 1, max: 1_000 });

/** One change of a small register: the same few names come again and again, so that records change, go and come back. */
const change: fc.Arbitrary<TypedChange> = fc
  .oneof(
    fc
      .record({ id: person, subjects: fc.uniqueArray(fc.constantFrom(...LOGINS)) })
      .map((given): TypedChange => ({
        kind: 'practitioner',
        id: given.id,
        record: aPractitioner({
          id: given.id,
          identities: given.subjects.map((subject) => ({ provider: 'p', subject })),
        }),
      })),
    fc.record({ id, practitioner: person, happenedAt: at }).map((given): TypedChange => ({
      kind: 'evidence',
      id: given.id,
      record: { ...given, type: 'cpd', attestedBy: 'somebody' },
    })),
    fc
      .record({ id, practitioner: person, model, version, from: at })
      .map((given): TypedChange => ({ kind: 'approval', id: given.id, record: anApproval(given) })),
    fc.record({ model, version, timeoutMs: at }).map((given): TypedChange => ({
      kind: 'model-version',
      id: `${given.model}@${given.version}`,
      record: aModelVersion({ model: given.model, version: given.version, title: String(given.timeoutMs) }),
    })),
    fc.record({ id, from: at }).map((given): TypedChange => ({
      kind: 'stop-use',
      id: given.id,
      record: { ...given, reason: 'drift', by: 'ann' },
    })),
    fc.record({ id, model, version, operator: person }).map((given): TypedChange => ({
      kind: 'plan',
      id: given.id,
      record: {
        ...given,
        title: 'plan',
        studies: [],
        script: [],
        approvedBy: practitionerId('cyd'),
        approvedAt: 1,
      },
    })),
    fc.record({ id, plan: id, recordedBy: person, happenedAt: at }).map((given): TypedChange => ({
      kind: 'acceptance-test',
      id: given.id,
      record: { ...given, item: 'a', result: 'pass' },
    })),
    fc.record({ id, version: id, draftedBy: person, draftedAt: at }).map((given): TypedChange => ({
      kind: 'guideline',
      id: `${given.id}@${given.version}`,
      record: { ...given, title: 'g', digest: 'd', links: [], reviews: [], comments: [] },
    })),
  )
  .chain((made) =>
    fc.constantFrom<TypedChange>(made, made, made, { kind: made.kind, id: made.id } as TypedChange),
  );

/** The same worked out in the plainest way: the newest of each record among the first so many changes. */
function plainly(changes: readonly TypedChange[], sequence: number): RegisterContents {
  const newest = new Map<string, TypedChange>();
  for (const one of changes.slice(0, sequence)) newest.set(`${one.kind} ${one.id}`, one);
  const of = (kind: TypedChange['kind']) =>
    [...newest.values()].flatMap((one) =>
      one.kind === kind && one.record !== undefined ? [one.record] : [],
    ) as never;
  return {
    practitioners: of('practitioner'),
    evidence: of('evidence'),
    modelVersions: of('model-version'),
    approvals: of('approval'),
    stopUses: of('stop-use'),
    guidelines: of('guideline'),
    plans: of('plan'),
    acceptanceTests: of('acceptance-test'),
  };
}

const sorted = (rows: readonly object[]): readonly string[] =>
  rows.map((row) => JSON.stringify(row)).toSorted();

/** Every answer that a register gives, in an order that does not depend on how it came about. */
function answers(register: RegisterSnapshot): unknown {
  const pairs = MODELS.flatMap((one) => VERSIONS.map((two) => [one, two] as const));
  const names = ['1', '2', '3', '4'];
  return {
    logins: LOGINS.map((subject) => sorted(register.practitionersByIdentity('p', subject))),
    people: PEOPLE.map((one) => register.practitioner(one)),
    everybody: sorted(register.practitioners()),
    evidence: PEOPLE.map((one) => sorted(register.evidenceOf(one))),
    pieces: names.map((name) => register.evidence(name)),
    approvals: PEOPLE.map((one) => sorted(register.approvalsOf(one))),
    approval: names.map((name) => register.approval(name)),
    versions: pairs.map(([one, two]) => register.modelVersion(one, two)),
    all: sorted(register.modelVersions()),
    approvalsOfVersion: pairs.map(([one, two]) => sorted(register.approvalsOfVersion(one, two))),
    approvalsFor: pairs.flatMap(([one, two]) =>
      PEOPLE.map((who) => sorted(register.approvalsFor(who, one, two))),
    ),
    stops: sorted(register.stopUses()),
    guidelines: sorted(register.guidelines()),
    guidelineVersions: names.map((name) => sorted(register.guidelineVersions(name))),
    plans: names.map((name) => register.plan(name)),
    plansFor: pairs.map(([one, two]) => sorted(register.plansFor(one, two))),
    tests: names.map((name) => sorted(register.acceptanceTestsOf(name))),
  };
}

const withoutTimes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replace(/,?\\?"recordedAt\\?":\d+/g, ''));

describe('the register in memory', () => {
  test('says at every sequence what the changes up to it say, whenever it is asked and by whoever held it', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const live = createLiveRegister(policy);
        const held = [live.snapshot()];
        for (const one of changes) {
          live.apply(one, 1_000);
          // Asked on the way, so that what is kept at hand must be let go with the next change.
          if (held.length % 3 === 0) answers(live.snapshot());
          held.push(live.snapshot());
        }
        for (const [sequence, snapshot] of held.entries()) {
          const wanted = answers(indexRegister(plainly(changes, sequence), policy, sequence));
          expect(snapshot.sequence).toBe(sequence);
          expect(withoutTimes(answers(snapshot))).toEqual(withoutTimes(wanted));
          expect(withoutTimes(answers(live.asItStood(sequence, policy)))).toEqual(withoutTimes(wanted));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('keeps the order in which records were first recorded', () => {
    const live = createLiveRegister(policy);
    const record = (id: string, from: number): TypedChange => ({
      kind: 'stop-use',
      id,
      record: { id, from, reason: 'drift', by: 'ann' },
    });
    for (const one of [record('1', 1), record('2', 2), record('1', 3)]) live.apply(one, 1);
    expect(
      live
        .snapshot()
        .stopUses()
        .map((stop) => [stop.id, stop.from]),
    ).toEqual([
      ['1', 3],
      ['2', 2],
    ]);
  });
});

describe('what is handed out', () => {
  test('is frozen, and the same until something changes', () => {
    const live = createLiveRegister(policy);
    const [ann] = PEOPLE;
    if (ann === undefined) throw new Error('there is somebody');
    live.apply({ kind: 'practitioner', id: ann, record: aPractitioner({ id: ann }) }, 1);
    live.apply({ kind: 'approval', id: '1', record: anApproval({ id: '1', practitioner: ann }) }, 1);
    const snapshot = live.snapshot();
    expect(live.snapshot()).toBe(snapshot);
    expect(snapshot.approvalsOf(ann)).toBe(snapshot.approvalsOf(ann));
    for (const value of [snapshot, snapshot.practitioners(), snapshot.approvalsOf(ann)[0]]) {
      expect(Object.isFrozen(value)).toBe(true);
    }
    live.apply({ kind: 'approval', id: '2', record: anApproval({ id: '2', practitioner: ann }) }, 1);
    expect(live.snapshot()).not.toBe(snapshot);
    expect(snapshot.approvalsOf(ann)).toHaveLength(1);
    expect(live.snapshot().approvalsOf(ann)).toHaveLength(2);
  });

  test('what was worked out about somebody is let go with every change about them, and with no other', () => {
    const live = createLiveRegister(policy);
    const [ann, bob] = PEOPLE;
    if (ann === undefined || bob === undefined) throw new Error('there are two');
    const { memo } = live.snapshot();
    const piece = (practitioner: typeof ann): TypedChange => ({
      kind: 'evidence',
      id: '1',
      record: { id: '1', practitioner, type: 'cpd', happenedAt: 1, attestedBy: 'x' },
    });
    const forgets = (one: TypedChange): readonly unknown[] => {
      for (const who of [ann, bob]) live.snapshot().memo.set(who, 'worked out');
      live.apply(one, 1);
      return [ann, bob].map((who) => live.snapshot().memo.get(who) === undefined);
    };
    expect(forgets(piece(ann))).toEqual([true, false]);
    expect(forgets(piece(bob))).toEqual([true, true]);
    expect(forgets({ kind: 'evidence', id: '1' })).toEqual([false, true]);
    expect(forgets({ kind: 'practitioner', id: ann, record: aPractitioner({ id: ann }) })).toEqual([
      true,
      false,
    ]);
    expect(forgets({ kind: 'practitioner', id: ann })).toEqual([true, false]);
    expect(forgets({ kind: 'approval', id: '1', record: anApproval({ practitioner: bob }) })).toEqual([
      false,
      true,
    ]);
    expect(forgets({ kind: 'stop-use', id: '1' })).toEqual([false, false]);
    // The first view is long past: it neither sees what is newer nor tells others what is older.
    memo.set(ann, 'of long ago');
    expect([memo.get(ann), live.snapshot().memo.get(ann)]).toEqual(['of long ago', 'worked out']);
    memo.forget(ann);
    expect([memo.get(ann), live.snapshot().memo.get(ann)]).toEqual([undefined, 'worked out']);
  });

  test('under another policy nothing is shared', () => {
    const live = createLiveRegister(policy);
    const [ann] = PEOPLE;
    if (ann === undefined) throw new Error('there is somebody');
    live.snapshot().memo.set(ann, 'under this one');
    const other = live.asItStood(0, { ...policy, digest: 'another' });
    expect(other.policy.digest).toBe('another');
    expect(other.memo.get(ann)).toBeUndefined();
    expect(live.asItStood(0, policy)).toBe(live.snapshot());
  });
});

describe('when it was recorded', () => {
  test('a clock that is set back does not put a change before the one it came after', () => {
    const live = createLiveRegister(policy);
    const times = [100, 100, 200, 150, 300];
    for (const [place, time] of times.entries()) {
      const record = {
        id: String(place),
        practitioner: practitionerId('ann'),
        type: 'cpd',
        happenedAt: 1,
      } as const;
      live.apply({ kind: 'evidence', id: String(place), record: { ...record, attestedBy: 'x' } }, time);
    }
    const asked = [99, 100, 199, 200, 299, 300, 1_000];
    expect(asked.map(live.sequenceAt)).toEqual([0, 2, 2, 4, 4, 5, 5]);
    expect(createLiveRegister(policy).sequenceAt(5)).toBe(0);
    expect(createLiveRegister(policy).snapshot().recordedAt).toBeUndefined();
    expect(live.snapshot().recordedAt).toBe(300);
    expect(live.asItStood(4, policy).recordedAt).toBe(150);
    const pieces = live.snapshot().evidenceOf(practitionerId('ann'));
    expect(pieces.map(({ recordedAt }) => recordedAt)).toEqual(times);
  });
});
