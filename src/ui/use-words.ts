import type { IntendedUse } from '../domain/register.ts';

type Bounds = readonly [least: number | undefined, most: number | undefined];

/** What a version may be used on, in words. */
export function useText(use: IntendedUse): string {
  const { modalities, bodyParts, sopClassUids } = use;
  const parts = [
    ...[modalities, bodyParts].map((codes) => codes?.join(', ')),
    agesText(use),
    ...seriesTexts(use),
    sopClassUids?.join(', '),
  ];
  return parts.filter((part) => part !== undefined).join('; ') || 'The vendor states no limit';
}

function agesText({ minAgeYears, maxAgeYears }: IntendedUse): string | undefined {
  if (minAgeYears === undefined) return maxAgeYears === undefined ? undefined : `under ${maxAgeYears} years`;
  return maxAgeYears === undefined
    ? `from ${minAgeYears} years`
    : `from ${minAgeYears} to under ${maxAgeYears} years`;
}

function seriesTexts(use: IntendedUse): readonly (string | undefined)[] {
  return [
    spanText('slices', [use.minSliceThicknessMm, use.maxSliceThicknessMm], 'mm'),
    spanText('tube', [use.minKvp, use.maxKvp], 'kV'),
    use.orientations?.join(', '),
    use.burnedInAnnotation && 'no burned-in text',
    use.derivedImages && 'original images only',
  ];
}

function spanText(of: string, [least, most]: Bounds, unit: string): string | undefined {
  if (least === undefined) return most === undefined ? undefined : `${of} up to ${most} ${unit}`;
  return most === undefined ? `${of} from ${least} ${unit}` : `${of} ${least} to ${most} ${unit}`;
}
