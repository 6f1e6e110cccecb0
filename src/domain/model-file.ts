import { explainAct } from './act-finding.ts';
import { testersOf } from './act-acceptance.ts';
import { isRunning } from './act-approval.ts';
import { judgeDuty } from './act-authority.ts';
import type { ActOffer } from './act-offer.ts';
import { currentGuideline } from './current-guideline.ts';
import type { PractitionerId } from './identifiers.ts';
import { judgeLife, LIFE_ACTS } from './model-life.ts';
import type {
  AcceptanceTest,
  Approval,
  EndpointBinding,
  Guideline,
  Instant,
  ModelVersion,
  Practitioner,
  RegisterSnapshot,
  RevalidationPlan,
  StopUse,
} from './register.ts';
import type { ModelState } from './words.ts';

/** A stop-use or hold, and whether it is in force. */
export interface StopView {
  readonly stop: StopUse;
  readonly isInForce: boolean;
}

/** A re-validation plan, with the newest result of each of its tests. */
export interface PlanView {
  readonly plan: RevalidationPlan;
  readonly items: readonly {
    readonly id: string;
    readonly title: string;
    readonly newest?: AcceptanceTest;
  }[];
  /** Every test was passed last. */
  readonly isPassed: boolean;
  /** Whoever looks is the one who runs it. */
  readonly isToRun: boolean;
  /** Whoever looks runs it or recorded tests of a plan of this version, and so does not sign the release. */
  readonly isTester: boolean;
}

/** One step of a version's life, as it was taken. */
export interface LifeStep {
  readonly state: ModelState;
  readonly at: Instant;
  /** Practitioners, or administrators with keys. */
  readonly by: readonly string[];
}

/** Everything that the page of a model version shows. */
export interface ModelFile {
  readonly now: Instant;
  readonly modelVersion: ModelVersion;
  /** Entity tag of its record as it stands. */
  readonly etag: string;
  /** In the order of its life; those not yet taken are absent. */
  readonly steps: readonly LifeStep[];
  /** The version of its guideline that is in effect. */
  readonly guideline?: Guideline;
  /** The newest first. */
  readonly plans: readonly PlanView[];
  /** That mean this version; in force first, then the newest. */
  readonly stops: readonly StopView[];
  /** In force. */
  readonly approvals: readonly Approval[];
  /** People who could run a plan, for whoever may approve one. */
  readonly operators: readonly Pick<Practitioner, 'id' | 'name'>[];
  /** Guidelines that a version can name: each by its id, with its newest version. */
  readonly guidelines: readonly Guideline[];
  /** Endpoints that prove no version, and for which nobody has signed where they are. */
  readonly toSign: readonly EndpointBinding[];
  /** Sites that any release names. */
  readonly sites: readonly string[];
  readonly holdHours: number;
  /** Whoever looks may look people up. */
  readonly mayReadPeople: boolean;
  readonly offers: readonly ActOffer[];
  readonly names: Readonly<Record<string, string>>;
}

/**
 * Whether a stop-use is in force at a moment: it has not ended by itself, and is not lifted. It holds as soon as it stands in the
 * register, whatever moment it names: a clock that was ahead delays nothing. One that ends or is lifted at what is no time is in force.
 */
export function isStopping({ until, liftedAt }: Pick<StopUse, 'until' | 'liftedAt'>, now: Instant): boolean {
  const hasEnded = until !== undefined && now >= until;
  const isLifted = liftedAt !== undefined && now >= liftedAt;
  return !hasEnded && !isLifted;
}

/** Whether a stop-use means a version, at some site or at all. */
function isStopOf(
  { model, version, family }: StopUse,
  known: Pick<ModelVersion, 'model' | 'version' | 'family'>,
): boolean {
  const isMeant = (wanted: string | undefined, actual: string): boolean =>
    wanted === undefined || wanted === actual;
  return isMeant(model, known.model) && isMeant(version, known.version) && isMeant(family, known.family);
}

/** Stop-uses that mean a version; in force first, then the newest. */
export function stopsOf(register: RegisterSnapshot, known: ModelVersion, now: Instant): readonly StopView[] {
  return register
    .stopUses()
    .filter((stop) => isStopOf(stop, known))
    .map((stop) => ({ stop, isInForce: isStopping(stop, now) }))
    .toSorted((a, b) => Number(b.isInForce) - Number(a.isInForce) || b.stop.from - a.stop.from);
}

/** Plans of a version, the newest first, as somebody sees them who may be the one to run them. */
export function plansOf(
  register: RegisterSnapshot,
  { model, version }: Pick<ModelVersion, 'model' | 'version'>,
  viewer: PractitionerId,
): readonly PlanView[] {
  return register
    .plansFor(model, version)
    .map((plan) => {
      const tests = register.acceptanceTestsOf(plan.id);
      const items = plan.script.map((item) => {
        const newest = tests.findLast((test) => test.item === item.id);
        return { ...item, ...(newest === undefined ? {} : { newest }) };
      });
      return {
        plan,
        items,
        isPassed: items.every(
          ({ newest }) => newest?.result === 'pass' && newest.recordedBy === plan.operator,
        ),
        isToRun: plan.operator === viewer,
        isTester: testersOf(plan, register).has(viewer),
      };
    })
    .toSorted((a, b) => b.plan.approvedAt - a.plan.approvedAt);
}

/** Approvals for exactly this version that are in force. */
export function approvalsInForce(
  register: RegisterSnapshot,
  { model, version }: Pick<ModelVersion, 'model' | 'version'>,
  now: Instant,
): readonly Approval[] {
  return register.approvalsOfVersion(model, version).filter((one) => isRunning(one, now));
}

/** People who are in a position to record acceptance tests, but for whoever approves the plan. */
export function possibleOperators(
  register: RegisterSnapshot,
  approver: PractitionerId,
  now: Instant,
): ModelFile['operators'] {
  return register
    .practitioners()
    .filter((person) => person.id !== approver)
    .filter(
      (person) =>
        judgeDuty({ act: 'record-acceptance-test', person, seat: 'first' }, register, now).length === 0,
    )
    .map(({ id, name }) => ({ id, name }))
    .toSorted((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
}

/** What stands against an act from the state that a version is in, beside what stands against it from who asks. */
export function offerInLife(offer: ActOffer, known: ModelVersion): ActOffer {
  const name = LIFE_ACTS.find((act) => act === offer.act);
  if (name === undefined) return offer;
  return { ...offer, reasons: [...explainAct(judgeLife(name, known)), ...offer.reasons] };
}

/** Sites that any release in the register names, but for the word for all of them. */
export function knownSites(register: RegisterSnapshot): readonly string[] {
  const named = register.modelVersions().flatMap(({ releases }) => releases.map(({ site }) => site));
  return [...new Set(named)].filter((site) => site !== '*').toSorted();
}

/** One version of each guideline: the one in effect, or the newest while none is. */
export function guidelinesToName(register: RegisterSnapshot, now: Instant): readonly Guideline[] {
  return newestVersions(register).map((newest) => currentGuideline(register, newest.id, now) ?? newest);
}

/** The version of each guideline that was recorded last, in the order of their ids. */
export function newestVersions(register: RegisterSnapshot): readonly Guideline[] {
  const ids = [...new Set(register.guidelines().map(({ id }) => id))].toSorted();
  return ids.flatMap((id) => register.guidelineVersions(id).slice(-1));
}
