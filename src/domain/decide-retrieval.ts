import type { AiResult } from './dicom/ai-result.ts';
import type { KnownResult } from './classified-results.ts';
import { decideClassification } from './decide-classification.ts';
import { decide, type Decision, type Question } from './decide.ts';
import { heldNow } from './held-now.ts';
import { heldForPerson, type HeldResults } from './held-results.ts';
import { parseModelName, parseVersion, type ModelName, type VersionString } from './identifiers.ts';
import type { Principal } from './principal.ts';
import type { Reason, ReasonInstance } from './reasons.ts';
import type { Instant, RegisterSnapshot } from './register.ts';
import type { StudyContext } from './dicom/study-context.ts';

/** Who wants to see which stored AI results of a study. */
export interface RetrievalQuestion {
  readonly caller: Principal;
  /** Absent when the PACS cannot say: then every AI result is locked. */
  readonly study: StudyContext | undefined;
  /** As people's words leave them. */
  readonly results: readonly KnownResult[];
  /** What of them waits for an answer. Absent where that cannot be told; it counts only where the policy holds what AI stored. */
  readonly held?: HeldResults | undefined;
}

/** One stored AI result, and whether this person may see it. */
export interface JudgedResult {
  readonly result: AiResult;
  /** As the register names the maker, or `unrecognised` where it knows none of that name. */
  readonly model: ModelName;
  readonly version: VersionString;
  readonly decision: Decision;
  /** It names no version of the register; whoever may see it does so to say what made it. */
  readonly isUnnamed?: true;
  /** Whose answer it waits for, where the policy holds it. */
  readonly heldFor?: Question['heldFor'];
}

/**
 * Which results may be seen. An object made by several algorithms is permitted only when each of them is. What the policy shows
 * without a decision is in neither list.
 */
export interface RetrievalDecision {
  readonly permitted: readonly JudgedResult[];
  readonly locked: readonly JudgedResult[];
}

/** Stands in decisions and the case log for a maker that the register does not know: the object's own words stay out. */
const NOBODY = parseNobody();

function parseNobody(): MadeBy {
  return { model: 'unrecognised' as ModelName, version: 'unrecognised' as VersionString };
}

/**
 * Which stored AI results this person may see: the rule of unlocking for the function `view`, asked of the exact version
 * that the object says made it. An object that names no version, an unknown one, or cannot be read, is locked; one that is only
 * probably AI's and names none is left to the policy, and where that locks it, to a Responsible Clinician for AI, who can say what made it.
 */
export function decideRetrieval(
  question: RetrievalQuestion,
  register: RegisterSnapshot,
  now: Instant,
): RetrievalDecision {
  const judged = question.results
    .filter((result) => !isShownAnyway(result, register))
    .map((result) => judgeResult(question, result, { register, now }));
  const locked = new Set(
    judged.filter((one) => !one.decision.permitted).map((one) => one.result.sopInstanceUid),
  );
  return {
    permitted: judged.filter((one) => !locked.has(one.result.sopInstanceUid)),
    locked: judged.filter((one) => locked.has(one.result.sopInstanceUid)),
  };
}

/**
 * Viewers stamp hand-drawn segments too. Where a version is named, or somebody has said what it is, there is something to decide by,
 * whatever the policy shows; where that cannot be read it may have been said.
 */
function isShownAnyway(result: KnownResult, register: RegisterSnapshot): boolean {
  if (result.classified !== undefined || register.policy.probableResults !== 'shown') return false;
  return waitsForAWord(result, register);
}

/** Whether an object is probably AI's, names no version of the register, and nobody has said yet what made it. */
export function waitsForAWord(result: KnownResult, register: RegisterSnapshot): boolean {
  if (result.grade !== 'probable' || result.classified !== undefined) return false;
  return registeredMaker(result, register) === undefined;
}

function judgeResult(question: RetrievalQuestion, result: KnownResult, at: Moment): JudgedResult {
  const known = isReadable(result) ? registeredMaker(result, at.register) : undefined;
  if (known === undefined) return seenToBeNamed(question, result, at) ?? lockedForAll(question, result, at);
  const hold = holdOf(question, { result, ...known }, at);
  return { result, ...known, ...hold, decision: decideView(question, result, { ...known, ...hold }, at) };
}

/** What cannot be told is held: no answer is known that would let it out. */
function holdOf(
  { caller, held }: RetrievalQuestion,
  { result: { sopInstanceUid }, ...made }: MadeBy & { readonly result: KnownResult },
  at: Moment,
): Pick<Question, 'heldFor'> {
  const { register } = at;
  if (register.policy.storedResults !== 'held') return {};
  if (held === undefined) return { heldFor: 'nobody' };
  const known = held.get(sopInstanceUid);
  const waits = known && heldNow(known, made, at);
  if (waits === undefined) return {};
  const [person, ...others] = register.practitionersByIdentity(caller.provider, caller.subject);
  return { heldFor: heldForPerson(waits, others.length > 0 ? undefined : person?.id) };
}

function isReadable({ grade, classified }: KnownResult): boolean {
  return grade !== 'unreadable' && classified !== 'unread';
}

function lockedForAll(question: RetrievalQuestion, result: KnownResult, at: Moment): JudgedResult {
  return { result, ...NOBODY, decision: locked(decideView(question, result, NOBODY, at), result) };
}

function decideView(
  { caller, study }: RetrievalQuestion,
  { madeAt }: KnownResult,
  asked: MadeBy & Pick<Question, 'heldFor'>,
  { register, now }: Moment,
): Decision {
  const dated = madeAt === undefined ? {} : { madeAt };
  return decide({ caller, function: 'view', ...asked, study, ...dated }, register, now);
}

interface MadeBy {
  readonly model: ModelName;
  readonly version: VersionString;
}

interface Moment {
  readonly register: RegisterSnapshot;
  readonly now: Instant;
}

/** What is only probably AI's is open to whoever may say what made it: how else could they? Without a study nothing is. */
function seenToBeNamed(
  { caller, study }: RetrievalQuestion,
  result: KnownResult,
  { register, now }: Moment,
): JudgedResult | undefined {
  if (result.grade !== 'probable' || !isReadable(result) || study === undefined) return undefined;
  const decision = decideClassification({ caller, to: 'see' }, register, now);
  return decision.permitted ? { result, ...NOBODY, decision, isUnnamed: true } : undefined;
}

/** Whatever else holds of the person and the study, with the reason that there is nothing to unlock. */
function locked(decision: Decision, result: KnownResult): Decision {
  const unknown = whyUnknown(result);
  const others = decision.reasons.filter((reason) => reason.code !== unknown.code);
  return { ...decision, permitted: false, reasons: [unknown, ...others] };
}

function whyUnknown({ grade, classified }: KnownResult): ReasonInstance<Reason> {
  if (classified === 'unread') return UNREAD_WORD;
  if (grade === 'unreadable') return UNREADABLE;
  return grade === 'probable' ? UNNAMED : UNKNOWN_MAKER;
}

/** The exact version by the model's name in the register, else by its title, unless a person has named it: they name it exactly. */
function registeredMaker(result: KnownResult, register: RegisterSnapshot): MadeBy | undefined {
  const version = parseVersion(result.algorithmVersion ?? '');
  if (version === undefined) return undefined;
  const model = parseModelName(result.algorithmName ?? '');
  if (model !== undefined && register.modelVersion(model, version) !== undefined) return { model, version };
  return result.classified === 'ai-of' ? undefined : titledMaker(result.algorithmName, version, register);
}

/** A title that two models bear names neither. */
function titledMaker(
  title: string | undefined,
  version: VersionString,
  register: RegisterSnapshot,
): MadeBy | undefined {
  const titled = register
    .modelVersions()
    .filter((known) => known.title === title && known.version === version);
  const [only, ...others] = titled;
  return only === undefined || others.length > 0 ? undefined : { model: only.model, version };
}

const UNKNOWN_MAKER: ReasonInstance<Reason> = {
  code: 'model-unknown',
  text: 'This stored AI result does not name a model version that is in the register.',
  remedy:
    'Ask the AI programme lead whether the version that made it should be registered. The images are not affected.',
};
const UNNAMED: ReasonInstance<Reason> = {
  code: 'model-unknown',
  text: 'This stored object is probably an AI result, and nobody knows which version made it.',
  remedy:
    'Ask a Responsible Clinician for AI to say what made it, at /me/results. The images are not affected.',
};
const UNREAD_WORD: ReasonInstance<Reason> = {
  code: 'model-unknown',
  text: 'This stored object is probably an AI result, and what was said of it cannot be read at the moment.',
  remedy:
    'Try again in a minute. If it stays locked, tell IT that the database of the register does not answer.',
};
const UNREADABLE: ReasonInstance<Reason> = {
  code: 'model-unknown',
  text: 'This stored object may be an AI result, and the PACS could not say what made it.',
  remedy: 'Try again in a minute. If it stays locked, ask IT to check the object in the PACS.',
};
