/** What a store that was away could not be told. */
export interface Unfinished {
  /** Keeps it, to be done later; what has the same key takes its place. */
  readonly add: (key: string, finish: () => Promise<unknown>) => void;
  /** To be called when the store answers. Never throws; several calls at once are one. */
  readonly resume: () => Promise<void>;
}

/** Whoever signs out or locks within an outage; in memory, so a restart forgets it. */
const MAX_TASKS = 10_000;

/** Keeps the oldest things first, and drops the oldest, telling it, when there are too many. */
export function createUnfinished(onDropped: () => void): Unfinished {
  const tasks = new Map<string, () => Promise<unknown>>();
  let underWay: Promise<void> | undefined;
  return {
    add: (key, finish) => {
      tasks.delete(key);
      const [oldest] = tasks.keys();
      if (tasks.size >= MAX_TASKS && oldest !== undefined) {
        tasks.delete(oldest);
        onDropped();
      }
      tasks.set(key, finish);
    },
    resume: async () => {
      underWay ??= finishAll(tasks).finally(() => {
        underWay = undefined;
      });
      await underWay;
    },
  };
}

async function finishAll(tasks: Map<string, () => Promise<unknown>>): Promise<void> {
  // Of those that stand now: what fails goes to the end, so that one that always fails does not stop the others for good.
  for (const [key, finish] of [...tasks]) {
    try {
      await finish();
    } catch {
      if (tasks.get(key) === finish && tasks.delete(key)) tasks.set(key, finish);
      return;
    }
    if (tasks.get(key) === finish) tasks.delete(key);
  }
}
