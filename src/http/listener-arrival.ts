import type { ServerResponse } from 'node:http';

/** By which kind of listener a request came; an app that is called without one counts as `network`. */
export const ARRIVALS = ['network', 'unix-socket', 'card-listener'] as const;
export type Arrival = (typeof ARRIVALS)[number];

const ARRIVAL = 'arrival';

/** Notes it before the app is called. Express keeps the `locals` that are there; nothing a caller sends gets in. */
export function noteArrival(res: ServerResponse, arrival: Arrival): void {
  const locals: Readonly<Record<string, unknown>> = { __proto__: null, [ARRIVAL]: arrival };
  Object.assign(res, { locals });
}

/** By which kind of listener a request came. */
export function arrivalOf(res: { readonly locals: Readonly<Record<string, unknown>> } | undefined): Arrival {
  const noted = res?.locals[ARRIVAL];
  return ARRIVALS.find((one) => one === noted) ?? 'network';
}
