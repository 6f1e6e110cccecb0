import type { Guideline, Instant, RegisterSnapshot } from './register.ts';

/**
 * The version of a guideline to be acknowledged now: of those signed off by somebody else than who drafted them, the one that came
 * into effect last; of two from the same moment the one that was recorded later. Undefined while none is in effect.
 */
export function currentGuideline(
  register: Pick<RegisterSnapshot, 'guidelineVersions'>,
  id: string,
  now: Instant,
): Guideline | undefined {
  const versions = register.guidelineVersions(id);
  let newest: Guideline | undefined;
  for (let place = 0; place < versions.length; place += 1) {
    const version = versions[place];
    const isNewer =
      version !== undefined && isInEffect(version, now) && effectOf(version) >= effectOf(newest);
    if (isNewer) newest = version;
  }
  return newest;
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
