import type { AiResult } from './dicom/ai-result.ts';
import { decide, type Decision } from './decide.ts';
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
  readonly results: readonly AiResult[];
}

/** One stored AI result, and whether this person may see it. */
export interface JudgedResult {
  readonly result: AiResult;
  /** As the register names the maker, or `unrecognised` where it knows none of that name. */
  readonly model: ModelName;
  readonly version: VersionString;
  readonly decision: Decision;
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

function parseNobody(): { readonly model: ModelName; readonly version: VersionString } {
  return { model: 'unrecognised' as ModelName, version: 'unrecognised' as VersionString };
}

/**
 * Which stored AI results this person may see: the rule of unlocking for the function `view`, asked of the exact version
 * that the object says made it. An object that names no version, an unknown one, or cannot be read, is locked; one that is only
 * probably AI's and names none is left to the policy.
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

/** Viewers stamp hand-drawn segments too. Where a version is named there is something to decide by, whatever the policy shows. */
function isShownAnyway(result: AiResult, register: RegisterSnapshot): boolean {
  if (result.grade !== 'probable' || register.policy.probableResults !== 'shown') return false;
  return registeredMaker(result, register) === undefined;
}

function judgeResult(
  question: RetrievalQuestion,
  result: AiResult,
  at: { readonly register: RegisterSnapshot; readonly now: Instant },
): JudgedResult {
  const { caller, study } = question;
  const known = result.grade === 'unreadable' ? undefined : registeredMaker(result, at.register);
  const maker = known ?? NOBODY;
  const madeAt = result.madeAt === undefined ? {} : { madeAt: result.madeAt };
  const decision = decide({ caller, function: 'view', ...maker, study, ...madeAt }, at.register, at.now);
  return { result, ...maker, decision: known === undefined ? locked(decision, result) : decision };
}

/** Whatever else holds of the person and the study, with the reason that there is nothing to unlock. */
function locked(decision: Decision, result: AiResult): Decision {
  const unknown = result.grade === 'unreadable' ? UNREADABLE : UNKNOWN_MAKER;
  const others = decision.reasons.filter((reason) => reason.code !== unknown.code);
  return { ...decision, permitted: false, reasons: [unknown, ...others] };
}

/** The exact version by the model's name in the register, else by its title; a title that two models bear names neither. */
function registeredMaker(
  result: AiResult,
  register: RegisterSnapshot,
): { readonly model: ModelName; readonly version: VersionString } | undefined {
  const version = parseVersion(result.algorithmVersion ?? '');
  if (version === undefined) return undefined;
  const model = parseModelName(result.algorithmName ?? '');
  if (model !== undefined && register.modelVersion(model, version) !== undefined) return { model, version };
  const titled = register
    .modelVersions()
    .filter((known) => known.title === result.algorithmName && known.version === version);
  const [only, ...others] = titled;
  if (only !== undefined && others.length === 0) return { model: only.model, version };
  return undefined;
}

const UNKNOWN_MAKER: ReasonInstance<Reason> = {
  code: 'model-unknown',
  text: 'This stored AI result does not name a model version that is in the register.',
  remedy:
    'Ask the AI programme lead whether the version that made it should be registered. The images are not affected.',
};
const UNREADABLE: ReasonInstance<Reason> = {
  code: 'model-unknown',
  text: 'This stored object may be an AI result, and the PACS could not say what made it.',
  remedy: 'Try again in a minute. If it stays locked, ask IT to check the object in the PACS.',
};
