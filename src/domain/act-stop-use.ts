import type { ActFinding } from './act-finding.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { GATEWAY } from './endpoint-lock.ts';
import { isStopping } from './model-file.ts';
import { recordText, stopUseText } from './record-text.ts';
import type { Instant, ModelVersion, RegisterSnapshot, StopUse } from './register.ts';

type Stopping = ActNamed<'stop-use'> | ActNamed<'hold-model'>;
type Target = Pick<StopUse, 'model' | 'version' | 'family' | 'site'>;

const HOUR_MS = 3_600_000;

/** Stopping the use of a version, a family or a site; an operator's hold, which ends by itself; and lifting either. */
export const STOP_USE_OUTLINES: ActOutlines<'stop-use' | 'hold-model' | 'lift-stop-use'> = {
  'stop-use': outlineStop,
  'hold-model': outlineHold,
  'lift-stop-use': outlineLifting,
};

function outlineStop(act: ActNamed<'stop-use'>, matter: ActMatter): ActOutline {
  const own = ownInForce(matter).filter((one) => one.until === undefined && isSameTarget(one, act));
  const isKnown = own.length > 0;
  return {
    findings: [
      ...judgeTarget(act, matter.register),
      ...(isKnown ? [{ code: 'exists-already', facts: { detail: 'a stop-use of yours' } } as const] : []),
    ],
    changes: [stopDraft(act, matter)],
  };
}

/**
 * A hold lasts for hours, and gives somebody else time to look. One operator does not make it last by holding again: not while one of
 * theirs holds the same, nor for as long again after it. A wider one ends when the narrower would have.
 */
function outlineHold(act: ActNamed<'hold-model'>, matter: ActMatter): ActOutline {
  const { actor, register, now } = matter;
  const lengthMs = register.policy.holdHours * HOUR_MS;
  const recent = register
    .stopUses()
    .filter((one) => one.by === actor.id && one.until !== undefined && endOf(one) > now - lengthMs)
    .filter((one) => overlaps(one, act, register));
  const isRepeated = recent.some((one) => endOf(one) <= now || covers(one, act, register));
  // By a clock that is behind it would be over before the others see it.
  const begins = Math.max(now, register.recordedAt ?? now);
  const until = Math.min(begins + lengthMs, ...recent.map(endOf));
  const detail = `${String(register.policy.holdHours)} hours`;
  return {
    findings: [
      ...judgeTarget(act, register),
      ...(isRepeated ? [{ code: 'hold-repeated', facts: { detail } } as const] : []),
    ],
    changes: [stopDraft(act, matter, until)],
  };
}

/** Whoever asks for it stands in the record; whoever confirms it, in the register's own history. */
function outlineLifting(act: ActNamed<'lift-stop-use'>, { actor, register, now }: ActMatter): ActOutline {
  const stop = register.stopUses().find(({ id }) => id === act.id);
  if (stop === undefined)
    return nothingBut({ code: 'unknown-record', facts: { detail: `stop-use ${act.id}` } });
  const lifted = { ...stop, liftedAt: now, liftedBy: [actor.id], liftedBecause: act.reason };
  const isOver = !isStopping(stop, now);
  return {
    findings: isOver ? [{ code: 'stop-use-over', facts: { detail: act.id } }] : judgeDated(stop.from, now),
    changes: [{ kind: 'stop-use', id: act.id, record: stopUseText(lifted) }],
    // Whoever looked at the endpoint does not say alone that it is right again.
    ...(stop.by === GATEWAY ? { takesTwo: true } : {}),
  };
}

/** A lifting follows what it lifts. What a clock dated ahead is in force all the same, and stays so until then. */
export function judgeDated(since: Instant, now: Instant): readonly ActFinding[] {
  if (since < now) return [];
  const detail =
    'what it would lift is dated later than now, because a clock was ahead; wait until then, or have two administrators take it back with their keys';
  return [{ code: 'dates-in-disorder', facts: { detail } }];
}

/** When it ended or will end: lifted, or by itself. */
function endOf({ until = Infinity, liftedAt = Infinity }: StopUse): Instant {
  return Math.min(until, liftedAt);
}

function stopDraft(
  act: Stopping,
  { actor, now, newId }: ActMatter,
  until?: Instant,
): ActOutline['changes'][number] {
  const id = `S-${newId()}`;
  const { act: _name, ...said } = act;
  return {
    kind: 'stop-use',
    id,
    record: recordText({ id, ...said, by: actor.id, from: now, until }, ['from', 'until']),
  };
}

function judgeTarget(target: Target, register: RegisterSnapshot): readonly ActFinding[] {
  const { model, version, family, site } = target;
  const named = [model, version, family].filter((one) => one !== undefined);
  if (named.length === 0) return site === undefined ? [{ code: 'target-missing' }] : [];
  if (covered(target, register).length > 0) return [];
  return [{ code: 'unknown-model-version', facts: { model: named.join(' ') } }];
}

function ownInForce({ actor, register, now }: ActMatter): readonly StopUse[] {
  return register.stopUses().filter((one) => one.by === actor.id && endOf(one) > now);
}

function isSameTarget(one: Target, other: Target): boolean {
  return (['model', 'version', 'family', 'site'] as const).every((name) => one[name] === other[name]);
}

/** Versions of the register that a target means. */
function covered({ model, version, family }: Target, register: RegisterSnapshot): readonly ModelVersion[] {
  const isMeant = (wanted: string | undefined, actual: string): boolean =>
    wanted === undefined || wanted === actual;
  return register
    .modelVersions()
    .filter(
      (known) =>
        isMeant(model, known.model) && isMeant(version, known.version) && isMeant(family, known.family),
    );
}

function covers(wide: Target, narrow: Target, register: RegisterSnapshot): boolean {
  const isAtSite = wide.site === undefined || wide.site === narrow.site;
  const meant = covered(wide, register);
  return isAtSite && covered(narrow, register).every((known) => meant.includes(known));
}

function overlaps(one: Target, other: Target, register: RegisterSnapshot): boolean {
  const isAtSite = one.site === undefined || other.site === undefined || one.site === other.site;
  const meant = covered(one, register);
  return isAtSite && covered(other, register).some((known) => meant.includes(known));
}
