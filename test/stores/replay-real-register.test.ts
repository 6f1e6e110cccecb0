import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { GatewayError } from '../../src/domain/errors.ts';
import type { LogEntry } from '../../src/domain/log-entry.ts';
import { replayDecision, type Replay } from '../../src/domain/replay-decision.ts';
import { takePolicy } from '../../src/flows/take-policy.ts';
import { parsePolicy } from '../../src/register/load-policy.ts';
import type { Register } from '../../src/register/open-register.ts';
import { createPolicyStore } from '../../src/register/policy-store.ts';
import { decidedEntry } from '../fakes/decided-entry.ts';
import { NOW } from '../fakes/register-builder.ts';
import { createRegisterHouse, type RegisterHouse } from '../fakes/register-house.ts';
import { life, type LivingRecords, type Step } from '../fakes/register-life.ts';
import { importText, IMPORTABLE } from '../fakes/register-text.ts';

const SHIPPED = readFileSync(join(__dirname, '../../config/policy/uk-pathway-2025.yaml'), 'utf8');
/** The shipped policy, and one that takes the caller's images and has other grown-ups. */
const TEXTS = [
  SHIPPED,
  SHIPPED.replace(/^callerInputAllowed: .*$/m, 'callerInputAllowed: true').replace(
    /^adultFromYears: .*$/m,
    'adultFromYears: 25',
  ),
];
const POLICIES = TEXTS.map((text) => ({ text, policy: parsePolicy(text, 'policy.yaml') }));

interface Lived {
  readonly log: readonly LogEntry[];
  /** How many changes the register took, and how many it would not have. */
  readonly taken: number;
  readonly refused: number;
}

async function live(house: RegisterHouse, steps: readonly Step[]): Promise<Lived> {
  const policies = createPolicyStore(house.database);
  let records: Partial<LivingRecords> = {};
  let [now, taken, refused, turn] = [NOW, 0, 0, 0];
  const log: LogEntry[] = [];
  const take = async (): Promise<Register> => {
    const chosen = POLICIES[turn++ % POLICIES.length];
    if (chosen === undefined) throw new RangeError('no policy');
    const register = await house.reopen(chosen.policy);
    const othersTurn = (): Promise<void> => Promise.resolve();
    await takePolicy(
      { policies, register, caseLog: house.caseLog, clock: { nowMs: () => now }, othersTurn },
      chosen,
    );
    return register;
  };
  let register = await take();
  const change = async (next: LivingRecords): Promise<void> => {
    const text = importText(records, next);
    if (text === undefined) return;
    try {
      await house.applied(text);
      await register.reload();
      records = next;
      taken += 1;
    } catch (error: unknown) {
      // What the register would never have taken is no part of its history.
      if (!(error instanceof GatewayError)) throw error;
      refused += 1;
    }
  };
  await change(IMPORTABLE);
  for (const step of steps) {
    now += step.afterMs;
    if ('ask' in step) {
      log.push(
        decidedEntry({ question: step.ask(now), register: register.snapshot(), at: now }, {}, log.length),
      );
    } else if ('policy' in step) {
      register = await take();
    } else {
      const whole = { ...IMPORTABLE, ...records };
      await change({ ...whole, ...step.change(whole, now) });
    }
  }
  return { log, taken, refused };
}

async function replayAll(register: Register, log: readonly LogEntry[]): Promise<readonly Replay[]> {
  const replays: Replay[] = [];
  for (const entry of log) {
    const { decision, policy } = entry.facts;
    const place = { sequence: decision?.registerSeq ?? -1, policyDigest: policy?.digest ?? '' };
    const replay = replayDecision(entry, await register.asItStood(place));
    if (replay !== undefined) replays.push(replay);
  }
  return replays;
}

test('what was decided by a register on disk comes out the same from its history, after a restart, under whichever policy', async () => {
  const seen = { taken: 0, decided: 0, permitted: 0, policies: new Set<string>(), places: new Set<number>() };
  await fc.assert(
    fc.asyncProperty(life(90), async (steps) => {
      const house = await createRegisterHouse();
      try {
        const { log, taken } = await live(house, steps);
        const replays = await replayAll(await house.reopen(POLICIES[0]?.policy), log);
        expect(replays).toHaveLength(log.length);
        expect(replays.filter(({ kind }) => kind !== 'same')).toEqual([]);
        seen.taken += taken;
        seen.decided += replays.length;
        seen.permitted += replays.filter(({ recorded }) => recorded.result === 'permit').length;
        for (const { facts } of log) {
          seen.policies.add(facts.policy?.digest ?? '');
          seen.places.add(facts.decision?.registerSeq ?? -1);
        }
      } finally {
        await house.close();
      }
    }),
    { numRuns: 3, endOnFailure: true },
  );
  expect(seen.decided).toBeGreaterThan(80);
  expect(seen.taken).toBeGreaterThan(8);
  expect(seen.permitted).toBeGreaterThan(3);
  expect(seen.policies.size).toBe(2);
  expect(seen.places.size).toBeGreaterThan(3);
}, 120_000);
