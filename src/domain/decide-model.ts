import { isoDate } from './calendar.ts';
import { judgeAttestation } from './decide-attestation.ts';
import { judgeIntendedUse } from './decide-intended-use.ts';
import type { Question } from './decision.ts';
import type { Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import type { Instant, ModelVersion, StopUse } from './register.ts';
import type { ApprovalMode, InputSource } from './words.ts';

/**
 * Whether this version may be used for this function on this study now, and, at release, whether it is what answered.
 * `mode` is that of the approval the person relies on: in mode `acceptance` a version that is in acceptance may run.
 */
export function judgeModel(matter: Matter, mode: ApprovalMode | undefined): readonly Finding[] {
  const { question, modelVersion } = matter;
  const facts = namesOf(question);
  if (modelVersion === undefined)
    return [{ code: 'model-unknown', facts }, ...stopUses(matter), ...place(matter)];
  return [
    ...offered(matter),
    ...life(matter, modelVersion, mode),
    ...stopUses(matter),
    ...place(matter),
    ...judgeIntendedUse(question, modelVersion),
    ...judgeAttestation(matter),
    ...judgeInput(matter),
  ];
}

/** Viewing calls nothing, so it needs no endpoint. */
function offered({ question, binding }: Matter): readonly Finding[] {
  const isOffered = question.function === 'view' || binding !== undefined;
  return isOffered ? [] : [{ code: 'function-not-offered', facts: namesOf(question) }];
}

/** No study, or one of an unknown site: unknown means deny. */
function place({ question }: Matter): readonly Finding[] {
  if (question.study === undefined)
    return [{ code: 'context-missing', facts: { detail: 'no study is open' } }];
  return question.study.site === undefined ? [{ code: 'site-unknown' }] : [];
}

function life(matter: Matter, known: ModelVersion, mode: ApprovalMode | undefined): readonly Finding[] {
  const facts = namesOf(matter.question);
  const at = judgedAt(matter.question, matter.now);
  const retiredAt = retirement(known);
  if (retiredAt !== undefined && retiredAt <= at) {
    return [
      { code: 'model-retired', facts: { ...facts, ...(retiredAt > 0 && { date: isoDate(retiredAt) }) } },
    ];
  }
  if (known.state === 'acceptance' && mode === 'acceptance') return [];
  const inForce = known.releases.filter(({ from, until }) => from <= at && at < (until ?? Infinity));
  const mayBeReleased = known.state === 'released' || known.state === 'retired';
  if (!mayBeReleased || inForce.length === 0) return [{ code: 'not-released', facts }];
  const site = matter.question.study?.site;
  const isHere =
    site === undefined || inForce.some((release) => release.site === '*' || release.site === site);
  return isHere ? [] : [{ code: 'not-released-at-site', facts: { ...facts, site } }];
}

/** A stored result is judged by the day it was made: a prior stays readable although its version was retired since. */
function judgedAt(question: Question, now: Instant): Instant {
  return question.function === 'view' ? Math.min(question.madeAt ?? now, now) : now;
}

/** When it was retired; a version in state `retired` that does not say when never was in use. */
function retirement(known: ModelVersion): Instant | undefined {
  return known.retiredAt ?? (known.state === 'retired' ? -Infinity : undefined);
}

function stopUses({ question, modelVersion, register, now }: Matter): readonly Finding[] {
  const hit = register.stopUses().find((stop) => isStopped(stop, question, modelVersion, now));
  if (hit === undefined) return [];
  return [{ code: 'stop-use', facts: { ...namesOf(question), date: isoDate(hit.from), detail: hit.reason } }];
}

/** Absent fields match everything. A study whose site is unknown is stopped by any stop-use of a site: in doubt, locked. */
function isStopped(
  stop: StopUse,
  question: Question,
  known: ModelVersion | undefined,
  now: Instant,
): boolean {
  const matches = (wanted: string | undefined, actual: string | undefined): boolean =>
    wanted === undefined || wanted === actual;
  const site = question.study?.site;
  return (
    stop.from <= now &&
    now < (stop.liftedAt ?? Infinity) &&
    matches(stop.model, question.model) &&
    matches(stop.version, question.version) &&
    matches(stop.family, known?.family) &&
    (site === undefined || matches(stop.site, site))
  );
}

/** Images of the caller's only where both the policy and the binding take them; a binding that wants them gets nothing else. */
function judgeInput({ question, binding, register }: Matter): readonly Finding[] {
  if (binding === undefined || question.input === undefined) return [];
  const facts = namesOf(question);
  const wants = (input: InputSource): boolean => binding.input === input;
  if (question.input === 'study') return wants('study') ? [] : [{ code: 'caller-input-missing', facts }];
  const isAllowed = register.policy.callerInputAllowed && wants('caller');
  return isAllowed ? [] : [{ code: 'caller-input-not-allowed', facts }];
}
