import { CaseLogUnavailable, GatewayError, RegisterUnavailable } from '../../src/domain/errors.ts';
import type { PolicyTexts } from '../../src/flows/ports-policy.ts';
import { takePolicy } from '../../src/flows/take-policy.ts';
import type { PolicyWithText } from '../../src/register/load-policy.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from '../fakes/memory-case-log.ts';
import { createPolicyHouse, policyWith, type PolicyHouse } from '../fakes/policy-house.ts';
import { NOW } from '../fakes/register-builder.ts';

const FIRST = policyWith();
const SECOND = policyWith(["version: '2'", "version: '3'"]);
/** Nobody has the one credential that opens anything. */
const LOCKED = policyWith(['credentials: [rc-ai, ai-operator, registrar]', 'credentials: [ai-operator]']);

let house: PolicyHouse;
let caseLog: MemoryCaseLog;
let now: number;
beforeEach(async () => {
  house = await createPolicyHouse();
  caseLog = createMemoryCaseLog();
  now = NOW;
});
afterEach(() => house.close());

const take = (
  given: PolicyWithText,
  changes: Partial<Parameters<typeof takePolicy>[0]> = {},
): ReturnType<typeof takePolicy> =>
  takePolicy(
    {
      policies: house.policies,
      register: house.registerUnder(given.policy),
      caseLog,
      clock: { nowMs: () => now },
      othersTurn: () => Promise.resolve(),
      ...changes,
    },
    given,
  );

const changesLogged = (): readonly unknown[] => caseLog.all().map(({ facts }) => facts.change);

describe('a policy that the gateway starts with', () => {
  test('is taken once, with nothing to compare it with, and its text is kept', async () => {
    await expect(take(FIRST)).resolves.toEqual({ isNew: true });
    await expect(take(FIRST)).resolves.toEqual({ isNew: false });
    const { id, version, digest } = FIRST.policy;
    expect(caseLog.all()).toMatchObject([
      {
        id: `policy:1:${digest}`,
        kind: 'config.change',
        facts: { policy: { id, version, digest }, change: { kind: 'policy', action: 'added', digest } },
      },
    ]);
    await expect(house.policies.newest()).resolves.toEqual({ place: 1, digest, takenAt: NOW });
    await expect(house.reopened().policyOf(digest)).resolves.toEqual(FIRST.policy);
  });

  test('and changes nothing for anybody says so', async () => {
    await take(FIRST);
    const { comparison } = await take(SECOND);
    expect(comparison).toMatchObject({ people: { before: 1, after: 1 }, isLockOut: false });
    expect(changesLogged()[1]).toEqual({
      kind: 'policy',
      action: 'changed',
      digest: SECOND.policy.digest,
      before: FIRST.policy.digest,
      usersBefore: 1,
      usersAfter: 1,
      effects: [],
    });
  });

  test('and locks everybody out is taken, with numbers and nobody’s name in the log', async () => {
    await take(FIRST);
    const { isNew, comparison } = await take(LOCKED);
    expect({ isNew, isLockOut: comparison?.isLockOut }).toEqual({ isNew: true, isLockOut: true });
    expect(comparison?.people).toMatchObject({ loses: ['radiologist'] });
    expect(changesLogged()[1]).toMatchObject({
      usersBefore: 1,
      usersAfter: 0,
      effects: ['detection: 1 -> 0', 'view: 1 -> 0'],
    });
    expect(JSON.stringify(changesLogged())).not.toContain('radiologist');
    await expect(house.policies.newest()).resolves.toMatchObject({ digest: LOCKED.policy.digest });
  });

  test('and was in force before the last one is taken anew: the row of policies tells what held when', async () => {
    for (const given of [FIRST, SECOND, FIRST]) {
      await take(given);
      now += 1_000;
    }
    const held = await Promise.all(
      [-1, 0, 999, 1_000, 2_000, 9_000].map((ms) => house.policies.policyAt(NOW + ms)),
    );
    const [a, b] = [FIRST.policy.digest, SECOND.policy.digest];
    expect(held).toEqual([undefined, a, a, b, a, a]);
    expect(caseLog.all().map(({ id }) => id)).toEqual([`policy:1:${a}`, `policy:2:${b}`, `policy:3:${a}`]);
  });
});

describe('cut off', () => {
  test.each(['fails', 'fails-but-written'] as const)(
    'when the log %s: nothing is kept, and again is well',
    async (mode) => {
      caseLog.behave(mode);
      await expect(take(FIRST)).rejects.toThrow(CaseLogUnavailable);
      await expect(house.policies.newest()).resolves.toBeUndefined();
      caseLog.behave('ok');
      await expect(take(FIRST)).resolves.toMatchObject({ isNew: true });
      expect(caseLog.all()).toHaveLength(1);
    },
  );

  test('between the log and the text: the entry stays one', async () => {
    const keep = (): Promise<boolean> => Promise.reject(new RegisterUnavailable('cut off'));
    await expect(take(FIRST, { policies: { ...house.policies, keep } })).rejects.toThrow(RegisterUnavailable);
    expect(caseLog.all()).toHaveLength(1);
    await take(FIRST);
    expect(caseLog.all()).toHaveLength(1);
    await expect(house.policies.newest()).resolves.toMatchObject({ place: 1 });
  });
});

test('another node that takes another policy at the same moment: this one comes after it', async () => {
  let others = 0;
  const between: PolicyTexts = {
    ...house.policies,
    keep: async (taken) => {
      others += 1;
      if (others === 1) await take(SECOND);
      return await house.policies.keep(taken);
    },
  };
  await expect(take(FIRST, { policies: between })).resolves.toMatchObject({ isNew: true });
  await expect(house.policies.newest()).resolves.toMatchObject({ place: 2, digest: FIRST.policy.digest });
  expect(caseLog.all()).toHaveLength(3);
});

test('the same policy taken by two nodes at once is taken once', async () => {
  await Promise.all([take(FIRST), take(FIRST)]);
  expect(caseLog.all()).toHaveLength(1);
  await expect(house.policies.newest()).resolves.toMatchObject({ place: 1 });
});

describe('what cannot be compared is taken all the same', () => {
  test.each<{ readonly name: string; readonly error: Error }>([
    { name: 'a register that cannot be trusted', error: new RegisterUnavailable('tampered') },
    { name: 'a policy before whose text is gone', error: new GatewayError('not-found') },
  ])('$name', async ({ error }) => {
    await take(FIRST);
    const register = { ...house.registerUnder(SECOND.policy), asItStood: () => Promise.reject(error) };
    await expect(take(SECOND, { register })).resolves.toEqual({ isNew: true });
    expect(changesLogged()[1]).toEqual({
      kind: 'policy',
      action: 'changed',
      digest: SECOND.policy.digest,
      before: FIRST.policy.digest,
    });
  });

  test('but a fault of ours is none of these', async () => {
    await take(FIRST);
    const broken = [new TypeError('ours'), new GatewayError('internal')];
    for (const error of broken) {
      const register = { ...house.registerUnder(SECOND.policy), asItStood: () => Promise.reject(error) };
      await expect(take(SECOND, { register })).rejects.toBe(error);
    }
    expect(caseLog.all()).toHaveLength(1);
  });
});
