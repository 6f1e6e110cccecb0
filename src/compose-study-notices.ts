import type { OpenIdentity } from './compose-identity.ts';
import { parseStudyUid, type StudyUid } from './domain/identifiers.ts';
import type { StudyMemory } from './flows/ports-store.ts';
import type { Ids } from './flows/ports.ts';
import { createRedisNotices } from './register/redis-notices.ts';

/** How nodes that share a Redis tell each other in which studies something was stored. */
export interface StudyNotices {
  /** Told of a study, it tells every other node. Nothing is promised: one that did not hear of it forgets in its own time. */
  readonly others: StudyMemory;
  /** From now on these forget what other nodes tell of. */
  readonly hear: (memories: readonly StudyMemory[]) => void;
}

/** How often a node looks what others have told. */
const LOOK_MS = 250;

/** Opens the notices of studies; undefined where no Redis is shared, and each node remembers for as long as the config says. */
export function openStudyNotices(
  { redis }: Pick<OpenIdentity, 'redis'>,
  { newId }: Pick<Ids, 'newId'>,
  closing: (() => Promise<void>)[],
): StudyNotices | undefined {
  if (redis === undefined) return undefined;
  const heard: StudyMemory[] = [];
  const notices = createRedisNotices<StudyUid>({
    redis,
    self: newId(),
    everyMs: LOOK_MS,
    key: 'study-notices',
    write: (study) => study,
    read: parseStudyUid,
    onNotice: (study) => {
      for (const memory of heard) memory.forget(study);
    },
    isHeard: () => true,
  });
  closing.push(notices.follow());
  return { others: { forget: notices.tell }, hear: (memories) => void heard.push(...memories) };
}
