import type { LoginEvidence } from '../../src/flows/ports.ts';
import type { ResultClassification, ResultObject } from '../../src/domain/result-verdict.ts';
import type { ReadClassification } from '../../src/flows/read-classification.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { modelName, practitionerId, versionString } from './register-builder.ts';
import { seriesUid, sopInstanceUid, studyUid } from './uids.ts';

type Admit = <T>(evidence: LoginEvidence, signal: AbortSignal, answer: T) => T;

export const RESULT_OBJECT: ResultObject = {
  study: studyUid('1.2.826.0.1.3680043.10.1418.1'),
  series: seriesUid('1.2.826.0.1.3680043.10.1418.1.7'),
  sopInstanceUid: sopInstanceUid('1.2.826.0.1.3680043.10.1418.1.7.1'),
};
const SAID_AT = Date.UTC(2026, 2, 3, 14, 5, 6);

/** What Alice said of the object, at this place of the log. */
export function aWord(seq: number, changes: Partial<ResultClassification> = {}): ResultClassification {
  return {
    ...RESULT_OBJECT,
    entry: `classified-${String(seq)}`,
    seq,
    said: { verdict: 'ai-unknown' },
    practitioner: practitionerId('alice.osei'),
    saidAt: SAID_AT,
    ...changes,
  };
}

/** What the page of the object shows, with these words about it. */
export function readWord(history: readonly ResultClassification[] = []): ReadClassification {
  return {
    object: RESULT_OBJECT,
    history,
    reasons: [],
    versions: [
      { model: modelName('burned-in-text'), version: versionString('1.0.0'), title: 'Burned-in text' },
    ],
    names: { 'alice.osei': 'Alice Osei' },
  };
}

/** The flows about stored results that nobody has named, over one object of which nobody has said anything. */
export function fakeResultFlows(
  admit: Admit,
): Pick<Flows, 'classifyResult' | 'readClassification' | 'listProbableResults'> {
  return {
    classifyResult: async ({ evidence, said, reason }, signal) =>
      admit(evidence, signal, aWord(43, { said, ...(reason === undefined ? {} : { reason }) })),
    readClassification: async ({ evidence, object }, signal) =>
      admit(evidence, signal, { ...readWord(), object }),
    listProbableResults: async ({ evidence }, signal) =>
      admit(evidence, signal, {
        results: [{ ...RESULT_OBJECT, seenAt: SAID_AT }],
        next: { seenAt: SAID_AT, sopInstanceUid: RESULT_OBJECT.sopInstanceUid },
      }),
  };
}
