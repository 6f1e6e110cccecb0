import type { EndpointBinding } from '../domain/register.ts';
import type { Clock } from '../flows/ports.ts';
import { createEndpointGate, type EndpointGate, type GateLimits } from './endpoint-gate.ts';

/** What is asked, behind which address. */
export type GateKey = Pick<EndpointBinding, 'baseUrl' | 'endpointModel'>;

/** The gates before all endpoints; whatever is asked of an endpoint goes through its one gate. */
export interface EndpointGates {
  /** By base URL and model. */
  readonly of: (key: GateKey) => EndpointGate;
}

/** Gates are dropped when nothing is remembered of them; a register has far fewer endpoints. */
const MAX_GATES = 1_024;

/** None yet; each is made when its endpoint is first asked. */
export function createEndpointGates(clock: Pick<Clock, 'monotonicMs'>, limits: GateLimits): EndpointGates {
  const gates = new Map<string, EndpointGate>();
  return {
    of: ({ baseUrl, endpointModel }) => {
      const key = `${baseUrl} ${endpointModel}`;
      const known = gates.get(key);
      if (known !== undefined) return known;
      if (gates.size >= MAX_GATES) dropIdle(gates);
      const gate = createEndpointGate(clock, limits);
      gates.set(key, gate);
      return gate;
    },
  };
}

function dropIdle(gates: Map<string, EndpointGate>): void {
  for (const [key, gate] of gates) if (gate.isIdle()) gates.delete(key);
}
