/** Lets works have their turn one after another, in the order in which they come; one that fails lets the next one go on. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** A queue of its own; one for each process where the works are to keep out of each other's way. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    // Whoever asked hears of the failure; those who wait behind do not.
    last = turn.catch(() => undefined);
    return turn;
  };
}
