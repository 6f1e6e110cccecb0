import type { Express } from 'express';
import { bindWorkitemFlows } from '../../src/compose-workitems.ts';
import type { AppDeps } from '../../src/http/app-deps.ts';
import { edgeApp } from './edge-app.ts';
import { fakeFlows } from './fake-flows.ts';
import type { WorkitemHouse } from './workitem-house.ts';

/** The whole public app over the real flows of the workitem service. */
export function workitemApp({ deps, callers }: WorkitemHouse, options: Partial<AppDeps> = {}): Express {
  const flows = fakeFlows({
    ...bindWorkitemFlows(deps),
    whoCalls: async ({ evidence }, signal) => {
      const caller = await deps.identity.verifyEvidence(evidence, signal);
      if (caller.kind === 'machine') return caller;
      const principal = callers['rcai'];
      if (principal?.kind !== 'person') throw new TypeError('there is no such person');
      return { principal };
    },
  });
  return edgeApp({ flows, ...options });
}
