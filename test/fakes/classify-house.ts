import type { AiResult, StudyObjects } from '../../src/domain/dicom/ai-result.ts';
import { UpstreamFault } from '../../src/domain/errors.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import type { ResultClassification, ResultObject, SaidOfResult } from '../../src/domain/result-verdict.ts';
import { classifyResult } from '../../src/flows/classify-result.ts';
import { createClassificationKeeper } from '../../src/flows/keep-classifications.ts';
import { listProbableResults, readClassification } from '../../src/flows/read-classification.ts';
import type { AiResultReader } from '../../src/flows/ports.ts';
import { createFixedIdentity } from './fixed-identity.ts';
import { createMemoryCaseLog } from './memory-case-log.ts';
import { createMemoryClassifications, createMemoryWaiting } from './memory-classifications.ts';
import { createMemoryStoredResults } from './memory-stored-results.ts';
import {
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aRegister,
  currentEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
} from './register-builder.ts';
import { seriesUid, sopInstanceUid, studyUid } from './uids.ts';

export const OTHER_RC = practitionerId('other-rc');
const OPERATOR = practitionerId('operator');
export const OBJECT: ResultObject = {
  study: studyUid('1.7'),
  series: seriesUid('1.7.1'),
  sopInstanceUid: sopInstanceUid('1.7.1.1'),
};
const never = new AbortController().signal;

/** A PACS that holds the object, of these grades; none, and nothing says that AI made it. Without a list it is away. */
export function pacsWith(grades: readonly AiResult['grade'][] | undefined, series = OBJECT.series) {
  const reader: Pick<AiResultReader, 'objectsOf'> = {
    objectsOf: async (): Promise<StudyObjects> => {
      if (grades === undefined) throw new UpstreamFault('upstream-timeout', 'pacs');
      const { sopInstanceUid: uid } = OBJECT;
      const one = { seriesInstanceUid: series, sopInstanceUid: uid };
      return { objects: new Map([[uid, one]]), aiResults: grades.map((grade) => ({ ...one, grade })) };
    },
  };
  return reader;
}

/** Two Responsible Clinicians for AI, one of them without the card too, an operator, and a PACS with one object in doubt. */
export function createClassifyHouse(resultReaders = [pacsWith(['probable'])]) {
  const records = {
    practitioners: [aPractitioner(), aPractitioner({ id: OTHER_RC }), aRadiographer({ id: OPERATOR })],
    evidence: [
      ...currentEvidence(RADIOLOGIST),
      ...currentEvidence(OTHER_RC),
      ...currentEvidence(OPERATOR, 'ai-operator'),
    ],
  };
  let register: RegisterSnapshot = aRegister(records);
  const people: Readonly<Record<string, Principal>> = {
    rc: aPrincipal(),
    other: aPrincipal({ subject: OTHER_RC }),
    operator: aPrincipal({ subject: OPERATOR }),
    cardless: aPrincipal({ assurance: 2 }),
    images: aPrincipal({ scopes: ['images'] }),
  };
  const caseLog = createMemoryCaseLog({ clock: { nowMs: () => NOW } });
  const classifications = createMemoryClassifications();
  const waitingResults = createMemoryWaiting(classifications, 10);
  const storedResults = createMemoryStoredResults();
  const deps = {
    identity: createFixedIdentity(people),
    register: { snapshot: () => register },
    caseLog,
    caseLogReader: caseLog,
    classifications,
    waitingResults,
    storedResults,
    resultReaders,
    clock: { nowMs: () => NOW },
  };
  return {
    deps,
    records,
    caseLog,
    classifications,
    waitingResults,
    storedResults,
    changeRegister: (next: RegisterSnapshot) => void (register = next),
    say: (
      token: string,
      said: SaidOfResult,
      how: { ifMatch?: string; reason?: string; object?: ResultObject } = {},
    ): Promise<ResultClassification> => {
      const { ifMatch, reason, object = OBJECT } = how;
      const evidence = { bearerToken: token };
      return classifyResult(deps, { evidence, requestId: 'r-1', object, said, reason, ifMatch }, never);
    },
    read: (token: string, object = OBJECT) =>
      readClassification(deps, { evidence: { bearerToken: token }, object }, never),
    list: (token: string, asked: Partial<Parameters<typeof listProbableResults>[1]> = {}) =>
      listProbableResults(
        deps,
        { evidence: { bearerToken: token }, after: undefined, limit: 2, ...asked },
        never,
      ),
    keeper: () => createClassificationKeeper({ ...deps, onPassedOver: () => undefined }),
  };
}
