import { carriedFacts } from '../domain/carried-facts.ts';
import { decisionFacts, loginFacts, patientOf, studyFacts } from '../domain/case-facts.ts';
import type { CoSignature, CoSignDecision } from '../domain/co-signature.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { EntryDraft, EntryFacts, LogEntry } from '../domain/log-entry.ts';
import type { Principal } from '../domain/principal.ts';
import type { RegisterReader } from './ports.ts';
import { sealEndId, type SealedCase } from './sealed-case.ts';

/** A decision, with the moment and the register it was made by. */
export type Judged = CoSignDecision & {
  readonly at: number;
  readonly register: ReturnType<RegisterReader['snapshot']>;
};

interface Said {
  readonly requestId: string;
  readonly caseId: CaseId;
  readonly answer: CoSignature;
  readonly words: string | undefined;
}

interface Answered {
  readonly caller: Principal;
  readonly kept: SealedCase;
  /** Absent where the PACS was not asked: then it stands as when the case was opened. */
  readonly study: StudyContext | undefined;
  readonly decision: Judged;
}

/** Who co-signs, as a personal value of an entry. */
export function cosignerOf(practitioner: CoSignDecision['practitioner']): EntryDraft['personal'] {
  return practitioner === undefined ? {} : { cosigner: practitioner.id };
}

/** The one entry that ends the waiting of a sealed result: what its co-signer said, and what was decided about them, by what. */
export function coSignEntry(said: Said, answered: Answered): EntryDraft {
  const { requestId, caseId } = said;
  const { kept, caller, study, decision } = answered;
  const { opening, result } = kept;
  const { supervisor } = opening.personal;
  return {
    id: sealEndId(result.intentId),
    kind: 'case.release',
    caseId,
    intent: result.intentId,
    requestId,
    facts: { ...factsOf(answered), ...answerFacts(said, kept) },
    personal: {
      ...{ user: result.asker, subject: caller.subject, studyUid: result.study },
      ...(study === undefined ? patientThen(opening) : patientOf(study)),
      ...(supervisor === undefined ? {} : { supervisor }),
      ...cosignerOf(decision.practitioner),
    },
    retainClass: 'imaging-record',
  };
}

function patientThen({ personal: { patientId, accession, age } }: LogEntry): EntryDraft['personal'] {
  return {
    ...(patientId === undefined ? {} : { patientId }),
    ...(accession === undefined ? {} : { accession }),
    ...(age === undefined ? {} : { age }),
  };
}

/** What was decided about the co-signer, and what it was decided by. */
function factsOf({ caller, kept, study, decision }: Answered): EntryFacts {
  const { policy, sequence: registerSequence } = decision.register;
  return {
    ...carriedFacts(kept.opening.facts),
    ...studyFacts({ study }),
    ...(study?.site === undefined ? {} : { site: study.site }),
    auth: loginFacts(caller),
    policy: { id: policy.id, version: policy.version, digest: policy.digest },
    decision: decisionFacts({ ...decision, registerSequence }),
  };
}

function answerFacts({ answer, words }: Pick<Said, 'answer' | 'words'>, { outcome }: SealedCase): EntryFacts {
  const coSigned = { answer, ...(words === undefined ? {} : { words }) };
  if (answer === 'refused') {
    const release = { action: 'withheld', reasons: ['co-signature-missing'] } as const;
    return { coSigned, release, err: 'co-signature-refused' };
  }
  // What the counters and the case need of a result that is let out only now.
  const { output } = outcome.facts;
  return {
    coSigned,
    release: { action: 'released', reasons: [] },
    ...(output === undefined ? {} : { output }),
  };
}
