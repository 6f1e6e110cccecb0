import { attestedFacts } from './attested.ts';
import type { Decision, Question } from './decide.ts';
import type { EndpointBinding } from './endpoint-binding.ts';
import { reasonCodes, type EntryFacts, type PersonalLabel } from './log-entry.ts';
import type { Principal } from './principal.ts';
import type { ReasonInstance } from './reasons.ts';
import type { Instant } from './register.ts';
import { RULES_VERSION } from './rules-version.ts';
import { ageBandOf, type StudyContext } from './dicom/study-context.ts';
import type { AiFunction, InputSource, IrmerDuty, Protocol } from './words.ts';

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
  /** Patients (their ids) whose records are asked about. */
  readonly about?: readonly string[];
  readonly protocol?: Protocol;
  /** What kind of answer the call asks for, where it leaves the endpoint no choice. */
  readonly wants?: Question['wants'];
  /** Where the policy wants a second signature: whether it is to come, or given. */
  readonly coSignature?: Question['coSignature'];
  /** At release: what the endpoint says answered, in its own words. */
  readonly attested?: Question['attested'];
  /** Viewing: when the stored result was made. */
  readonly madeAt?: Instant;
  /** Viewing: whose answer the stored result waits for, where the policy holds it. */
  readonly heldFor?: Question['heldFor'];
}

/**
 * The facts of an entry that holds a decision: who (coarsely), what, which model, which policy, what was decided. With the personal
 * values beside them they are everything that a replay needs.
 */
export function caseFacts(subject: CaseSubject, decision: Decision): EntryFacts {
  return {
    function: subject.function,
    ...(subject.study?.site === undefined ? {} : { site: subject.study.site }),
    ...irmerDutyOf(decision),
    ...studyFacts(subject),
    auth: loginFacts(subject.caller),
    ...askedOf(subject, decision),
    ...grounds(decision),
    model: modelFacts(subject, decision),
    policy: decision.policy,
    decision: decisionFacts(decision),
  };
}

/** How the person had signed in, as far as a decision looks at it. Names nobody: the subject is a personal value. */
export function loginFacts(caller: Principal): NonNullable<EntryFacts['auth']> {
  const { method, assurance, authenticatedAt, provider, expiresAt, scopes, unconfirmed } = caller;
  return {
    method,
    assurance,
    at: authenticatedAt,
    provider,
    expiresAt,
    ...(scopes === undefined ? {} : { scopes }),
    ...(unconfirmed === true ? { unconfirmed } : {}),
  };
}

/** What was decided, for which moment, at which place of the register's history, and by which rules. */
export function decisionFacts(
  decision: Pick<Decision, 'permitted' | 'at' | 'registerSequence'> & {
    readonly reasons: readonly ReasonInstance[];
  },
): NonNullable<EntryFacts['decision']> {
  return {
    result: decision.permitted ? 'permit' : 'deny',
    reasons: reasonCodes(decision.reasons),
    at: decision.at,
    registerSeq: decision.registerSequence,
    rules: RULES_VERSION,
  };
}

/** The personal values of a case; the log keeps them as salted commitments only. */
export function casePersonal(
  subject: CaseSubject,
  decision: Decision,
): Partial<Record<PersonalLabel, string>> {
  return {
    studyUid: subject.studyInstanceUid,
    subject: subject.caller.subject,
    ...patientOf(subject.study),
    ...(subject.about === undefined ? {} : { about: JSON.stringify(subject.about) }),
    ...(decision.practitioner === undefined ? {} : { user: decision.practitioner.id }),
    ...(decision.approval?.supervisor === undefined ? {} : { supervisor: decision.approval.supervisor }),
  };
}

/** The age is personal to the year; the band, which counters need, is not. */
export function patientOf(study: StudyContext | undefined): Partial<Record<PersonalLabel, string>> {
  const { patientId, accessionNumber } = study?.identifying ?? {};
  const ageYears = study?.ageYears;
  return {
    ...(patientId === undefined ? {} : { patientId }),
    ...(accessionNumber === undefined ? {} : { accession: accessionNumber }),
    ...(ageYears === undefined ? {} : { age: String(ageYears) }),
  };
}

/** Absent where nothing but function, model and study was asked. */
function askedOf(subject: CaseSubject, { locked }: Decision): Pick<EntryFacts, 'asked'> {
  const { coSignature, attested } = subject;
  const asked: NonNullable<EntryFacts['asked']> = {
    ...ofCall(subject),
    ...(locked === undefined ? {} : { locked }),
    ...(coSignature === undefined ? {} : { coSignature }),
    ...(attested === undefined ? {} : { attested: attestedFacts(attested) }),
    ...ofStored(subject),
  };
  return Object.keys(asked).length === 0 ? {} : { asked };
}

function ofCall({
  inputFrom,
  protocol,
  wants,
}: CaseSubject): Pick<NonNullable<EntryFacts['asked']>, 'input' | 'protocol' | 'wants'> {
  return {
    ...(inputFrom === undefined ? {} : { input: inputFrom }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(wants === undefined ? {} : { wants }),
  };
}

function ofStored({
  madeAt,
  heldFor,
}: CaseSubject): Pick<NonNullable<EntryFacts['asked']>, 'madeAt' | 'heldFor'> {
  return {
    ...(madeAt === undefined ? {} : { madeAt }),
    ...(heldFor === undefined ? {} : { heldFor }),
  };
}

function irmerDutyOf(decision: Decision): { readonly irmerDuty?: IrmerDuty } {
  const profession = decision.practitioner?.profession;
  if (profession === 'radiologist') return { irmerDuty: 'practitioner' };
  return profession === 'radiographer' ? { irmerDuty: 'operator' } : {};
}

/** What of a study an entry tells: coarse enough to stay after erasure. */
export function studyFacts(
  subject: Pick<CaseSubject, 'study' | 'inputDigest' | 'inputFrom'>,
): Pick<EntryFacts, 'study'> {
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
      ...(study.series === undefined ? {} : { series: study.series }),
      ...(study.seriesNamed === undefined ? {} : { seriesNamed: study.seriesNamed }),
      simulator: study.simulator,
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

/**
 * By which binding it was decided. What a machine fetches as a workitem is asked of no endpoint, and so nothing proves its version: its entries
 * do not say that something did.
 */
function boundBy(
  { protocol }: CaseSubject,
  { attestation, endpointModel, endpointVersion }: EndpointBinding,
): Pick<NonNullable<EntryFacts['model']>, 'attestation' | 'endpoint'> {
  return {
    ...(protocol === undefined ? {} : { attestation }),
    endpoint: `${endpointModel}@${endpointVersion}`,
  };
}

function modelFacts(subject: CaseSubject, decision: Decision): NonNullable<EntryFacts['model']> {
  const { modelVersion, binding } = decision;
  return {
    id: subject.model,
    version: subject.version,
    ...(modelVersion === undefined ? {} : { family: modelVersion.family, digest: modelVersion.digest }),
    ...(modelVersion?.udi === undefined ? {} : { udi: modelVersion.udi }),
    ...(binding === undefined ? {} : boundBy(subject, binding)),
  };
}
