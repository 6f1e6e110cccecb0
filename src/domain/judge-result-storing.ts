import type { StudyContext } from './dicom/study-context.ts';
import type { ModelName, VersionString } from './identifiers.ts';
import { isStopping } from './model-file.ts';
import type { Reason } from './reasons.ts';
import type { Instant, ModelVersion, RegisterSnapshot, RevalidationPlan, StopUse } from './register.ts';
import { isReleaseInForce } from './release-in-force.ts';

/** A result that a machine wants to store. */
export interface ResultToStore {
  readonly model: ModelName;
  readonly version: VersionString;
  readonly studyInstanceUid: string;
  /** Absent where no PACS knows images of it. */
  readonly study: StudyContext | undefined;
}

/**
 * Why results of a version are not taken in now for a study: it is unknown, retired, not released at the site of the study, or stopped. In
 * acceptance those for the studies of its plans are. A stop-use at one of its endpoints stops what it stores, too: which endpoint a
 * machine had it from nobody can tell. For the same reason none are of a version that serves a function whose results are sealed until
 * somebody has co-signed them: stored, they would be seen before. Empty where they are taken in.
 */
export function judgeResultStoring(
  result: ResultToStore,
  register: RegisterSnapshot,
  now: Instant,
): readonly Reason[] {
  const { study } = result;
  if (study === undefined) return ['context-missing'];
  if (study.site === undefined) return ['site-unknown'];
  const known = register.modelVersion(result.model, result.version);
  if (known === undefined) return ['model-unknown'];
  const place = { known, site: study.site, now };
  const stop = register.stopUses().some((one) => isStopped(one, place));
  return [
    ...(stop ? (['stop-use'] as const) : []),
    ...judgeLife(result, register, place),
    ...(wantsCoSignature(known, register) ? (['co-signature-missing'] as const) : []),
  ];
}

function wantsCoSignature({ endpoints }: ModelVersion, { policy: { duties } }: RegisterSnapshot): boolean {
  const sealed = duties.filter(({ coSignature }) => coSignature).map((duty) => duty.function);
  return endpoints.some((endpoint) => sealed.includes(endpoint.function));
}

interface Place {
  readonly known: ModelVersion;
  readonly site: string;
  readonly now: Instant;
}

function isStopped(stop: StopUse, { known, site, now }: Place): boolean {
  return (
    isOrAny(stop.family, known.family) &&
    isOrAny(stop.model, known.model) &&
    isOrAny(stop.version, known.version) &&
    isOrAny(stop.site, site) &&
    isStopping(stop, now)
  );
}

function isOrAny(wanted: string | undefined, actual: string): boolean {
  return wanted === undefined || wanted === actual;
}

/** The plan of a version in acceptance that a study belongs to: then it is a run of an acceptance test. Undefined in use. */
export function planOfResult(
  { model, version, studyInstanceUid }: ResultToStore,
  register: RegisterSnapshot,
): RevalidationPlan | undefined {
  if (register.modelVersion(model, version)?.state !== 'acceptance') return undefined;
  return register.plansFor(model, version).find(({ studies }) => studies.includes(studyInstanceUid));
}

function judgeLife(
  result: ResultToStore,
  register: RegisterSnapshot,
  { known, site, now }: Place,
): readonly Reason[] {
  const { state, retiredAt = Infinity, releases } = known;
  if (state === 'retired' || retiredAt <= now) return ['model-retired'];
  if (state === 'acceptance') return planOfResult(result, register) === undefined ? ['not-released'] : [];
  const inForce = releases.filter((release) => isReleaseInForce(known, release, now));
  if (inForce.some((release) => release.site === '*' || release.site === site)) return [];
  return [inForce.length === 0 ? 'not-released' : 'not-released-at-site'];
}
