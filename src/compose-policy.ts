import { existsSync } from 'node:fs';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { clock } from './compose-clock.ts';
import { storesOf } from './compose-stores.ts';
import type { Config } from './config.ts';
import type { GatewayDatabase } from './db/gateway-database.ts';
import { PostgresFault, PostgresRefused } from './db/open-postgres.ts';
import { SqliteRefused } from './db/open-sqlite.ts';
import {
  comparePolicies,
  hasEffect,
  type PolicyComparison,
  type PolicyEffect,
} from './domain/compare-policies.ts';
import { RegisterUnavailable } from './domain/errors.ts';
import type { Policy } from './domain/policy.ts';
import type { PolicyTexts } from './flows/ports-policy.ts';
import type { CaseLogAppender, Clock, PartState } from './flows/ports.ts';
import { takePolicy } from './flows/take-policy.ts';
import { judgeExamples } from './register/judge-examples.ts';
import { loadPolicy, type PolicyWithText } from './register/load-policy.ts';
import { openRegister } from './register/open-register.ts';
import { examplesFileOf, loadPolicyExamples } from './register/policy-examples.ts';
import { policyHints } from './register/policy-hints.ts';
import { createPolicyStore } from './register/policy-store.ts';
import type { Logger } from './telemetry/logger.ts';

/** What a command found: sentences, and whether all is well. */
interface Found {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** Holds a policy against the examples beside it. Throws PolicyFaults for faults of either file. */
export function testPolicy(file: string): Found {
  const policy = loadPolicy(file);
  const given = loadPolicyExamples(file, policy);
  if (given === undefined) {
    return { ok: false, lines: [`There are no examples: ${examplesFileOf(file)} is not there.`] };
  }
  const differences = judgeExamples(policy, given);
  const lines = differences.flatMap(({ example, on, of, expected, found }) => [
    `${example}, on ${on}: ${of}`,
    `  expected  ${expected}`,
    `  found     ${found}`,
  ]);
  const count = `${String(given.examples.length)} examples of ${policy.id} ${policy.version}`;
  const last =
    differences.length === 0
      ? `${count}: as expected.`
      : `${count}: ${String(differences.length)} differences.`;
  return { ok: differences.length === 0, lines: [...lines, last] };
}

/** What another policy would change for the people in the register, by name of their records. Throws PolicyFaults. */
export async function tryPolicy(config: Config, file: string): Promise<Found> {
  const policy = loadPolicy(file);
  const compared = await compareWithPresent(config, policy);
  if ('why' in compared) return { ok: true, lines: [compared.why] };
  return described(policy, compared, true);
}

/** What `check-config` says of a policy that is in order: what may not be meant, and what it would change for people. */
export async function policyNotes(config: Config, policy: Policy): Promise<Found> {
  const hints = policyHints(policy).map((hint) => `Note: ${hint}`);
  const examples = existsSync(examplesFileOf(config.policyFile))
    ? []
    : [
        'Note: The policy has no examples beside it. With some, `countersign policy test` shows what a change does.',
      ];
  const compared = await compareWithPresent(config, policy);
  const effect = 'why' in compared ? noteOf(compared) : described(policy, compared, false);
  return { ok: effect.ok, lines: [...hints, ...examples, ...effect.lines] };
}

function noteOf({ why, isFailure = false }: Nothing): Found {
  return { ok: true, lines: isFailure ? [`Note: ${why}`] : [] };
}

/** Why there is nothing to compare, in a sentence. */
interface Nothing {
  readonly why: string;
  /** True where there would be, and it cannot be read. */
  readonly isFailure?: boolean;
}

/** Reads the register of the data folder, beside a gateway that may be running. */
async function compareWithPresent(config: Config, policy: Policy): Promise<PolicyComparison | Nothing> {
  const stores = storesOf(config, { clock, onWarn: () => undefined });
  try {
    const database = await stores.openDatabaseReadOnly();
    if (database === undefined) return { why: 'There is no register yet, so nobody has anything to lose.' };
    return await compareIn(config, policy, database).finally(() => database.destroy());
  } catch (error: unknown) {
    return unreadable(error);
  } finally {
    await stores.close();
  }
}

async function compareIn(
  config: Config,
  policy: Policy,
  database: GatewayDatabase,
): Promise<PolicyComparison | Nothing> {
  const present = await presentPolicy(config, database);
  if (present.digest === policy.digest) return { why: 'This is the policy in force: it changes nothing.' };
  const policies = { ...createPolicyStore(database), policyOf: () => Promise.resolve(present) };
  const register = await openRegister({ database, policy, clock, policies });
  const after = register.snapshot();
  const before = await register.asItStood({ sequence: after.sequence, policyDigest: present.digest });
  return await comparePolicies(before, after, { now: clock.nowMs(), othersTurn: () => othersTurn() });
}

/** The one that was taken last; where none was, the one that the config names. */
async function presentPolicy(config: Config, database: GatewayDatabase): Promise<Policy> {
  const policies = createPolicyStore(database);
  const newest = await policies.newest();
  if (newest === undefined) return loadPolicy(config.policyFile);
  const kept = await policies.policyOf(newest.digest);
  if (kept === undefined) throw new RegisterUnavailable('The text of the policy in force was not kept.');
  return kept;
}

/** What is wrong with the place where the register is kept; anything else is a fault of ours. */
const KNOWN = [RegisterUnavailable, SqliteRefused, PostgresRefused, PostgresFault] as const;

function unreadable(error: unknown): Nothing {
  if (!KNOWN.some((known) => error instanceof known) || !(error instanceof Error)) throw error;
  const why = error instanceof RegisterUnavailable ? error.detail : error.message;
  return { why: `What it would change for people cannot be said: ${why}`, isFailure: true };
}

function described(policy: Policy, comparison: PolicyComparison, isNamed: boolean): Found {
  const { people, credentials, functions, isLockOut } = comparison;
  const name = `${policy.id} ${policy.version}`;
  if (!hasEffect(comparison))
    return { ok: true, lines: [`${name} takes nothing from anybody and gives nothing.`] };
  const who = isLockOut ? 'nobody at all' : counted(people.after);
  const isLoss = [...credentials, ...functions].some(({ loses }) => loses.length > 0);
  const head = `${isLoss ? 'WARNING: ' : ''}under ${name} ${who} could use AI; ${counted(people.before)} can now.`;
  const lines = [...credentials, ...functions].flatMap((effect) => effectLines(effect, isNamed));
  const more = isNamed ? [] : ['`countersign policy try FILE --config FILE` names them.'];
  return { ok: !isLockOut, lines: [head, ...lines, ...more] };
}

function counted(people: number): string {
  return people === 1 ? '1 person' : `${String(people)} people`;
}

function effectLines(effect: PolicyEffect, isNamed: boolean): readonly string[] {
  const { name, before, after, loses, gains } = effect;
  if (loses.length + gains.length === 0) return [];
  const named = (verb: string, ids: readonly string[]): readonly string[] =>
    isNamed && ids.length > 0 ? [`    ${verb}: ${ids.join(', ')}`] : [];
  return [
    `  ${name}: ${String(before)} -> ${String(after)}`,
    ...named('lose it', loses),
    ...named('gain it', gains),
  ];
}

interface TakingParts {
  readonly policies: PolicyTexts;
  readonly register: Parameters<typeof takePolicy>[0]['register'];
  readonly caseLog: CaseLogAppender & { readonly state: () => Pick<PartState, 'ok'> };
  readonly logger: Logger;
}

/**
 * Takes the policy that the gateway started with into use where it is another than before, and says in the log what it changes: how
 * many people, never who. Resolves to whether that is done; nodes that start with different ones each take theirs once. Never throws: images must be served, and the next call tries again. Waits for a log that is away before
 * it weighs everybody, which takes seconds in a large register.
 */
export async function takePolicyInUse(
  parts: TakingParts,
  given: PolicyWithText,
  time: Pick<Clock, 'nowMs'> = clock,
): Promise<boolean> {
  const { logger, ...deps } = parts;
  const { id, version, digest } = given.policy;
  const named = { policy: id, version, digest };
  if (!deps.caseLog.state().ok) return false;
  try {
    const { isNew, comparison } = await takePolicy(
      { ...deps, clock: time, othersTurn: () => othersTurn() },
      given,
    );
    if (isNew) tellTaken(logger, named, comparison);
    return true;
  } catch (error: unknown) {
    logger.error({ ...named, err: error }, 'the policy could not be taken into use; it is tried again');
    return false;
  }
}

function tellTaken(
  logger: Logger,
  named: Readonly<Record<string, string>>,
  comparison: PolicyComparison | undefined,
): void {
  if (comparison === undefined || !hasEffect(comparison)) {
    logger.info(named, 'another policy was taken into use');
    return;
  }
  const { people, credentials, functions, isLockOut } = comparison;
  const effects = [...credentials, ...functions].flatMap((effect) => effectLines(effect, false));
  const counts = { ...named, before: people.before, after: people.after, effects };
  if (isLockOut) logger.error(counts, 'the policy that was taken into use locks everybody out of AI');
  else logger.warn(counts, 'the policy that was taken into use changes who may use AI');
}
