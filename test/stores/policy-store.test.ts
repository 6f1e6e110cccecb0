import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { PolicyUnreadable, RegisterUnavailable } from '../../src/domain/errors.ts';
import type { PolicyTexts } from '../../src/flows/ports-policy.ts';
import type { PolicyWithText } from '../../src/register/load-policy.ts';
import { createPolicyHouse, policyWith, type PolicyHouse } from '../fakes/policy-house.ts';

const FIRST = policyWith();
const SECOND = policyWith(["version: '2'", "version: '3'"]);

let house: PolicyHouse;
beforeEach(async () => (house = await createPolicyHouse()));
afterEach(() => house.close());

const keep = (
  { policy, text }: PolicyWithText,
  place: number,
  changes: Partial<Kept> = {},
): Promise<boolean> => {
  const { id, version, digest } = policy;
  return house.policies.keep({
    place,
    digest,
    id,
    version,
    text,
    takenAt: place * 100,
    logSeq: place,
    ...changes,
  });
};
type Kept = Parameters<PolicyTexts['keep']>[0];

test('an empty database has had no policy', async () => {
  await expect(house.policies.newest()).resolves.toBeUndefined();
  await expect(house.policies.policyAt(0)).resolves.toBeUndefined();
  await expect(house.policies.policyOf('sha256:none')).resolves.toBeUndefined();
});

test('keeping is repeatable, and a place is taken once', async () => {
  expect(await keep(FIRST, 1)).toBe(true);
  expect(await keep(FIRST, 1)).toBe(true);
  expect(await keep(SECOND, 1)).toBe(false);
  expect(await keep(SECOND, 2)).toBe(true);
  expect(await keep(FIRST, 3)).toBe(true);
  const count = await house.database.selectFrom('policy_text').select('policy_text.digest').execute();
  expect(count).toHaveLength(2);
  await expect(house.policies.newest()).resolves.toEqual({
    place: 3,
    digest: FIRST.policy.digest,
    takenAt: 300,
  });
});

test('a policy is made of its text once', async () => {
  await keep(FIRST, 1);
  const policy = await house.policies.policyOf(FIRST.policy.digest);
  expect(policy).toEqual(FIRST.policy);
  await expect(house.policies.policyOf(FIRST.policy.digest)).resolves.toBe(policy);
});

test('a text that is not the one of its digest is not believed', async () => {
  await keep(FIRST, 1, { text: SECOND.text });
  const work = house.policies.policyOf(FIRST.policy.digest);
  await expect(work).rejects.toThrow(/not the text/);
  await expect(work).rejects.not.toThrow(PolicyUnreadable);
});

test('a text that this release cannot read is no policy', async () => {
  const text = 'id: from-another-release\n';
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await keep(FIRST, 1, { text, digest });
  const work = house.policies.policyOf(digest);
  await expect(work).rejects.toThrow(PolicyUnreadable);
  await expect(work).rejects.toThrow(`The policy ${digest} was kept, and cannot be read by this release.`);
});

test.each(['policy_text', 'policy_taken'])('%s is append-only', async (table) => {
  await keep(FIRST, 1);
  for (const statement of [`delete from ${table}`, `update ${table} set taken_at = 1`]) {
    await expect(sql.raw(statement).execute(house.database)).rejects.toThrow(/append-only/);
  }
});

test('a database that is away', async () => {
  const { policies, database } = house;
  await database.destroy();
  await expect(policies.newest()).rejects.toThrow(RegisterUnavailable);
  await expect(policies.policyAt(1)).rejects.toThrow(RegisterUnavailable);
  await expect(policies.policyOf(FIRST.policy.digest)).rejects.toThrow(RegisterUnavailable);
  await expect(keep(FIRST, 1)).rejects.toThrow(RegisterUnavailable);
});
