import fc from 'fast-check';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { EntryFacts, LogEntry } from '../../src/domain/log-entry.ts';
import { replayDecision, type Replay } from '../../src/domain/replay-decision.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import { createChangingRegister, type ChangingRegister } from '../fakes/changing-register.ts';
import { decidedEntry, storedEntry } from '../fakes/decided-entry.ts';
import { BIRTH, life, LIFE_BEGINS, type LivingRecords, type Step } from '../fakes/register-life.ts';

interface Lived {
  readonly log: readonly LogEntry[];
  readonly register: ChangingRegister;
}

/** Every decision of a life goes through the log's own bytes. */
function live(steps: readonly Step[]): Lived {
  const register = createChangingRegister(BIRTH, LIFE_BEGINS);
  let records: LivingRecords = BIRTH;
  let now = LIFE_BEGINS;
  const log: LogEntry[] = [];
  for (const step of steps) {
    now += step.afterMs;
    if ('ask' in step) {
      const asked = { question: step.ask(now), register: register.snapshot(), at: now };
      log.push(decidedEntry(asked, {}, log.length));
    } else if ('policy' in step) {
      register.takePolicy(step.policy, now);
    } else {
      const changed = step.change(records, now);
      records = { ...records, ...changed };
      register.change(changed, now);
    }
  }
  return { log, register };
}

/** Replays a log; the register of a time is fetched once. */
async function replayAll({ log, register }: Lived): Promise<readonly Replay[]> {
  const kept = new Map<string, Promise<RegisterSnapshot>>();
  const replays: Replay[] = [];
  for (const entry of log) {
    const { decision, policy } = entry.facts;
    const at = { sequence: decision?.registerSeq ?? 0, policyDigest: policy?.digest ?? '' };
    const key = canonicalJson(at);
    const snapshot = kept.get(key) ?? register.asItStood(at);
    kept.set(key, snapshot);
    const replay = replayDecision(entry, await snapshot);
    if (replay !== undefined) replays.push(replay);
  }
  return replays;
}

test('every decision of a large random log, replayed from the register and policy of then, is the one on record', async () => {
  const seen = { permit: 0, deny: 0, sequences: 0, policies: new Set<string>(), reasons: new Set<string>() };
  await fc.assert(
    fc.asyncProperty(life(60), async (steps) => {
      const lived = live(steps);
      const replays = await replayAll(lived);
      expect(replays).toHaveLength(lived.log.length);
      expect(replays.filter(({ kind }) => kind !== 'same')).toEqual([]);
      for (const { recorded } of replays) {
        seen[recorded.result] += 1;
        recorded.reasons.forEach((code) => seen.reasons.add(code));
      }
      lived.log.forEach(({ facts }) => seen.policies.add(facts.policy?.digest ?? ''));
      seen.sequences = Math.max(seen.sequences, lived.register.snapshot().sequence);
    }),
    { numRuns: 60 },
  );
  // It was a large one, and it was about something.
  expect(seen.permit + seen.deny).toBeGreaterThan(2_000);
  expect(seen.permit).toBeGreaterThan(150);
  expect(seen.policies.size).toBe(3);
  expect(seen.sequences).toBeGreaterThan(10);
  expect(seen.reasons.size).toBeGreaterThan(25);
}, 120_000);

/** Anything that is wrong in the record, or that the register says otherwise, must come out. */
const FORGERIES: readonly { readonly name: string; readonly forge: (facts: EntryFacts) => EntryFacts }[] = [
  {
    name: 'the answer turned round',
    forge: ({ decision }) =>
      decision === undefined
        ? {}
        : { decision: { ...decision, result: decision.result === 'permit' ? 'deny' : 'permit' } },
  },
  {
    name: 'a reason left out or made up',
    forge: ({ decision }) =>
      decision === undefined
        ? {}
        : {
            decision: {
              ...decision,
              reasons: decision.reasons.length > 0 ? decision.reasons.slice(1) : ['stop-use'],
            },
          },
  },
  { name: 'another approval', forge: () => ({ approval: { id: 'forged', mode: 'independent' } }) },
  { name: 'another credential', forge: () => ({ credential: { id: 'forged', status: 'current' } }) },
  {
    name: 'another endpoint',
    forge: ({ model }) => (model === undefined ? {} : { model: { ...model, endpoint: 'x@9' } }),
  },
  {
    name: 'other weights',
    forge: ({ model }) => (model === undefined ? {} : { model: { ...model, digest: 'sha256:9' } }),
  },
  {
    name: 'a sign-in of long ago',
    forge: ({ auth, decision }) =>
      auth === undefined || decision?.result === 'deny' ? {} : { auth: { ...auth, at: 0 } },
  },
];

test.each(FORGERIES)('$name -> no entry passes for what it was', async ({ forge }) => {
  await fc.assert(
    fc.asyncProperty(life(20), async (steps) => {
      const { log, register } = live(steps);
      const forged = log.map((entry, seq) =>
        storedEntry(
          { ...entry, facts: { ...entry.facts, ...forge(entry.facts) }, retainClass: 'imaging-record' },
          seq,
        ),
      );
      const changed = forged.filter((entry, place) => isOther(entry, log[place]));
      const replays = await replayAll({ log: changed, register });
      expect(replays.filter(({ kind }) => kind !== 'different')).toEqual([]);
    }),
    { numRuns: 15 },
  );
});

function isOther(entry: LogEntry, original: LogEntry | undefined): boolean {
  return canonicalJson(entry.facts) !== canonicalJson(original?.facts ?? {});
}
