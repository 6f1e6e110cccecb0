import type {
  AcceptanceTest,
  Guideline,
  Instant,
  ModelVersion,
  RevalidationPlan,
  StopUse,
} from '../domain/register.ts';
import { GATEWAY } from '../domain/endpoint-lock.ts';
import type { DraftFault } from '../flows/ports-register.ts';
import type { Outlook } from './outlook.ts';
import { faultsIn, unknownPeople, type Fault } from './record-fault.ts';

/** People, plans and guidelines that a version names and that are not in the register. */
export function modelReferences(known: ModelVersion, outlook: Outlook): readonly DraftFault[] {
  const fault = faultsIn('model-version', `${known.model}@${known.version}`);
  const { endpoints, guideline, releases } = known;
  const isLost =
    guideline !== undefined &&
    outlook.keepsGuideline(guideline.id) &&
    outlook.find('guideline', `${guideline.id}@${guideline.version}`) === undefined;
  return [
    ...(isLost ? [fault('guideline', `${guideline.id} has no version ${guideline.version}`)] : []),
    ...unknownPeople(
      releases.map(({ signedBy }, place) => [`releases.${String(place)}.signedBy`, signedBy] as const),
      outlook,
      fault,
    ),
    ...unknownPeople(
      endpoints.map(
        ({ nameOnly }, place) => [`endpoints.${String(place)}.nameOnly`, nameOnly?.signedBy] as const,
      ),
      outlook,
      fault,
    ),
    ...releases.flatMap((release, place) =>
      releasePlan(known, { ...release, field: `releases.${String(place)}` }, { outlook, fault }),
    ),
  ];
}

type Placed = ModelVersion['releases'][number] & { readonly field: string };

/** Who ran the tests does not sign the release that rests on them. */
function releasePlan(
  { model, version }: ModelVersion,
  { plan, signedBy, field }: Placed,
  { outlook, fault }: { readonly outlook: Outlook; readonly fault: Fault },
): readonly DraftFault[] {
  if (plan === undefined) return [];
  const known = outlook.find('plan', plan);
  if (known?.model !== model || known.version !== version) {
    return [fault(`${field}.plan`, `there is no plan ${plan} for this version`)];
  }
  return known.operator === signedBy
    ? [fault(`${field}.signedBy`, 'a release is signed by somebody who did not run its tests')]
    : [];
}

/** Versions and people that a plan names and that are not in the register. */
export function planReferences(plan: RevalidationPlan, outlook: Outlook): readonly DraftFault[] {
  const fault = faultsIn('plan', plan.id);
  const { model, version, operator, approvedBy } = plan;
  const named = [
    ['operator', operator],
    ['approvedBy', approvedBy],
  ] as const;
  const isKnown = outlook.find('model-version', `${model}@${version}`) !== undefined;
  return [
    ...unknownPeople(named, outlook, fault),
    ...(isKnown ? [] : [fault('version', `${model} ${version} is not in the register`)]),
  ];
}

/** Whether a test is one of its plan's, done by whom the plan names. */
export function testReferences(test: AcceptanceTest, outlook: Outlook): readonly DraftFault[] {
  const fault = faultsIn('acceptance-test', test.id);
  const plan = outlook.find('plan', test.plan);
  if (plan === undefined) return [fault('plan', `there is no plan ${test.plan}`)];
  return [
    ...(plan.script.some(({ id }) => id === test.item)
      ? []
      : [fault('item', `${test.item} is no test of ${plan.id}`)]),
    ...(plan.operator === test.recordedBy
      ? []
      : [fault('recordedBy', `the operator of ${plan.id} is somebody else`)]),
  ];
}

/** What a test that is written now says against the clock and its plan. */
export function testContents(
  test: AcceptanceTest,
  outlook: Outlook,
  { now }: { readonly now: Instant },
): readonly DraftFault[] {
  const fault = faultsIn('acceptance-test', test.id);
  if (test.happenedAt > now) return [fault('happenedAt', 'has not happened yet')];
  const approvedAt = outlook.find('plan', test.plan)?.approvedAt ?? -Infinity;
  return test.happenedAt < approvedAt ? [fault('happenedAt', 'is before the plan was approved')] : [];
}

/** People whom a guideline names and who are not in the register. */
export function guidelineReferences(guideline: Guideline, outlook: Outlook): readonly DraftFault[] {
  const { id, version, draftedBy, signedBy, reviews, comments } = guideline;
  const named = [
    ['draftedBy', draftedBy] as const,
    ['signedBy', signedBy] as const,
    ...reviews.map(({ by }, place) => [`reviews.${String(place)}.by`, by] as const),
    ...comments.map(({ by }, place) => [`comments.${String(place)}.by`, by] as const),
  ];
  return unknownPeople(named, outlook, faultsIn('guideline', `${id}@${version}`));
}

/** Whether a stop-use means a version that is known, on the word of somebody who is. */
export function stopUseReferences(stop: StopUse, outlook: Outlook): readonly DraftFault[] {
  const fault = faultsIn('stop-use', stop.id);
  const namesModel = stop.model !== undefined || stop.family !== undefined;
  const isMeant = !namesModel || outlook.modelVersions().some((known) => isCovered(known, stop));
  return [
    ...(isMeant ? [] : [fault('model', 'no version in the register is meant by this')]),
    ...(stop.by === GATEWAY ? [] : unknownPeople([['by', stop.by]], outlook, fault)),
  ];
}

/** What a stop-use that is written now says of those who lifted it. Where it was lifted long ago they may have left since. */
export function stopUseContents({ id, liftedBy = [] }: StopUse, outlook: Outlook): readonly DraftFault[] {
  const named = liftedBy.map((one, place) => [`liftedBy.${String(place)}`, one] as const);
  return unknownPeople(named, outlook, faultsIn('stop-use', id));
}

function isCovered(known: ModelVersion, { model, version, family }: StopUse): boolean {
  const matches = (wanted: string | undefined, actual: string): boolean =>
    wanted === undefined || wanted === actual;
  return matches(model, known.model) && matches(version, known.version) && matches(family, known.family);
}
