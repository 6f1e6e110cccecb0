import { createHash } from 'node:crypto';
import type { GatewayDatabase } from '../db/gateway-database.ts';
import { PolicyUnreadable, RegisterUnavailable } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/register.ts';
import type { PolicyTexts, TakenPolicy } from '../flows/ports-policy.ts';
import { parsePolicy } from './load-policy.ts';

/** The policies that were taken into use, in the gateway's database. All calls throw RegisterUnavailable. */
export interface PolicyStore extends PolicyTexts {
  /**
   * The policy of a digest, made of its kept text; undefined where none was kept. Throws too when the text is not the one of that digest,
   * and PolicyUnreadable when this release cannot read it.
   */
  readonly policyOf: (digest: string) => Promise<Policy | undefined>;
  /** Digest of the one that was in force at an instant; undefined before the first. */
  readonly policyAt: (instant: Instant) => Promise<string | undefined>;
}

/** Reads and keeps policies; a policy that was read once is not read again. */
export function createPolicyStore(database: GatewayDatabase): PolicyStore {
  const known = new Map<string, Policy>();
  return {
    newest: () => guarded(() => newestAt(database, undefined)),
    policyAt: (instant) => guarded(async () => (await newestAt(database, instant))?.digest),
    keep: (taken) => guarded(() => keep(database, taken)),
    policyOf: async (digest) => {
      const held = known.get(digest);
      if (held !== undefined) return held;
      const text = await guarded(() => textOf(database, digest));
      if (text === undefined) return undefined;
      const policy = parseKept(text, digest);
      known.set(digest, policy);
      return policy;
    },
  };
}

async function newestAt(
  database: GatewayDatabase,
  instant: Instant | undefined,
): Promise<TakenPolicy | undefined> {
  const row = await database
    .selectFrom('policy_taken')
    .select(['policy_taken.place', 'policy_taken.digest', 'policy_taken.taken_at'])
    .$if(instant !== undefined, (query) => query.where('policy_taken.taken_at', '<=', instant ?? 0))
    .orderBy('policy_taken.place', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : { place: row.place, digest: row.digest, takenAt: row.taken_at };
}

async function textOf(database: GatewayDatabase, digest: string): Promise<string | undefined> {
  const row = await database
    .selectFrom('policy_text')
    .select('policy_text.body')
    .where('policy_text.digest', '=', digest)
    .executeTakeFirst();
  return row?.body;
}

type Kept = Parameters<PolicyTexts['keep']>[0];

/** The text once, however often it is taken; its place by its key, so that nobody else can have taken it meanwhile. */
async function keep(database: GatewayDatabase, taken: Kept): Promise<boolean> {
  const { place, digest, id, version, text, takenAt, logSeq } = taken;
  return await database.transaction().execute(async (tables) => {
    await tables
      .insertInto('policy_text')
      .values({ digest, id, version, body: text, taken_at: takenAt })
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .execute();
    await tables
      .insertInto('policy_taken')
      .values({ place, digest, taken_at: takenAt, log_seq: logSeq })
      .onConflict((conflict) => conflict.column('place').doNothing())
      .execute();
    const kept = tables.selectFrom('policy_taken').select('policy_taken.digest');
    const { digest: at } = await kept.where('policy_taken.place', '=', place).executeTakeFirstOrThrow();
    return at === digest;
  });
}

function parseKept(text: string, digest: string): Policy {
  if (`sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}` !== digest) {
    throw new RegisterUnavailable('A policy that was kept is not the text that was taken into use.');
  }
  try {
    return parsePolicy(text, 'a kept policy');
  } catch (cause: unknown) {
    throw new PolicyUnreadable(digest, cause);
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause: unknown) {
    throw new RegisterUnavailable('The policies that were in force cannot be read or kept.', cause);
  }
}
