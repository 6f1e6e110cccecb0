import { GatewayError, NotIdentified } from '../../src/domain/errors.ts';
import { performAct } from '../../src/flows/perform-act.ts';
import { suspensionInForce } from '../../src/register/login-standing.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, evidenceOfPeople, PEOPLE, person } from '../fakes/act-people.ts';
import { aModelVersion, MODEL, NOW, practitionerId, PROVIDER, VERSION } from '../fakes/register-builder.ts';

let house: ActHouse;
beforeEach(async () => {
  const wanted = new Set<string>(['rc-one', 'rc-two', 'op-one']);
  house = await createActHouse({
    practitioners: PEOPLE.map((name) => person(name)),
    evidence: evidenceOfPeople().filter(({ practitioner }) => wanted.has(practitioner)),
    modelVersions: [aModelVersion()],
  });
});
afterEach(async () => {
  await house.close();
});

const stop: RegisterAct = { act: 'stop-use', model: MODEL, reason: 'Missed nodules' };
const cpd: RegisterAct = { act: 'log-cpd', title: 'Course', credits: 4, happenedAt: NOW - DAY_MS };
const suspend: RegisterAct = {
  act: 'suspend',
  practitioner: practitionerId('rc-two'),
  reason: 'Under review',
};
const refused = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error('it was not refused', { cause: error });
  return [error.code, ...error.reasons.map(({ code }) => code)];
};

describe('an act of one person', () => {
  test('is in force at once, and stands in the case log with who did it', async () => {
    const before = house.caseLog.all().length;
    const proposal = await house.perform('rc-one', stop);
    expect(proposal).toMatchObject({ act: 'stop-use', people: 1, state: 'applied' });
    expect(house.deps.register.snapshot().stopUses()).toMatchObject([
      { id: 'S-id-1', model: MODEL, by: 'rc-one' },
    ]);
    const [entry, ...more] = house.caseLog.all().slice(before);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      kind: 'stop-use',
      facts: { change: { kind: 'stop-use', action: 'added', act: 'stop-use', proposal: proposal.digest } },
      personal: { signer: 'rc-one' },
    });
    expect(entry?.personal.cosigner).toBeUndefined();
  });

  test('about a person names them beside whoever did it, as personal data only', async () => {
    await house.perform('lead', suspend);
    const entry = house.caseLog.all().at(-1);
    expect(entry?.personal).toMatchObject({ user: 'rc-two', signer: 'lead' });
    const body = new TextDecoder().decode(entry?.body);
    expect(body).not.toMatch(/rc-two|"lead"/);
  });

  test('a suspension reaches every session of the person', async () => {
    const login = { provider: PROVIDER, subject: 'rc-two' };
    expect(suspensionInForce(house.deps.register, login, house.now())).toBeUndefined();
    await house.perform('lead', suspend);
    expect(suspensionInForce(house.deps.register, login, house.now())).toBe('E-id-1');
    house.later(60_000);
    expect(await refused(house.perform('rc-two', cpd))).toEqual(['not-permitted', 'practitioner-suspended']);
  });
});

test('a case of the log-book is named only by who found it there', async () => {
  const piece = {
    practitioner: practitionerId('trainee'),
    type: 'log-book-case',
    happenedAt: NOW - 1,
    ordinal: 1,
    caseId: 'c-1',
  } as const;
  const act: RegisterAct = { act: 'attest-evidence', piece };
  expect(await refused(house.perform('rc-one', act))).toEqual(['not-permitted', 'attestation-not-in-duty']);
  const input = { evidence: { sessionToken: 'rc-one' }, requestId: 'r', act, supervisedCase: 'c-1' };
  expect((await performAct(house.deps, input, NEVER)).state).toBe('applied');
});

describe('an act of two people', () => {
  test('waits, and changes nothing', async () => {
    const { sequence } = house.deps.register.snapshot();
    const practitioner = { ...person('trainee', { id: practitionerId('new'), identities: [] }) };
    const proposal = await house.perform('lead', { act: 'add-practitioner', practitioner });
    expect(proposal).toMatchObject({
      people: 2,
      state: 'pending',
      consents: [{ practitioner: 'lead', assurance: 3 }],
    });
    expect(house.deps.register.snapshot().sequence).toBe(sequence);
  });
});

describe('what is refused', () => {
  test('says every reason, changes nothing, and stands in the log once a minute', async () => {
    const before = house.caseLog.all().length;
    const own: RegisterAct = { act: 'suspend', practitioner: practitionerId('director'), reason: 'x' };
    house.signIn('director', { assurance: 1 });
    for (const seconds of [0, 30]) {
      house.moveTo(NOW + seconds * 1_000);
      expect(await refused(house.perform('director', own))).toEqual([
        'not-permitted',
        'assurance-too-low',
        'not-for-oneself',
      ]);
    }
    const entries = house.caseLog.all().slice(before);
    expect(entries).toMatchObject([
      {
        kind: 'register.change',
        facts: {
          change: {
            kind: 'act',
            action: 'refused',
            act: 'suspend',
            reasons: ['assurance-too-low', 'not-for-oneself'],
          },
        },
        personal: { user: 'director', subject: 'director' },
      },
    ]);
    house.moveTo(NOW + 60_000);
    await refused(house.perform('director', own));
    expect(house.caseLog.all()).toHaveLength(before + 2);
  });

  test('a conflict is nobody’s attempt at anything', async () => {
    await house.perform('rc-one', cpd);
    const before = house.caseLog.all().length;
    expect(await refused(house.perform('rc-one', cpd))).toEqual(['conflict', 'exists-already']);
    expect(house.caseLog.all()).toHaveLength(before);
  });

  test('a login that the register does not know', async () => {
    expect(await refused(house.perform('stranger', cpd))).toEqual(['not-permitted', 'identity-unmapped']);
    expect(house.caseLog.all().at(-1)?.personal).toEqual({ subject: 'stranger' });
  });

  test('nobody at all', async () => {
    const call = performAct(house.deps, { evidence: {}, requestId: 'r', act: cpd }, NEVER);
    await expect(call).rejects.toThrow(NotIdentified);
  });

  test('records with faults: nothing is kept', async () => {
    const practitioner = { ...person('trainee', { id: practitionerId('new') }), band: 99 };
    expect(await refused(house.perform('lead', { act: 'add-practitioner', practitioner }))).toEqual([
      'bad-request',
    ]);
    expect(await house.deps.register.pending()).toEqual([]);
  });

  test('a record that somebody else has changed since it was read', async () => {
    const ifMatch = { kind: 'practitioner', id: 'trainee', etag: 'not-its-own' } as const;
    const act: RegisterAct = {
      act: 'change-practitioner',
      practitioner: { ...person('trainee'), name: 'New Name' },
    };
    const call = performAct(
      house.deps,
      { evidence: { sessionToken: 'lead' }, requestId: 'r', act, ifMatch },
      NEVER,
    );
    expect(await refused(call)).toEqual(['precondition-failed']);
    const current = await house.deps.register.find('practitioner', 'trainee');
    const right = { ...ifMatch, etag: current?.etag ?? '' };
    const again = performAct(
      house.deps,
      { evidence: { sessionToken: 'lead' }, requestId: 'r', act, ifMatch: right },
      NEVER,
    );
    expect((await again).state).toBe('pending');
  });
});

describe('how somebody is signed in', () => {
  test('a token for AI calls a stop-use and nothing else', async () => {
    house.signIn('rc-one', { scopes: ['ai'], assurance: 1 });
    expect((await house.perform('rc-one', stop)).state).toBe('applied');
    expect(await refused(house.perform('rc-one', cpd))).toEqual(['scope-missing']);
    house.signIn('rc-one', { scopes: ['images'] });
    expect(await refused(house.perform('rc-one', { ...stop, reason: 'Again', version: VERSION }))).toEqual([
      'not-permitted',
      'act-token-scope',
    ]);
  });

  test('neither break-glass nor a session that cannot be confirmed does anything', async () => {
    house.signIn('rc-one', { method: 'break-glass', assurance: 1 });
    expect(await refused(house.perform('rc-one', stop))).toEqual(['not-permitted', 'assurance-too-low']);
    expect(await refused(house.perform('rc-one', cpd))).toEqual(['not-permitted']);
    house.signIn('rc-one', { unconfirmed: true });
    expect(await refused(house.perform('rc-one', stop))).toEqual(['not-permitted', 'session-unconfirmed']);
    expect(await refused(house.perform('rc-one', cpd))).toEqual(['sessions-unavailable']);
  });
});
