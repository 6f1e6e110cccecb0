import { judgeAttestation } from './decide-attestation.ts';
import { judgeIntendedUse } from './decide-intended-use.ts';
import { judgeStopUse } from './decide-stop-use.ts';
import { datedFacts, NO_FINDINGS, together, type Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import { namesOutputs } from './named-outputs.ts';
import type { EndpointBinding, Instant, ModelVersion, Release } from './register.ts';
import { isReleaseInForce } from './release-in-force.ts';
import type { ApprovalMode, InputSource } from './words.ts';

/**
 * Whether this version may be used for this function on this study now, and, at release, whether it is what answered; all but
 * whether it is released, which is for `judgeLife`.
 */
export function judgeModel(matter: Matter): readonly Finding[] {
  const { modelVersion } = matter;
  if (modelVersion === undefined) {
    const unknown: readonly Finding[] = [{ code: 'model-unknown', facts: namesOf(matter) }];
    return together(unknown, judgeStopUse(matter, judgedAt(matter)), judgePlace(matter));
  }
  return together(
    together(judgeOffer(matter), judgeStopUse(matter, judgedAt(matter))),
    together(judgePlace(matter), judgeIntendedUse(matter, modelVersion)),
    together(judgeAttestation(matter), judgeInput(matter)),
  );
}

/** Viewing calls nothing, so it needs no endpoint; a call needs one that speaks its dialect, and answers in the way it asks for. */
function judgeOffer(matter: Matter): readonly Finding[] {
  const { question, binding } = matter;
  const { function: wanted, protocol = binding?.protocol } = question;
  const isOffered = wanted === 'view' || (binding !== undefined && binding.protocol === protocol);
  return isOffered ? judgeWish(matter) : [{ code: 'function-not-offered', facts: namesOf(matter) }];
}

const NO_TEXT = 'as a text alone; ask for its outputs, with infer';

/** A text alone comes of an endpoint that has nothing else to give. */
function judgeWish(matter: Matter): readonly Finding[] {
  const { question, binding } = matter;
  if (question.wants !== 'text' || binding === undefined || isTextEnough(binding)) return NO_FINDINGS;
  return [{ code: 'function-not-offered', facts: { ...namesOf(matter), detail: NO_TEXT } }];
}

/** What is read from its outputs, or made of them, as the register has it, a text has no place for. */
function isTextEnough(binding: EndpointBinding): boolean {
  return !namesOutputs(binding) && binding.writes === undefined;
}

/** No study, or one of an unknown site: unknown means deny. In principle no study is asked for. */
function judgePlace({ question, study, site }: Matter): readonly Finding[] {
  if (question.inPrinciple !== undefined) return NO_FINDINGS;
  if (study === undefined) return [{ code: 'context-missing', facts: { detail: 'no study is open' } }];
  return site === undefined ? [{ code: 'site-unknown' }] : NO_FINDINGS;
}

/**
 * Whether the version is in use at this site. `mode` is that of the approval the person relies on: in mode `acceptance` a
 * version that is in acceptance may run. An unknown version has no life.
 */
export function judgeLife(matter: Matter, mode: ApprovalMode | undefined): readonly Finding[] {
  const { modelVersion: known, site } = matter;
  if (known === undefined) return NO_FINDINGS;
  const at = judgedAt(matter);
  if (isRetired(matter, known, at)) {
    const date = known.retiredAt === undefined ? {} : datedFacts(known.retiredAt);
    return [{ code: 'model-retired', facts: { ...namesOf(matter), ...date } }];
  }
  if (known.state === 'acceptance' && mode === 'acceptance') return NO_FINDINGS;
  return isReleased(known, at, site) ? NO_FINDINGS : [unreleased(matter, known, at)];
}

function unreleased(matter: Matter, known: ModelVersion, at: Instant): Finding {
  const facts = namesOf(matter);
  return matter.site !== undefined && isReleased(known, at, undefined)
    ? { code: 'not-released-at-site', facts: { ...facts, site: matter.site } }
    : { code: 'not-released', facts };
}

/** Where the site is unknown, `site-unknown` says what is wrong; in principle any site will do. */
function isReleased(known: ModelVersion, at: Instant, site: string | undefined): boolean {
  const { releases } = known;
  for (let place = 0; place < releases.length; place += 1) {
    const release = releases[place];
    if (release !== undefined && isHere(release, site) && isReleaseInForce(known, release, at)) return true;
  }
  return false;
}

function isHere(release: Release, site: string | undefined): boolean {
  return site === undefined || release.site === '*' || release.site === site;
}

/** A stored result is judged by the day it was made: a prior stays readable although its version was retired since. */
function judgedAt({ question, now }: Matter): Instant {
  return question.function === 'view' ? Math.min(question.madeAt ?? now, now) : now;
}

/**
 * A version in state `retired` runs no more, whatever moment that names; what it made before stays to be seen. One that does not
 * say since when counts as never having been in use.
 */
function isRetired({ question }: Matter, { state, retiredAt }: ModelVersion, at: Instant): boolean {
  if (state === 'retired' && (question.function !== 'view' || retiredAt === undefined)) return true;
  return retiredAt !== undefined && !(at < retiredAt);
}

/** Images of the caller's only where both the policy and the binding take them; a binding that wants them gets nothing else. */
function judgeInput(matter: Matter): readonly Finding[] {
  const { question, binding, register } = matter;
  if (binding === undefined || question.input === undefined) return NO_FINDINGS;
  const wants = (input: InputSource): boolean => binding.input === input;
  if (question.input === 'study') {
    return wants('study') ? NO_FINDINGS : [{ code: 'caller-input-missing', facts: namesOf(matter) }];
  }
  const isAllowed = register.policy.callerInputAllowed && wants('caller');
  return isAllowed ? NO_FINDINGS : [{ code: 'caller-input-not-allowed', facts: namesOf(matter) }];
}
