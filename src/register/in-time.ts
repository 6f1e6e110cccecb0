/** What comes of it, unless it takes longer than so many ms: then it throws, and what comes later is nobody's. */
export async function inTime<T>(run: Promise<T>, withinMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const tooLate = (): void => late.reject(new Error('too late'));
  // After a pause of this process timers come first: what has arrived meanwhile is read before it counts as late.
  const timer = setTimeout(() => setImmediate(tooLate), withinMs);
  try {
    return await Promise.race([run, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
