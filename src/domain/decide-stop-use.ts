import { datedFacts, NO_FINDINGS, type Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import { isStopping } from './model-file.ts';
import type { Instant, StopUse } from './register.ts';
import { isReleaseInForce } from './release-in-force.ts';

/**
 * Whether a stop-use is in force for the version, its family or the site. Absent fields of it match everything. A study whose
 * site is unknown is stopped by any stop-use of a site: in doubt, locked. In principle, where no site is named, a site that is
 * stopped leaves the others: only where each site at which it is released is stopped, nothing is left. `releasedAt` is the
 * moment for which it must be released.
 */
export function judgeStopUse(matter: Matter, releasedAt: Instant): readonly Finding[] {
  const isAnywhere = matter.question.inPrinciple !== undefined && matter.site === undefined;
  const hit = isAnywhere ? stopOfAllSites(matter, releasedAt) : stopAt(matter, matter.site);
  if (hit === undefined) {
    return isLockedHere(matter) ? [{ code: 'stop-use', facts: namesOf(matter) }] : NO_FINDINGS;
  }
  const facts = { ...namesOf(matter), ...datedFacts(hit.from), detail: hit.reason };
  return [{ code: 'stop-use', facts }];
}

/** Whether whoever decides holds a lock on the endpoint that is not in the register yet, or held it when this was first decided. */
export function isLockedHere(matter: Matter): boolean {
  const { unwritten = [] } = matter.register;
  return matter.question.locked === true || unwritten.some((stop) => isStopped(stop, matter));
}

function stopOfAllSites(matter: Matter, releasedAt: Instant): StopUse | undefined {
  const { modelVersion, register } = matter;
  const general = register.stopUses().find((stop) => stop.site === undefined && isStopped(stop, matter));
  if (general !== undefined || modelVersion === undefined) return general;
  // A release for every site has sites that nobody has listed, so there is always one left.
  const stops = modelVersion.releases
    .filter((release) => isReleaseInForce(modelVersion, release, releasedAt))
    .map(({ site }) => (site === '*' ? undefined : stopAt(matter, site)));
  return stops.includes(undefined) ? undefined : stops[0];
}

/** A register keeps every stop-use there ever was, so this is the longest loop of a decision. */
function stopAt(matter: Matter, site: string | undefined): StopUse | undefined {
  const stops = matter.register.stopUses();
  for (let place = 0; place < stops.length; place += 1) {
    const stop = stops[place];
    if (stop !== undefined && isAt(stop, site) && isStopped(stop, matter)) return stop;
  }
  return undefined;
}

function isAt(stop: StopUse, site: string | undefined): boolean {
  return site === undefined || isOrAny(stop.site, site);
}

/** Whether a stop-use holds for the version now, somewhere. */
function isStopped(stop: StopUse, matter: Matter): boolean {
  return (
    isOrAny(stop.family, matter.modelVersion?.family) &&
    isOrAny(stop.model, matter.question.model) &&
    isOrAny(stop.version, matter.question.version) &&
    isOrAny(stop.endpoint, matter.binding?.baseUrl) &&
    isStopping(stop, matter.now)
  );
}

function isOrAny(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || wanted === actual;
}
