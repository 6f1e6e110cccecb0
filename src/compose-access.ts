import { notForLong } from './compose-nodes.ts';
import { clock, ids } from './compose-clock.ts';
import type { Closing, Parts } from './compose-parts.ts';
import type { AccessOutcome } from './flows/access-queue.ts';
import { createAccessRecorder, type AccessRecorder } from './flows/record-access.ts';
import { warnSeldom } from './telemetry/warn-seldom.ts';

const TROUBLE: Readonly<Record<Exclude<AccessOutcome, 'recorded'>, string>> = {
  delayed: 'who read which images cannot be recorded now; images pass, and it is tried again',
  lost: 'that images were read could not be recorded, and will not be; the case log says how many, once it can',
};

/** Keeps the record of who read what, counts how that goes, and tries a last time before the case log is closed. */
export function openAccesses(
  { register, caseLog, metrics, logger }: Pick<Parts, 'register' | 'caseLog' | 'metrics' | 'logger'>,
  closing: Closing,
): AccessRecorder {
  const seldom = (): ((message: string, error: unknown) => void) => {
    let cause: unknown;
    const tell = warnSeldom((message) => logger.error({ err: cause }, message), clock.monotonicMs);
    return (message, error) => {
      cause = error;
      tell(message);
    };
  };
  const tell = { delayed: seldom(), lost: seldom() };
  const accesses = createAccessRecorder({
    register,
    caseLog,
    clock,
    ids,
    onOutcome: (outcome, error) => {
      metrics.accessRecord(outcome);
      if (outcome !== 'recorded') tell[outcome](TROUBLE[outcome], error);
    },
  });
  closing.push(() => notForLong(accesses.finish()));
  return accesses;
}
