import { openRedis, type OpenRedisOptions, type RedisLink } from '../../src/db/open-redis.ts';

/** One face of two links to the same Redis. */
interface TwofoldLink extends RedisLink {
  /** From now on it waits as briefly as in earnest. Resolves once Redis answers that way, too. */
  readonly inEarnest: () => Promise<void>;
  /** From now on it is patient, as at the beginning. */
  readonly inPeace: () => void;
}

/** A busy machine needs more than a second, where Redis is there. */
const PATIENT_MS = 20_000;

/** Opens a link that is patient until a test takes Redis away, so that what comes before does not hang on how busy the machine is. */
export async function openTwofoldLink(settings: Omit<OpenRedisOptions, 'patienceMs'>): Promise<TwofoldLink> {
  const patient = await openRedis({ ...settings, patienceMs: PATIENT_MS });
  const earnest = await openRedis(settings);
  let link = patient;
  return {
    run: (...asked) => link.run(...asked),
    ping: () => link.ping(),
    inEarnest: async () => {
      await untilAnswered(earnest);
      link = earnest;
    },
    inPeace: () => void (link = patient),
    close: async () => {
      for (const one of [patient, earnest]) await one.close();
    },
  };
}

async function untilAnswered({ ping }: RedisLink): Promise<void> {
  const isAnswered = (): Promise<boolean> =>
    ping().then(
      () => true,
      () => false,
    );
  const deadline = performance.now() + PATIENT_MS;
  while (!(await isAnswered())) {
    if (performance.now() > deadline) throw new Error('Redis does not answer');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
