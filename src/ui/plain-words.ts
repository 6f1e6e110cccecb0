import type { CaseState } from '../domain/case-view.ts';
import type { EntryFacts, EntryKind } from '../domain/log-entry.ts';
import type { RecordedPurpose } from '../domain/purpose-of-use.ts';
import type { ResultVerdict } from '../domain/result-verdict.ts';
import type { AiFunction, Disposition, Profession, RegisterRole } from '../domain/words.ts';

/** A word on a coloured tag of the NHS design system; the word alone says everything, the colour only helps. */
export interface Tag {
  readonly text: string;
  readonly colour: 'green' | 'red' | 'orange' | 'blue' | 'grey' | 'yellow';
}

const FUNCTIONS: Readonly<Record<AiFunction, string>> = {
  triage: 'Triage',
  detection: 'Detection',
  segmentation: 'Segmentation',
  quantification: 'Quantification',
  'report-draft': 'Report draft',
  'record-query': 'Record query',
  'prescribing-suggestion': 'Prescribing suggestion',
  'protocol-recommendation': 'Protocol recommendation',
  'quality-check': 'Quality check',
  view: 'Viewing a stored AI result',
};

const STATES: Readonly<Record<CaseState, Tag>> = {
  open: { text: 'Running', colour: 'blue' },
  released: { text: 'Result released', colour: 'green' },
  sealed: { text: 'Waits for a second signature', colour: 'yellow' },
  withheld: { text: 'Result withheld', colour: 'red' },
  failed: { text: 'AI failed', colour: 'red' },
  refused: { text: 'Refused', colour: 'orange' },
  viewed: { text: 'Stored result viewed', colour: 'blue' },
  orphaned: { text: 'Never finished', colour: 'grey' },
  unsolicited: { text: 'AI ran by itself', colour: 'grey' },
};

const DISPOSITIONS: Readonly<Record<Disposition, string>> = {
  accepted: 'Accepted',
  edited: 'Edited',
  overridden: 'Overridden',
  ignored: 'Ignored',
  flagged: 'Flagged',
};

const PROFESSIONS: Readonly<Record<Profession, string>> = {
  radiologist: 'radiologist',
  registrar: 'registrar',
  radiographer: 'radiographer',
  sonographer: 'sonographer',
  physicist: 'medical physicist',
  pharmacist: 'pharmacist',
  other: 'other staff',
};

const ROLES: Readonly<Record<RegisterRole, string>> = {
  'programme-lead': 'programme lead',
  'clinical-director': 'clinical director',
  'ai-faculty': 'AI faculty',
  it: 'IT',
  auditor: 'auditor',
};

const KINDS: Readonly<Record<EntryKind, string>> = {
  'case.intent': 'Case opened',
  'case.release': 'Release decided again',
  'case.outcome': 'Outcome',
  'case.unsolicited': 'AI ran by itself',
  'case.orphan': 'Closed as never finished',
  'case.refused': 'Refused',
  'case.viewed': 'Stored result viewed',
  'case.disposition': 'What the human did',
  'case.truth': 'Truth arrived',
  delivery: 'Delivered',
  'study.accessed': 'Images of a study read',
  'result.classified': 'Stored object classified',
  'register.change': 'Register changed',
  'model.release': 'Model released',
  'stop-use': 'Stop-use',
  baseline: 'Baseline set',
  alarm: 'Alarm',
  incident: 'Incident',
  'config.change': 'Settings changed',
  'key.rotate': 'Signing key changed',
  auth: 'Sign-in',
  'audit.read': 'Case log read',
  export: 'Records exported',
  erasure: 'Personal data erased',
  hold: 'Retention hold',
  clock: 'Clock stepped',
  'node.start': 'Gateway started',
  'node.stop': 'Gateway stopped',
  recovery: 'Recovered after a fault',
};

const VERDICTS: Readonly<Record<ResultVerdict, string>> = {
  'not-ai': 'Not made by AI',
  'ai-of': 'Made by a version of the register',
  'ai-unknown': 'Made by AI, version not known',
};

/** What images were read for, as the end of a sentence. */
const PURPOSES: Readonly<Record<RecordedPurpose, string>> = {
  TREAT: 'for treatment',
  ETREAT: 'for emergency treatment',
  BTG: 'breaking the glass',
  CAREMGT: 'for care management',
  CLINTRCH: 'for a clinical trial',
  HOPERAT: 'for the running of the service',
  HQUALIMP: 'for quality improvement',
  HSYSADMIN: 'for system administration',
  TRAIN: 'for training',
  PATADMIN: 'for patient administration',
  PATRQT: 'at the patient’s request',
  HRESCH: 'for research',
  PUBHLTH: 'for public health',
  unrecognised: 'for a purpose that is not on the list',
};

/** Kinds of failure as a case keeps them. */
const FAILURES: Readonly<Record<string, string>> = {
  unreachable: 'The AI endpoint could not be reached.',
  timeout: 'The AI endpoint did not answer in time.',
  'bad-answer': 'The AI endpoint gave an answer that cannot be read.',
  'endpoint-error': 'The AI endpoint reported an error for this study.',
  unavailable: 'The AI endpoint took no calls at that moment.',
  cancelled: 'The call was cancelled before the AI had finished.',
  'attestation-missing': 'The AI endpoint did not prove which version answered.',
  'attestation-mismatch': 'The AI endpoint runs something other than the register says.',
  'study-context': 'The PACS could not say what the study is.',
  withheld: 'The result came back but was not let out.',
  'co-signature-refused': 'The second person did not co-sign the result.',
  'not-stored': 'The PACS did not take everything that the AI stored.',
  'seal-expired': 'Nobody co-signed the result in time.',
};

/** A function of AI in words; a name this gateway does not know stays as it is. */
export function functionText(name: string): string {
  return wordFor(FUNCTIONS, name) ?? name;
}

/** How far a case has come, as a tag. */
export function stateTag(state: CaseState): Tag {
  return STATES[state];
}

/** What the human did, in words. */
export function dispositionText(disposition: Disposition): string {
  return DISPOSITIONS[disposition];
}

/** What somebody said of a stored object, in words. */
export function verdictText(verdict: ResultVerdict): string {
  return VERDICTS[verdict];
}

/** A person's standing: profession and register roles. */
export function standingText(person: {
  readonly profession: Profession;
  readonly roles: readonly RegisterRole[];
}): string {
  const { profession, roles } = person;
  const professions = profession === 'other' && roles.length > 0 ? [] : [PROFESSIONS[profession]];
  return [...professions, ...roles.map((role) => ROLES[role])].join(', ');
}

/** A kind of log entry in words; a kind this gateway does not know stays as it is. */
export function kindText(kind: string): string {
  return wordFor(KINDS, kind) ?? kind;
}

/** Every kind with its words, for a list to choose from. */
export function kindChoices(): readonly { readonly value: string; readonly text: string }[] {
  return Object.entries(KINDS).map(([value, text]) => ({ value, text }));
}

/** Who read which images for what, in words; the person stands beside it. */
export function accessText(access: NonNullable<EntryFacts['access']>, study: string | undefined): string {
  const { reader, purpose, emergency, pacs, unnamedResult } = access;
  return [
    study === undefined ? 'study no longer named' : `study ${study}`,
    ...(pacs === undefined ? [] : [`in ${pacs}`]),
    ...(purpose === undefined ? [] : [PURPOSES[purpose]]),
    ...(reader === 'person' ? [] : ['by an AI endpoint']),
    ...(emergency === true ? ['by emergency access'] : []),
    ...(unnamedResult === true ? ['with what is probably an AI result of no known version'] : []),
  ].join(' ');
}

/** A kind of failure in a sentence. */
export function failureText(failure: string): string {
  return wordFor(FAILURES, failure) ?? 'The AI failed.';
}

function wordFor(words: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined;
}
