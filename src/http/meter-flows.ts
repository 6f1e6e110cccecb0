import { GatewayError } from '../domain/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { DecidedWhat, Metrics } from '../telemetry/metrics.ts';
import type { Flows } from './app-deps.ts';

interface Deps {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What a decision was about, for its log line: no person, no study. */
type About = Readonly<Record<string, string | undefined>>;

/**
 * The same flows, with each decision logged in one line and counted by its reasons, whichever door asked. The log line
 * is for operations; what an auditor reads is the case log.
 */
export function meterFlows(flows: Flows, deps: Deps): Flows {
  return {
    ...flows,
    runInference: async (input, signal) => {
      const { requestId, model, version } = input;
      const about = { requestId, model, version, function: input.function };
      return await metered(deps, 'inference', about, () => flows.runInference(input, signal));
    },
    createWorkitem: async (input, signal) =>
      await metered(deps, 'inference', { requestId: input.requestId, by: 'workitem' }, () =>
        flows.createWorkitem(input, signal),
      ),
    changeWorkitemState: async (input, signal) => {
      try {
        return await flows.changeWorkitemState(input, signal);
      } catch (error: unknown) {
        // Only a claim is decided anew, and only its refusal has reasons.
        noteRefusal(deps, 'inference', { requestId: input.requestId, by: 'workitem' }, error);
        throw error;
      }
    },
    storeObjects: async (input, signal) => {
      const answer = await flows.storeObjects(input, signal);
      const { passed, refused } = answer.counts;
      deps.metrics.objectsStored({ passed, ...refused });
      deps.logger.info({ requestId: input.requestId, passed, refused }, 'stored');
      return answer;
    },
    recordDisposition: async (input, signal) => {
      const { requestId, caseId, disposition } = input;
      const about = { requestId, caseId, disposition };
      return await metered(deps, 'disposition', about, () => flows.recordDisposition(input, signal));
    },
    classifyResult: async (input, signal) => {
      const about = { requestId: input.requestId, verdict: input.said.verdict };
      return await metered(deps, 'classification', about, () => flows.classifyResult(input, signal));
    },
  };
}

async function metered<T>(deps: Deps, what: DecidedWhat, about: About, run: () => Promise<T>): Promise<T> {
  try {
    const answer = await run();
    note(deps, what, about, []);
    return answer;
  } catch (error: unknown) {
    noteRefusal(deps, what, about, error);
    throw error;
  }
}

/** Without reasons nothing was refused: not signed in, no such case, a fault. The request's own line says so. */
function noteRefusal(deps: Deps, what: DecidedWhat, about: About, error: unknown): void {
  if (error instanceof GatewayError && error.reasons.length > 0)
    note(deps, what, { ...about, caseId: error.caseId }, error.reasons);
}

function note(deps: Deps, what: DecidedWhat, about: About, reasons: GatewayError['reasons']): void {
  const codes = reasons.map((reason) => reason.code);
  deps.metrics.decided(what, codes);
  deps.logger.info({ ...about, what, permitted: codes.length === 0, reasons: codes }, 'decision');
}
