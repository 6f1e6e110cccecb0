import { reasonChoices } from '../../src/domain/disposition-reasons.ts';
import { DISPOSITIONS, type Disposition } from '../../src/domain/words.ts';
import type { SeenSealed } from '../../src/flows/co-sign-result.ts';
import type { LoginEvidence } from '../../src/flows/ports.ts';
import type { ToldTruth } from '../../src/flows/record-truth.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { aCaseId } from './inference-house.ts';
import { modelName, practitionerId, studyUid, versionString } from './register-builder.ts';

type Admit = <T>(evidence: LoginEvidence, signal: AbortSignal, answer: T) => T;
type AnswerFlows = Pick<
  Flows,
  | 'listDispositionReasons'
  | 'recordDisposition'
  | 'listForCoSignature'
  | 'readForCoSignature'
  | 'answerForCoSignature'
  | 'readCoSignedResult'
  | 'recordTruth'
>;

const RECEIPT = { seq: 43, id: 'id-43', leaf: 'b'.repeat(64) };
const SEALED_AT = Date.UTC(2026, 2, 3, 14, 5, 6);

/** A sealed result as its co-signer sees it. */
export const SEALED: SeenSealed = {
  caseId: aCaseId(1),
  intentId: 'intent-1',
  asker: practitionerId('alice.osei'),
  askerName: 'Alice Osei',
  function: 'prescribing-suggestion',
  model: modelName('contrast-adviser'),
  version: versionString('1.0.0'),
  study: studyUid('1.2.826.0.1.3680043.10.1418.1'),
  digest: `sha256:${'d'.repeat(64)}`,
  sealedAt: SEALED_AT,
  expiresAt: SEALED_AT + 86_400_000,
  body: { outputs: [{ name: 'suggestion', data: ['Contrast 70 mL'] }] },
  context: { modalities: ['CT'], bodyParts: ['CHEST'], ageYears: 57, sex: 'F' },
};

/** Answers as the flows of people's answers give them, to whoever is signed in. */
export function fakeAnswerFlows(admit: Admit): AnswerFlows {
  const choicesOf = (disposition: Disposition) => reasonChoices(disposition, { dispositions: [] });
  const all = DISPOSITIONS.map((disposition) => ({ disposition, reasons: choicesOf(disposition) }));
  const { body, context: _context, ...cover } = SEALED;
  return {
    listDispositionReasons: async ({ evidence }, signal) => admit(evidence, signal, all),
    recordDisposition: async ({ evidence }, signal) => admit(evidence, signal, RECEIPT),
    listForCoSignature: async ({ evidence }, signal) => admit(evidence, signal, [cover]),
    readForCoSignature: async ({ evidence }, signal) => admit(evidence, signal, SEALED),
    answerForCoSignature: async ({ evidence }, signal) => admit(evidence, signal, undefined),
    readCoSignedResult: async ({ evidence }, signal) => {
      const { caseId, function: fn, model, version, digest, expiresAt } = SEALED;
      return admit(evidence, signal, { caseId, function: fn, model, version, digest, expiresAt, body });
    },
    recordTruth: async ({ evidence, rows }, signal) => {
      admit(evidence, signal, undefined);
      const told: ToldTruth[] = [];
      for await (const given of rows) {
        const { row } = given;
        told.push(
          'fault' in given ? { row, outcome: 'faulty', message: given.fault } : { row, outcome: 'recorded' },
        );
      }
      return told;
    },
  };
}
