import { setTimeout as pause } from 'node:timers/promises';
import type { Parts } from './compose-parts.ts';
import type { CaseLogAppender, PartState } from './flows/ports.ts';
import { finishBegun } from './flows/settle-act.ts';

type Logger = Pick<Parts['logger'], 'error' | 'warn'>;

interface Finishing {
  readonly register: Pick<Parts['register'], 'begun' | 'begin' | 'commit' | 'proposal'>;
  readonly caseLog: CaseLogAppender;
  readonly nodes: Pick<Parts['nodes'], 'turns'>;
  readonly logger: Logger;
}

/**
 * A change that was agreed to, and cut off between the log and the register, is finished before anything is decided; to be tried again
 * every few seconds, and is one try at a time. What keeps it from being finished is told once while it stays the same. Never rejects.
 */
export function createFinisher({ register, caseLog, nodes, logger }: Finishing): () => Promise<void> {
  let told: string | undefined;
  let isAtIt = false;
  const finish = async (): Promise<void> => {
    const digest = await register.begun();
    // A look costs little; a turn keeps others waiting.
    if (digest === undefined) return;
    await nodes.turns(() => finishBegun({ register, caseLog }));
    if ((await register.proposal(digest)).state !== 'pending') return;
    logger.error(
      { proposal: digest },
      'a change of the register was marked as begun, and the case log holds nothing of it: it was taken back and waits. Find out who began it',
    );
  };
  return async () => {
    if (isAtIt) return;
    isAtIt = true;
    try {
      await finish();
      told = undefined;
    } catch (error: unknown) {
      // The gateway starts all the same: images must be served, and AI is locked or stays as the register had it.
      if (String(error) !== told)
        logger.error({ err: error }, 'a begun change of the register could not be finished');
      told = String(error);
    } finally {
      isAtIt = false;
    }
  };
}

/** Whether this node decides by the policy that was taken into use last. */
export interface PolicyWatch {
  /** Looks. Never rejects. */
  readonly look: () => Promise<void>;
  /** What the last look found, for whoever asks how the node is; asks nobody. */
  readonly state: () => PartState;
}

/**
 * Nodes decide by the policy they were started with: where another was taken since, they do not decide alike. Told in the log once while
 * it lasts, and by `state` all the while; it locks nothing.
 */
export function createPolicyWatch({
  policies,
  given,
  logger,
}: Pick<Parts, 'given'> & {
  readonly policies: Pick<Parts['policies'], 'newest'>;
  readonly logger: Logger;
}): PolicyWatch {
  let found: Found = 'unknown';
  return {
    look: async () => {
      try {
        const newest = await policies.newest();
        const differs = newest !== undefined && newest.digest !== given.policy.digest;
        if (differs && found !== 'differs') {
          logger.error(
            { own: given.policy.digest, newest: newest.digest },
            `another node was started with another policy: ${REMEDY}`,
          );
        }
        found = differs ? 'differs' : 'same';
      } catch (error: unknown) {
        // The next minute looks again; what was found before may well be so still.
        logger.warn({ err: error }, 'whether nodes have the same policy could not be looked at');
      }
    },
    state: () => ({ part: 'policy', ok: found !== 'differs', detail: FOUND[found] }),
  };
}

type Found = 'unknown' | 'same' | 'differs';

const REMEDY =
  'nodes decide by different rules. Give all the same policy file, and restart those that have another';

const FOUND: Readonly<Record<Found, string>> = {
  unknown: 'Whether this node decides by the policy that was taken into use last has not been looked at yet.',
  same: 'This node decides by the policy that was taken into use last.',
  differs: `This node decides by another policy than the one that was taken into use last: ${REMEDY}.`,
};

/** Work that is done again and again. */
interface Round {
  readonly everyMs: number;
  /** What it does, for the log. */
  readonly name: string;
  readonly act: () => unknown;
}

interface Keeping {
  readonly logger: Pick<Logger, 'warn'>;
  /** Calls again and again until it is stopped. */
  readonly every?: (ms: number, call: () => void) => { readonly stop: () => void };
  /** How long `stop` waits for what is under way, ms; it is taken up again by others, or after the next start. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 500;

/**
 * Does each work every so often, one at a time: while it is under way its turn is left out. A failure is told, and the next turn tries
 * again. `stop` calls nothing any more, and resolves once nothing is under way, or its patience is over. Never rejects.
 */
export function keepRounds(
  rounds: readonly Round[],
  { logger, every = everyInterval, patienceMs = PATIENCE_MS }: Keeping,
): () => Promise<void> {
  const underWay = new Map<Round, Promise<void>>();
  const once = async (round: Round): Promise<void> => {
    try {
      await round.act();
    } catch (error: unknown) {
      // The next turn tries again.
      logger.warn({ err: error }, `${round.name} failed; it is tried again`);
    }
  };
  const kept = rounds.map((round) =>
    every(round.everyMs, () => {
      if (underWay.has(round)) return;
      const work = once(round).then(() => void underWay.delete(round));
      underWay.set(round, work);
    }),
  );
  return async () => {
    for (const { stop } of kept) stop();
    await Promise.race([Promise.all(underWay.values()), pause(patienceMs, undefined, { ref: false })]);
  };
}

function everyInterval(ms: number, call: () => void): { readonly stop: () => void } {
  const timer = setInterval(call, ms);
  return { stop: () => clearInterval(timer) };
}
