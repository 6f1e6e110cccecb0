import { createFinisher, createPolicyWatch, keepRounds } from '../../src/compose-upkeep.ts';
import { RegisterUnavailable } from '../../src/domain/errors.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import { createActHouse, type ActHouse } from '../fakes/act-house.ts';
import { PEOPLE, person } from '../fakes/act-people.ts';
import { policyWith } from '../fakes/policy-house.ts';
import { aModelVersion, practitionerId } from '../fakes/register-builder.ts';

/** What was told, by level: fields and sentence. */
interface Told {
  readonly level: 'error' | 'warn';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly said: string;
}

function listening() {
  const told: Told[] = [];
  const at =
    (level: Told['level']) =>
    (fields: object, said = ''): void =>
      void told.push({ level, fields: { ...fields }, said });
  return { told, logger: { error: at('error'), warn: at('warn') } };
}

/** A clock of rounds that the test turns by hand. */
function handTurned() {
  const kept = new Set<{ readonly ms: number; readonly call: () => void }>();
  const every = (ms: number, call: () => void) => {
    const one = { ms, call };
    kept.add(one);
    return { stop: () => void kept.delete(one) };
  };
  const turn = (ms: number): void => {
    for (const one of kept) if (one.ms === ms) one.call();
  };
  return { every, turn, count: () => kept.size };
}

/** Lets all that is ready go on. */
const goOn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A work that ends when it is told to. */
function slow() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { act: () => promise, end: () => resolve(undefined) };
}

describe('rounds', () => {
  test('each is called at its own pace, and nothing before its time', async () => {
    const { every, turn } = handTurned();
    const calls: string[] = [];
    const round = (name: string, everyMs: number) => ({ name, everyMs, act: () => calls.push(name) });
    keepRounds([round('often', 1), round('often too', 1), round('seldom', 60)], { ...listening(), every });
    await goOn();
    expect(calls).toEqual([]);
    turn(1);
    await goOn();
    turn(60);
    turn(1);
    await goOn();
    expect(calls).toEqual(['often', 'often too', 'seldom', 'often', 'often too']);
  });

  test.each<{ readonly name: string; readonly act: () => unknown }>([
    { name: 'rejects', act: () => Promise.reject(new Error('away')) },
    {
      name: 'throws',
      act: () => {
        throw new Error('away');
      },
    },
  ])('one that $name is told, hinders no other, and runs again', async ({ act }) => {
    const { every, turn } = handTurned();
    const { told, logger } = listening();
    let fails = 0;
    let others = 0;
    const failing = {
      name: 'counting',
      everyMs: 1,
      act: () => {
        fails += 1;
        return act();
      },
    };
    keepRounds([failing, { name: 'other', everyMs: 1, act: () => (others += 1) }], { logger, every });
    for (let times = 0; times < 2; times += 1) {
      turn(1);
      await goOn();
    }
    expect([fails, others]).toEqual([2, 2]);
    const once = {
      level: 'warn',
      fields: { err: new Error('away') },
      said: 'counting failed; it is tried again',
    };
    expect(told).toEqual([once, once]);
  });

  test('one that is under way is not begun again; others are', async () => {
    const { every, turn } = handTurned();
    const { act, end } = slow();
    const calls: string[] = [];
    const rounds = [
      { name: 'slow', everyMs: 1, act: () => (calls.push('slow'), act()) },
      { name: 'quick', everyMs: 1, act: () => calls.push('quick') },
    ];
    keepRounds(rounds, { ...listening(), every });
    turn(1);
    await goOn();
    turn(1);
    await goOn();
    expect(calls).toEqual(['slow', 'quick', 'quick']);
    end();
    await goOn();
    turn(1);
    expect(calls.slice(3)).toEqual(['slow', 'quick']);
  });

  test('stopped: nothing is called any more, and what is under way is waited for', async () => {
    const { every, turn, count } = handTurned();
    const { act, end } = slow();
    const stop = keepRounds([{ name: 'slow', everyMs: 1, act }], {
      ...listening(),
      every,
      patienceMs: 2_000_000,
    });
    turn(1);
    let isStopped = false;
    const stopping = stop().then(() => (isStopped = true));
    expect(count()).toBe(0);
    await goOn();
    expect(isStopped).toBe(false);
    end();
    await stopping;
  });

  test('stopped: not for ever', async () => {
    const { every, turn } = handTurned();
    const { act } = slow();
    const rounds = [{ name: 'slow', everyMs: 1, act }];
    const stop = keepRounds(rounds, { ...listening(), every, patienceMs: 1 });
    turn(1);
    await expect(stop()).resolves.toBeUndefined();
  });

  test('by the clock of the machine where none is given', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const stop = keepRounds([{ name: 'quick', everyMs: 1, act: () => resolve(undefined) }], listening());
    await promise;
    await stop();
  });
});

describe('whether this node decides by the policy that was taken last', () => {
  const given = policyWith();
  const { digest } = given.policy;
  const other = { place: 2, takenAt: 1, digest: 'sha256:other' };

  test('is told once while it lasts, and shown all the while', async () => {
    const { told, logger } = listening();
    let newest: typeof other | undefined;
    const watch = createPolicyWatch({ given, logger, policies: { newest: async () => newest } });
    expect(watch.state()).toMatchObject({
      part: 'policy',
      ok: true,
      detail: expect.stringContaining('not been looked at'),
    });
    await watch.look();
    expect(watch.state()).toMatchObject({ ok: true });
    newest = { ...other, digest };
    await watch.look();
    expect(watch.state()).toMatchObject({ ok: true });
    newest = other;
    await watch.look();
    await watch.look();
    expect(watch.state()).toMatchObject({ part: 'policy', ok: false });
    expect(told).toMatchObject([{ level: 'error', fields: { own: digest, newest: 'sha256:other' } }]);
    newest = { ...other, digest };
    await watch.look();
    expect(watch.state()).toMatchObject({ ok: true });
    newest = other;
    await watch.look();
    expect(told).toHaveLength(2);
  });

  test('what cannot be looked at is told, and what was found before stays', async () => {
    const { told, logger } = listening();
    let newest = async (): Promise<typeof other> => other;
    const watch = createPolicyWatch({ given, logger, policies: { newest: () => newest() } });
    await watch.look();
    newest = () => Promise.reject(new RegisterUnavailable('Gone.'));
    await watch.look();
    expect(watch.state()).toMatchObject({ ok: false });
    expect(told.map(({ level }) => level)).toEqual(['error', 'warn']);
  });
});

describe('what was begun and cut off', () => {
  let house: ActHouse;
  beforeEach(async () => {
    const practitioners = PEOPLE.map((name) => person(name));
    house = await createActHouse({ practitioners, evidence: [], modelVersions: [aModelVersion()] });
  });
  afterEach(() => house.close());

  const propose = async (): Promise<RegisterProposal> => {
    const practitioner = { ...person('trainee', { id: practitionerId('new'), identities: [] }) };
    const proposal = await house.perform('director', { act: 'add-practitioner', practitioner });
    house.caseLog.behave('fails');
    await house.confirm('lead', proposal).catch(() => undefined);
    return proposal;
  };
  const finisher = () => {
    const { told, logger } = listening();
    const { register, caseLog, turns } = house.deps;
    return { told, finish: createFinisher({ register, caseLog, nodes: { turns }, logger }) };
  };

  test('is finished once it can be; why not is told once while it stays the same', async () => {
    const { digest } = await propose();
    const { told, finish } = finisher();
    await finish();
    await finish();
    expect(told).toMatchObject([{ level: 'error', fields: { err: { code: 'case-log-unavailable' } } }]);
    house.caseLog.behave('ok');
    await finish();
    expect((await house.deps.register.proposal(digest)).state).toBe('applied');
    await finish();
    expect(told).toHaveLength(1);
  });
});
