import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { parseCaseId, parseSopInstanceUid } from '../../src/domain/identifiers.ts';
import type { LoginEvidence } from '../../src/flows/ports.ts';
import type { bindWorkitemFlows } from '../../src/compose-workitems.ts';

type WorkitemFlows = ReturnType<typeof bindWorkitemFlows>;

const ROW: DicomJsonObject = { '00741000': { vr: 'CS', Value: ['SCHEDULED'] } };

/** Flows of the workitem service that answer whoever is admitted, always the same. */
export function fakeWorkitemFlows(
  admitted: <T>(evidence: LoginEvidence, signal: AbortSignal, answer: T) => T,
): WorkitemFlows {
  const uid = parseSopInstanceUid('1.2.3');
  const caseId = parseCaseId('c-00000000-0000-4000-8000-000000000001');
  if (uid === undefined || caseId === undefined) throw new TypeError('a made-up identifier is malformed');
  return {
    createWorkitem: async (input, signal) => admitted(input.evidence, signal, { uid, caseId }),
    readWorkitem: async (input, signal) => admitted(input.evidence, signal, ROW),
    searchWorkitems: async (input, signal) =>
      admitted(input.evidence, signal, { rows: [ROW], hasMore: false }),
    updateWorkitem: async (input, signal) => admitted(input.evidence, signal, undefined),
    changeWorkitemState: async (input, signal) => admitted(input.evidence, signal, {}),
    cancelWorkitem: async (input, signal) => admitted(input.evidence, signal, undefined),
    subscribeToWorkitems: async (input, signal) => admitted(input.evidence, signal, undefined),
    unsubscribeFromWorkitems: async (input, signal) => admitted(input.evidence, signal, undefined),
    suspendSubscription: async (input, signal) => admitted(input.evidence, signal, undefined),
    openWorkitemChannel: async (input, signal) =>
      admitted(input.evidence, signal, { confirm: async () => undefined, leave: () => undefined }),
  };
}
