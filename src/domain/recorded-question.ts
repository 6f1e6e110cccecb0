import type { CoSignQuestion } from './co-signature.ts';
import type { DispositionQuestion } from './decide-disposition.ts';
import type { Question } from './decision.ts';
import { parseEntryBody } from './entry-body.ts';
import { parseModelName, parsePractitionerId, parseStudyUid, parseVersion } from './identifiers.ts';
import type { EntryFacts, LogEntry } from './log-entry.ts';
import type { Principal } from './principal.ts';
import type { AgeBand, StudyContext } from './dicom/study-context.ts';

/** Personal values that a decision looked at. */
export const QUESTION_LABELS = ['subject', 'user', 'supervisor', 'studyUid', 'age'] as const;
export type QuestionLabel = (typeof QUESTION_LABELS)[number];

/** Why what was decided cannot be decided again, or why deciding it again proves nothing. */
export type Obstacle =
  /** Personal values that the question is made of are not there any more. */
  | { readonly code: 'erased'; readonly labels: readonly QuestionLabel[] }
  /** An earlier release decided it, which did not record the whole question. */
  | { readonly code: 'not-recorded' }
  /** The register does not reach so far, or the text of the policy was not kept. */
  | { readonly code: 'register-gone' }
  /** The text of the policy was kept, and this release cannot read it; `policy` is its digest. */
  | { readonly code: 'policy-unreadable'; readonly policy: string }
  /** The rules themselves are others now. */
  | { readonly code: 'other-rules'; readonly recorded: number; readonly here: number };

/** The question that a decision answered, or why it cannot be told. */
type Recorded<Q> = { readonly question: Q } | { readonly because: Obstacle };

const NOT_RECORDED: { readonly because: Obstacle } = { because: { code: 'not-recorded' } };
const METHODS: readonly Principal['method'][] = ['saml', 'smart-card', 'oidc', 'break-glass'];

/** The question of a case's decision, from what the log keeps of it. Throws GatewayError('internal') for a body that is none. */
export function recordedQuestion(entry: LogEntry): Recorded<Question> {
  const { facts } = entry;
  const erased = erasedOf(entry, labelsWanted(facts));
  if (erased !== undefined) return { because: erased };
  const caller = recordedCaller(entry);
  const model = recordedModel(facts.model);
  const study = recordedStudy(entry);
  if (caller === undefined || model === undefined || study === 'missing') return NOT_RECORDED;
  const { function: fn, asked } = facts;
  return fn === undefined ? NOT_RECORDED : { question: { caller, function: fn, ...model, study, ...asked } };
}

function recordedModel(named: EntryFacts['model']): Pick<Question, 'model' | 'version'> | undefined {
  const model = parseModelName(named?.id ?? '');
  const version = parseVersion(named?.version ?? '');
  return model === undefined || version === undefined ? undefined : { model, version };
}

/**
 * The question of a disposition: whose case it is, and who supervised it, stand in the case's opening. Throws
 * GatewayError('internal') for a body that is none.
 */
export function recordedDisposition(entry: LogEntry, opening: LogEntry): Recorded<DispositionQuestion> {
  const because = erasedOf(entry, ['subject', 'user']) ?? erasedOf(opening, ['user', 'supervisor']);
  if (because !== undefined) return { because };
  const caller = recordedCaller(entry);
  const disposition = entry.facts.human?.disposition;
  if (caller === undefined || disposition === undefined) return NOT_RECORDED;
  return { question: { caller, disposition, ...peopleOf(opening), ...askedIn(opening) } };
}

/** The question of a second signature: who asked for the result stands in the case's opening. Throws as recordedDisposition does. */
export function recordedCoSignature(
  entry: LogEntry,
  opening: LogEntry,
  to: CoSignQuestion['to'],
): Recorded<CoSignQuestion> {
  const because = erasedOf(opening, ['user']);
  if (because !== undefined) return { because };
  const asked = recordedQuestion(entry);
  if ('because' in asked) return asked;
  const { caller, function: fn, model, version, study } = asked.question;
  const asker = parsePractitionerId(opening.personal.user ?? '');
  return {
    question: { caller, function: fn, model, version, study, to, ...(asker === undefined ? {} : { asker }) },
  };
}

function askedIn({ facts }: LogEntry): Pick<DispositionQuestion, 'asked'> {
  const { function: fn, model } = facts;
  const named = recordedModel(model);
  return fn === undefined || named === undefined ? {} : { asked: { function: fn, ...named } };
}

function peopleOf({ personal }: LogEntry): Pick<DispositionQuestion, 'caseOwner' | 'supervisor'> {
  const caseOwner = parsePractitionerId(personal.user ?? '');
  const supervisor = parsePractitionerId(personal.supervisor ?? '');
  return {
    ...(caseOwner === undefined ? {} : { caseOwner }),
    ...(supervisor === undefined ? {} : { supervisor }),
  };
}

/** Personal values that an entry commits to and that are not there any more, among these; undefined where there are none. */
function erasedOf(entry: LogEntry, wanted: readonly QuestionLabel[]): Obstacle | undefined {
  const { commitments } = parseEntryBody(entry.body);
  const labels = wanted.filter(
    (label) => commitments[label] !== undefined && entry.personal[label] === undefined,
  );
  return labels.length === 0 ? undefined : { code: 'erased', labels };
}

/** Where no study could be looked up the decision did not have its name, though the case does. */
function labelsWanted({ study }: EntryFacts): readonly QuestionLabel[] {
  const ofStudy = study === undefined ? [] : (['studyUid', 'age'] as const);
  return ['subject', 'user', 'supervisor', ...ofStudy];
}

/** The login of a decision; undefined where the entry does not hold all of it. The session's name decides nothing. */
function recordedCaller({ facts, personal }: LogEntry): Principal | undefined {
  const { auth } = facts;
  const method = METHODS.find((name) => name === auth?.method);
  if (auth === undefined || method === undefined) return undefined;
  const { provider, expiresAt, assurance, at: authenticatedAt, scopes, unconfirmed } = auth;
  const { subject } = personal;
  if (provider === undefined || expiresAt === undefined || subject === undefined) return undefined;
  return {
    kind: 'person',
    provider,
    subject,
    method,
    assurance,
    authenticatedAt,
    expiresAt,
    sessionRef: '',
    ...(scopes === undefined ? {} : { scopes }),
    ...(unconfirmed === undefined ? {} : { unconfirmed }),
  };
}

/** What the decision knew of the study: nothing that tells patients apart but the age. */
function recordedStudy({ facts, personal }: LogEntry): StudyContext | undefined | 'missing' {
  const { study, site } = facts;
  if (study === undefined) return undefined;
  const studyInstanceUid = parseStudyUid(personal.studyUid ?? '');
  const age = recordedAge(study.age, personal.age);
  if (study.simulator === undefined || studyInstanceUid === undefined || age === 'missing') return 'missing';
  return {
    studyInstanceUid,
    modalities: study.modality,
    bodyParts: study.bodyPart,
    descriptions: [],
    ...age,
    sopClassUids: study.sopClasses,
    instanceCount: study.instances,
    ...recordedSeries(study),
    ...(site === undefined ? {} : { site }),
    simulator: study.simulator,
    identifying: {},
  };
}

function recordedSeries({
  series,
  seriesNamed,
}: NonNullable<EntryFacts['study']>): Pick<StudyContext, 'series' | 'seriesNamed'> {
  return {
    ...(series === undefined ? {} : { series }),
    ...(seriesNamed === undefined ? {} : { seriesNamed }),
  };
}

function recordedAge(band: AgeBand, age: string | undefined): Pick<StudyContext, 'ageYears'> | 'missing' {
  if (band === 'unknown') return {};
  return age === undefined ? 'missing' : { ageYears: Number(age) };
}
