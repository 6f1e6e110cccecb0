/**
 * Makes a wait for the end of this turn of the event loop, shared by all who wait within it. What they write then goes to the system in
 * a row: a program at the other end that rests is woken once for all of it, and a wake costs more than what is written.
 */
export function createTurnEnd(): () => Promise<void> {
  let ending: Promise<void> | undefined;
  return () => {
    ending ??= new Promise((resolve) => {
      setImmediate(() => {
        ending = undefined;
        resolve();
      });
    });
    return ending;
  };
}
