import type { Decision } from './decide.ts';
import { reasonCodes, type EntryFacts, type PersonalLabel } from './log-entry.ts';
import type { Principal } from './principal.ts';
import { ageBandOf, type StudyContext } from './study-context.ts';
import type { AiFunction, InputSource, IrmerDuty } from './words.ts';

/** What a case is about, before anything has run. */
export interface CaseSubject {
  readonly caller: Principal;
  readonly function: AiFunction;
  readonly model: string;
  readonly version: string;
  /** Absent when the PACS could not say. */
  readonly study: StudyContext | undefined;
  readonly studyInstanceUid: string;
  readonly inputFrom?: InputSource;
  readonly inputDigest?: string;
}

/** The facts of a case's first entry: who (coarsely), what, which model, which policy, what was decided. */
export function caseFacts(subject: CaseSubject, decision: Decision, at: number): EntryFacts {
  return {
    function: subject.function,
    ...(subject.study?.site === undefined ? {} : { site: subject.study.site }),
    ...irmerDutyOf(decision),
    ...studyFacts(subject),
    auth: {
      method: subject.caller.method,
      assurance: subject.caller.assurance,
      at: subject.caller.authenticatedAt,
    },
    ...grounds(decision),
    model: modelFacts(subject, decision),
    policy: decision.policy,
    decision: {
      result: decision.permitted ? 'permit' : 'deny',
      reasons: reasonCodes(decision.reasons),
      at,
      registerSeq: decision.registerSequence,
    },
  };
}

/** The personal values of a case; the log keeps them as salted commitments only. */
export function casePersonal(
  subject: CaseSubject,
  decision: Decision,
): Partial<Record<PersonalLabel, string>> {
  const { patientId, accessionNumber } = subject.study?.identifying ?? {};
  return {
    studyUid: subject.studyInstanceUid,
    subject: subject.caller.subject,
    ...(decision.practitioner === undefined ? {} : { user: decision.practitioner.id }),
    ...(decision.approval?.supervisor === undefined ? {} : { supervisor: decision.approval.supervisor }),
    ...(patientId === undefined ? {} : { patientId }),
    ...(accessionNumber === undefined ? {} : { accession: accessionNumber }),
  };
}

function irmerDutyOf(decision: Decision): { readonly irmerDuty?: IrmerDuty } {
  const profession = decision.practitioner?.profession;
  if (profession === 'radiologist') return { irmerDuty: 'practitioner' };
  return profession === 'radiographer' ? { irmerDuty: 'operator' } : {};
}

function studyFacts(subject: CaseSubject): Pick<EntryFacts, 'study'> {
  const study = subject.study;
  if (study === undefined) return {};
  const ageBand = ageBandOf(study.ageYears);
  return {
    study: {
      modality: study.modalities,
      bodyPart: study.bodyParts,
      age: ageBand,
      sopClasses: study.sopClassUids,
      instances: study.instanceCount,
      ...(subject.inputDigest === undefined ? {} : { inputDigest: subject.inputDigest }),
      ...(subject.inputFrom === undefined
        ? {}
        : { inputFrom: subject.inputFrom, inputVerified: subject.inputFrom === 'study' }),
      slice: { maker: study.manufacturer ?? 'unknown', sex: study.sex ?? 'unknown', ageBand },
    },
  };
}

function grounds(decision: Decision): Pick<EntryFacts, 'credential' | 'approval'> {
  const { credential, approval } = decision;
  return {
    ...(credential === undefined ? {} : { credential }),
    ...(approval === undefined
      ? {}
      : {
          approval: { id: approval.id, mode: approval.mode },
        }),
  };
}

function modelFacts(subject: CaseSubject, decision: Decision): NonNullable<EntryFacts['model']> {
  const { modelVersion, binding } = decision;
  return {
    id: subject.model,
    version: subject.version,
    ...(modelVersion === undefined ? {} : { family: modelVersion.family, digest: modelVersion.digest }),
    ...(modelVersion?.udi === undefined ? {} : { udi: modelVersion.udi }),
    ...(binding === undefined
      ? {}
      : {
          attestation: binding.attestation,
          endpoint: `${binding.endpointModel}@${binding.endpointVersion}`,
        }),
  };
}
