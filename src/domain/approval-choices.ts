import type { ActOffer } from './act-offer.ts';
import { isRunning } from './act-approval.ts';
import { judgeSupervision } from './act-supervision.ts';
import type { ModelName, PractitionerId, VersionString } from './identifiers.ts';
import type { ApprovalOverview } from './profile.ts';
import type {
  Approval,
  Instant,
  ModelVersion,
  Practitioner,
  RegisterSnapshot,
  RevalidationPlan,
} from './register.ts';
import type { AiFunction } from './words.ts';

/** A person who may supervise the use of a version, and for which functions. */
export interface PossibleSupervisor {
  readonly id: PractitionerId;
  readonly name: string;
  readonly functions: readonly AiFunction[];
}

/** What there is to choose from when a person is approved for a version. */
export interface ApprovalChoices {
  readonly now: Instant;
  readonly practitioner: Practitioner;
  readonly versions: readonly VersionChoice[];
  /** Once a version is chosen. */
  readonly chosen?: {
    readonly modelVersion: ModelVersion;
    readonly functions: readonly AiFunction[];
    readonly supervisors: readonly PossibleSupervisor[];
    /** Its re-validation plans that this person is to run. */
    readonly plans: readonly RevalidationPlan[];
    /** What the person holds for it already, and still can use or will. */
    readonly held: readonly Approval[];
  };
  readonly offer: ActOffer;
}

/** A model version to choose. */
export interface VersionChoice {
  readonly model: ModelName;
  readonly version: VersionString;
  readonly title: string;
  readonly state: ModelVersion['state'];
}

/** One approval of a person, as it stands. */
export interface ApprovalRecord extends ApprovalOverview {
  readonly practitioner: Practitioner;
  /** Entity tag of the record as it stands. */
  readonly etag: string;
  readonly names: Readonly<Record<string, string>>;
  readonly offer: ActOffer;
}

/** Approvals of one version, which another version can take over. */
export interface CarryOver {
  readonly now: Instant;
  /** Versions with others of the same model beside them that somebody is approved for at the moment, and how many people are. */
  readonly sources: readonly (VersionChoice & { readonly people: number })[];
  /** Once the earlier version is chosen. */
  readonly chosen?: {
    readonly from: VersionChoice;
    /** The other versions of the same model, retired ones left out. */
    readonly targets: readonly VersionChoice[];
    readonly approvals: readonly { readonly approval: Approval; readonly name: string }[];
  };
  readonly offer: ActOffer;
}

/** Versions that somebody can be approved for, by title: every one that is not retired. */
export function versionChoices(register: RegisterSnapshot): readonly VersionChoice[] {
  return register
    .modelVersions()
    .filter(({ state }) => state !== 'retired')
    .map(choiceOf)
    .toSorted((a, b) => compare(a.title, b.title) || compare(a.version, b.version));
}

function choiceOf({ model, version, title, state }: ModelVersion): VersionChoice {
  return { model, version, title, state };
}

/**
 * People who could supervise somebody with this version from now on, and for which functions: those who hold independent approvals for
 * it and are not supervised by the person in turn. The register decides again when the approval is granted.
 */
export function possibleSupervisors(
  register: RegisterSnapshot,
  { model, version }: Pick<ModelVersion, 'model' | 'version'>,
  asked: { readonly forPerson: PractitionerId; readonly now: Instant },
): readonly PossibleSupervisor[] {
  const { forPerson: practitioner, now } = asked;
  const independent = register
    .approvalsOfVersion(model, version)
    .filter((one) => one.mode === 'independent' && isRunning(one, now));
  return [...Map.groupBy(independent, (one) => one.practitioner)]
    .flatMap(([supervisor, approvals]) => {
      const functions = [...new Set(approvals.flatMap((one) => one.functions))];
      const draft = { practitioner, model, version, functions, from: now, until: Infinity, supervisor };
      const name = register.practitioner(supervisor)?.name;
      if (name === undefined || judgeSupervision(draft, { register, now }).length > 0) return [];
      return [{ id: supervisor, name, functions }];
    })
    .toSorted((a, b) => compare(a.name, b.name));
}

/**
 * What there is to carry over, and where to. Neither whoever asks carries over their own, nor is what was for an acceptance. An unknown
 * version is no choice.
 */
export function carryOverOf(
  register: RegisterSnapshot,
  chosen: Pick<ModelVersion, 'model' | 'version'> | undefined,
  asked: { readonly actor: PractitionerId; readonly now: Instant },
): Pick<CarryOver, 'sources' | 'chosen'> {
  const carried = (known: ModelVersion): readonly Approval[] =>
    register
      .approvalsOfVersion(known.model, known.version)
      .filter((one) => isRunning(one, asked.now) && one.mode !== 'acceptance')
      .filter(({ practitioner }) => practitioner !== asked.actor);
  const targetsOf = ({ model, version }: VersionChoice): readonly VersionChoice[] =>
    versionChoices(register).filter((other) => other.model === model && other.version !== version);
  const sources = register.modelVersions().flatMap((known) => {
    if (targetsOf(known).length === 0) return [];
    const people = new Set(carried(known).map(({ practitioner }) => practitioner)).size;
    return people === 0 ? [] : [{ ...choiceOf(known), people }];
  });
  const from = chosen === undefined ? undefined : register.modelVersion(chosen.model, chosen.version);
  if (from === undefined) return { sources };
  const approvals = carried(from).map((approval) => ({
    approval,
    name: register.practitioner(approval.practitioner)?.name ?? approval.practitioner,
  }));
  const byName = approvals.toSorted((a, b) => compare(a.name, b.name));
  return { sources, chosen: { from: choiceOf(from), targets: targetsOf(from), approvals: byName } };
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
