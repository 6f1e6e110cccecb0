import type { StopUse } from '../domain/register.ts';
import { momentOfMilliseconds, type Moment } from './plain-time.ts';

/** A stop-use or hold in words. */
export interface StopRow {
  /** What is stopped: `Every version of the family lung-ct, at general`. */
  readonly target: string;
  readonly isHold: boolean;
  readonly since: Moment;
  /** When it ends by itself. */
  readonly until?: Moment;
  readonly by: string;
  readonly reason: string;
  readonly isInForce: boolean;
  /** When, by whom and why it was lifted. */
  readonly lifted?: string;
  readonly liftHref?: string;
}

interface Shown {
  readonly names: Readonly<Record<string, string>>;
  readonly timeZone: string;
  readonly isInForce: boolean;
  readonly mayLift: boolean;
}

/** What a stop-use stops, in words. */
export function targetText({ model, version, family, site, endpoint }: StopUse): string {
  const place = site ?? endpoint;
  const at = place === undefined ? '' : `, at ${place}`;
  if (model !== undefined) return `${model} ${version ?? '(every version)'}${at}`;
  if (family !== undefined) return `Every version of the family ${family}${at}`;
  return site === undefined ? 'Every model' : `Every model at ${site}`;
}

/** A stop-use as one entry of a list. */
export function stopRow(stop: StopUse, { names, timeZone, isInForce, mayLift }: Shown): StopRow {
  return {
    target: targetText(stop),
    isHold: stop.until !== undefined,
    since: momentOfMilliseconds(stop.from, timeZone),
    ...(stop.until === undefined ? {} : { until: momentOfMilliseconds(stop.until, timeZone) }),
    // Only the gateway's own locks name an endpoint.
    by: stop.endpoint === undefined ? (names[stop.by] ?? stop.by) : 'Countersign itself',
    reason: stop.reason,
    isInForce,
    ...liftedOf(stop, names, timeZone),
    ...(isInForce && mayLift
      ? { liftHref: `/me/register/stop-uses/${encodeURIComponent(stop.id)}/lift` }
      : {}),
  };
}

function liftedOf(
  { liftedAt, liftedBy = [], liftedBecause }: StopUse,
  names: Readonly<Record<string, string>>,
  timeZone: string,
): { readonly lifted?: string } {
  if (liftedAt === undefined) return {};
  const by = liftedBy.map((id) => names[id] ?? id).join(', ');
  const because = liftedBecause === undefined ? '' : `: ${liftedBecause}`;
  return { lifted: `Lifted ${momentOfMilliseconds(liftedAt, timeZone).text} by ${by}${because}` };
}
