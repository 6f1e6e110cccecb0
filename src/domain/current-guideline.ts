import type { Guideline, Instant, RegisterSnapshot } from './register.ts';
import { fold } from './walk-list.ts';

/**
 * The version of a guideline to be acknowledged now: of those signed off by somebody else than who drafted them, the one that came
 * into effect last; of two from the same moment the one that was recorded later. Undefined while none is in effect.
 */
export function currentGuideline(
  register: Pick<RegisterSnapshot, 'guidelineVersions'>,
  id: string,
  now: Instant,
): Guideline | undefined {
  return fold<Guideline, Guideline | undefined>(
    register.guidelineVersions(id),
    undefined,
    (newest, version) =>
      isInEffect(version, now) && effectOf(version) >= effectOf(newest) ? version : newest,
  );
}

function isInEffect(version: Guideline, now: Instant): boolean {
  const { signedBy, signedAt = Infinity } = version;
  const isSigned = signedBy !== undefined && signedBy !== version.draftedBy && signedAt <= now;
  return isSigned && effectOf(version) <= now;
}

/** Never, for one that names no moment. */
function effectOf(version: Guideline | undefined): Instant {
  return version === undefined ? -Infinity : (version.effectiveFrom ?? Infinity);
}
