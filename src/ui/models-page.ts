import type { ListedVersion, ModelList } from '../domain/model-list.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { Instant, ModelVersion } from '../domain/register.ts';
import { dayText } from './day-words.ts';
import { functionText, type Tag } from './plain-words.ts';
import type { WayOut } from './problem-page.ts';
import { isOpen } from './profile-page.ts';
import { actDoneText, modelStateTag } from './register-words.ts';
import { stopRow, type StopRow } from './stop-rows.ts';

/** One line of the list of model versions. */
export interface ModelLine {
  readonly title: string;
  readonly version: string;
  readonly href: string;
  readonly functions: string;
  readonly state: Tag;
  readonly sites: string;
  readonly approved: number;
  /** What is stopped, if its use is. */
  readonly stopped?: string;
  /** That its guideline is due for review. */
  readonly review?: string;
}

/** The page with all model versions. */
export interface ModelsPage {
  readonly done?: string;
  readonly stops: readonly StopRow[];
  readonly families: readonly { readonly family: string; readonly rows: readonly ModelLine[] }[];
  readonly total: number;
  readonly actions: readonly WayOut[];
  /** What signing in more strongly would open. */
  readonly confirm?: WayOut;
}

interface Shown {
  readonly timeZone: string;
  readonly done: RegisterActName | undefined;
  readonly confirm: WayOut | undefined;
}

/** The address of a version's page. */
export function modelHref({ model, version }: Pick<ModelVersion, 'model' | 'version'>): string {
  return `/me/register/models/${encodeURIComponent(model)}/${encodeURIComponent(version)}`;
}

/** Sites in words; `*` is every site. */
export function sitesText(sites: readonly string[]): string {
  return sites.includes('*') ? 'Every site' : sites.join(', ');
}

/** Turns the list of model versions into what the template shows. */
export function modelsPage(list: ModelList, { timeZone, done, confirm }: Shown): ModelsPage {
  const { versions, stops, offers, names } = list;
  const mayLift = isOpen(offers, 'lift-stop-use');
  return {
    ...(done === undefined ? {} : { done: actDoneText(done) }),
    stops: stops.map((stop) => stopRow(stop, { names, timeZone, isInForce: true, mayLift })),
    families: [...Map.groupBy(versions, ({ modelVersion }) => modelVersion.family)].map(
      ([family, listed]) => ({
        family,
        rows: listed.map((one) => modelLine(one, list.now, timeZone)),
      }),
    ),
    total: versions.length,
    actions: isOpen(offers, 'register-model')
      ? [{ text: 'Register a version', href: '/me/register/models/new' }]
      : [],
    ...(confirm === undefined ? {} : { confirm }),
  };
}

function modelLine(
  { modelVersion, sites, stops, approved, review }: ListedVersion,
  now: Instant,
  timeZone: string,
): ModelLine {
  const { title, model, version, state, endpoints } = modelVersion;
  const stopped = stops.map(({ site, until }) => {
    const what = until === undefined ? 'Stop-use' : 'Hold';
    return site === undefined ? `${what} in force` : `${what} in force at ${site}`;
  });
  return {
    title,
    version: `${model} ${version}`,
    href: modelHref(modelVersion),
    functions: endpoints.map((endpoint) => functionText(endpoint.function)).join(', '),
    state: modelStateTag(state),
    sites: sitesText(sites),
    approved,
    ...(stopped.length === 0 ? {} : { stopped: [...new Set(stopped)].join('; ') }),
    ...(review === undefined
      ? {}
      : {
          review: `Review of its guideline ${review.dueAt <= now ? 'was due' : 'due'} ${dayText(review.dueAt, timeZone)}`,
        }),
  };
}
