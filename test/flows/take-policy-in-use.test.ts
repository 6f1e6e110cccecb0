import { Writable } from 'node:stream';
import { takePolicyInUse } from '../../src/compose-policy.ts';
import type { PolicyWithText } from '../../src/register/load-policy.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from '../fakes/memory-case-log.ts';
import { createPolicyHouse, policyWith, type PolicyHouse } from '../fakes/policy-house.ts';
import { NOW } from '../fakes/register-builder.ts';

const FIRST = policyWith();
const SECOND = policyWith(["version: '2'", "version: '3'"]);
const LOCKED = policyWith(['credentials: [rc-ai, ai-operator, registrar]', 'credentials: [ai-operator]']);
const NARROWER = policyWith([
  '- function: view\n    credentials: [rc-ai, ai-operator, registrar]',
  '- function: view\n    credentials: [ai-operator]',
]);

let house: PolicyHouse;
let caseLog: MemoryCaseLog;
beforeEach(async () => {
  house = await createPolicyHouse();
  caseLog = createMemoryCaseLog();
});
afterEach(() => house.close());

/** What the log says while a gateway starts with a policy. */
async function linesOf(given: PolicyWithText, ok = true): Promise<readonly Record<string, unknown>[]> {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const logger = createLogger({ level: 'debug', destination });
  const { policies, registerUnder } = house;
  const register = registerUnder(given.policy);
  const parts = { policies, register, caseLog: { ...caseLog, state: () => ({ ok }) }, logger };
  await takePolicyInUse(parts, given, { nowMs: () => NOW });
  return lines.map((line): Record<string, unknown> => JSON.parse(line));
}

test('the first, and one that changes nothing for anybody, are an INFO; the one in force says nothing', async () => {
  for (const given of [FIRST, SECOND]) {
    const { id: policy, version, digest } = given.policy;
    await expect(linesOf(given)).resolves.toMatchObject([{ level: 'info', policy, version, digest }]);
    await expect(linesOf(given)).resolves.toEqual([]);
  }
});

test('a log that takes no entries is an ERROR, and the next call tries again', async () => {
  caseLog.behave('fails');
  await expect(linesOf(FIRST)).resolves.toMatchObject([{ level: 'error', err: expect.anything() }]);
  caseLog.behave('ok');
  await expect(linesOf(FIRST)).resolves.toMatchObject([{ level: 'info' }]);
});

test('while the log is away nothing is weighed and nothing said: its own alarm speaks', async () => {
  await expect(linesOf(FIRST, false)).resolves.toEqual([]);
  await expect(house.policies.newest()).resolves.toBeUndefined();
});

describe('with numbers, and no names', () => {
  beforeEach(() => linesOf(FIRST));

  test.each([
    {
      name: 'who loses something is a WARN',
      given: NARROWER,
      level: 'warn',
      after: 1,
      effects: ['  view: 1 -> 0'],
    },
    {
      name: 'nobody left is an ERROR',
      given: LOCKED,
      level: 'error',
      after: 0,
      effects: ['  detection: 1 -> 0', '  view: 1 -> 0'],
    },
  ])('$name', async ({ given, level, after, effects }) => {
    const lines = await linesOf(given);
    expect(lines).toMatchObject([{ level, before: 1, after, effects }]);
    expect(JSON.stringify(lines)).not.toContain('"radiologist"');
  });
});
