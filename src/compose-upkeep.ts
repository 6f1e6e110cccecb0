import type { Parts } from './compose-parts.ts';
import { finishBegun } from './flows/settle-act.ts';

/**
 * A change that was agreed to, and cut off between the log and the register, is finished before anything is decided; to be tried again
 * every few seconds, and is one try at a time. What keeps it from being finished is told once while it stays the same. Never rejects.
 */
export function createFinisher({ register, caseLog, nodes, logger }: Parts): () => Promise<void> {
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

/**
 * Nodes decide by the policy they were started with: where another was taken since, they do not decide alike. Told once while it lasts.
 * Never rejects.
 */
export function createPolicyWatch({ policies, given, logger }: Parts): () => Promise<void> {
  let isTold = false;
  return async () => {
    try {
      const newest = await policies.newest();
      const differs = newest !== undefined && newest.digest !== given.policy.digest;
      if (differs && !isTold) {
        logger.error(
          { own: given.policy.digest, newest: newest.digest },
          'another node was started with another policy: nodes decide by different rules. Give all the same policy file, and restart those that have another',
        );
      }
      isTold = differs;
    } catch (error: unknown) {
      // The next minute looks again.
      logger.warn({ err: error }, 'whether nodes have the same policy could not be looked at');
    }
  };
}
