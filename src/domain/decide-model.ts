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
  const retired = retirement(known);
  if (retired !== undefined && retired.at <= at) {
    return [{ code: 'model-retired', facts: { ...facts, ...retired.facts } }];
  }
  if (known.state === 'acceptance' && mode === 'acceptance') return [];
  const inForce = releasesAt(known, at);
  if (inForce.length === 0) return [{ code: 'not-released', facts }];
  return isReleasedAt(inForce, matter.question.study?.site) ? [] : [{ code: 'not-released-at-site', facts }];
}

/** Where the site is unknown, `site-unknown` says what is wrong. */
function isReleasedAt(releases: ModelVersion['releases'], site: string | undefined): boolean {
  return site === undefined || releases.some((release) => release.site === '*' || release.site === site);
}

function releasesAt(known: ModelVersion, at: Instant): ModelVersion['releases'] {
  if (known.state !== 'released' && known.state !== 'retired') return [];
  return known.releases.filter(({ from, until = Infinity }) => from <= at && at < until);
}

/** A stored result is judged by the day it was made: a prior stays readable although its version was retired since. */
function judgedAt(question: Question, now: Instant): Instant {
  return question.function === 'view' ? Math.min(question.madeAt ?? now, now) : now;
}

/** A version in state `retired` that does not say since when counts as never having been in use. */
function retirement(
  known: ModelVersion,
): { readonly at: Instant; readonly facts: { readonly date?: string } } | undefined {
  if (known.retiredAt !== undefined)
    return { at: known.retiredAt, facts: { date: isoDate(known.retiredAt) } };
  return known.state === 'retired' ? { at: -Infinity, facts: {} } : undefined;
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
  if (now < stop.from || now >= (stop.liftedAt ?? Infinity)) return false;
  const site = question.study?.site;
  const pairs: readonly (readonly [wanted: string | undefined, actual: string | undefined])[] = [
    [stop.model, question.model],
    [stop.version, question.version],
    [stop.family, known?.family],
    [site === undefined ? undefined : stop.site, site],
  ];
  return pairs.every(([wanted, actual]) => wanted === undefined || wanted === actual);
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
