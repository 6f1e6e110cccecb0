import type { SeriesFacts, Span } from './dicom/series-facts.ts';
import type { StudyContext } from './dicom/study-context.ts';
import { NO_FINDINGS, type Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import type { Reason } from './reasons.ts';
import type { IntendedUse } from './register.ts';

/** Whether a version states limits that only the images of a series tell; for the others nothing more is asked of a PACS. */
export function statesSeriesLimits(use: IntendedUse): boolean {
  return LIMITS.some(({ of }) => of(use) !== undefined);
}

/** Whether it states anything that one series alone can be held against, where a call names one. */
export function limitsOneSeries(use: IntendedUse): boolean {
  return use.modalities !== undefined || statesSeriesLimits(use);
}

/**
 * Whether one series of the study, of a modality that the version takes, is within all that the vendor states of its images: slice
 * thickness, kilovoltage, orientation, burned-in text, derived images. One series must fit them all; two that fit a half each are no input.
 * Where no series fits and the PACS leaves out what would tell, it is `context-missing`. What is only viewed was made of it already.
 */
export function judgeSeries(matter: Matter, use: IntendedUse): readonly Finding[] {
  const { question, study } = matter;
  if (study === undefined || question.function === 'view') return NO_FINDINGS;
  const stated = statedLimits(use);
  if (stated.length === 0) return NO_FINDINGS;
  const candidates = candidatesOf(study, use);
  if (candidates.length === 0) return [missing('series')];
  const tried = candidates.map((series) => stated.map((limit) => ({ limit, fit: limit.fit(series) })));
  if (tried.some((fits) => fits.every(({ fit }) => fit === 'fits'))) return NO_FINDINGS;
  const lone = stated.flatMap((limit) => loneFinding(matter, limit, candidates));
  return lone.length > 0 ? lone : [noneFits(matter, tried)];
}

/** Series of a modality that the version takes; all of them where it takes any. */
function candidatesOf({ series = [] }: StudyContext, { modalities }: IntendedUse): readonly SeriesFacts[] {
  return series.filter(({ modality }) => modalities?.includes(modality) ?? true);
}

type Fit = 'fits' | 'outside' | 'unknown';

/** A limit as one vendor states it. */
interface Stated {
  /** What the version is meant for, in words. */
  readonly meant: string;
  readonly fit: (series: SeriesFacts) => Fit;
}

interface Named {
  readonly code: Reason;
  /** What the PACS leaves out, where it does. */
  readonly name: string;
}

const LIMITS: readonly (Named & { readonly of: (use: IntendedUse) => Stated | undefined })[] = [
  {
    code: 'slice-thickness-outside-use',
    name: 'slice thickness',
    of: ({ minSliceThicknessMm: least, maxSliceThicknessMm: most }) =>
      spanLimit({ least, most, unit: 'mm' }, ({ sliceThicknessMm }) => sliceThicknessMm),
  },
  {
    code: 'kvp-outside-use',
    name: 'kilovoltage',
    of: ({ minKvp: least, maxKvp: most }) => spanLimit({ least, most, unit: 'kV' }, ({ kvp }) => kvp),
  },
  {
    code: 'orientation-outside-use',
    name: 'orientation',
    of: ({ orientations }) =>
      orientations && {
        meant: `meant for ${orientations.join(', ')}`,
        fit: ({ orientation }) => fitOf(orientation, (is) => orientations.some((one) => one === is)),
      },
  },
  {
    code: 'burned-in-text-outside-use',
    name: 'burned-in text',
    of: ({ burnedInAnnotation }) =>
      burnedInAnnotation && {
        meant: 'meant for images without',
        fit: ({ burnedIn }) => fitOf(burnedIn, (is) => !is),
      },
  },
  {
    code: 'derived-images-outside-use',
    name: 'image type',
    of: ({ derivedImages }) =>
      derivedImages && {
        meant: 'meant for original images',
        fit: ({ derived }) => fitOf(derived, (is) => !is),
      },
  },
];

function statedLimits(use: IntendedUse): readonly (Named & Stated)[] {
  return LIMITS.flatMap(({ of, code, name }) => {
    const stated = of(use);
    return stated === undefined ? [] : [{ code, name, ...stated }];
  });
}

/** What the PACS leaves out is not known. */
function fitOf<T>(said: T | undefined, isInside: (said: T) => boolean): Fit {
  if (said === undefined) return 'unknown';
  return isInside(said) ? 'fits' : 'outside';
}

interface Bounds {
  readonly least: number | undefined;
  readonly most: number | undefined;
  readonly unit: string;
}

/** Both ends are part of the use. */
function spanLimit(bounds: Bounds, of: (series: SeriesFacts) => Span | undefined): Stated | undefined {
  const { least = -Infinity, most = Infinity } = bounds;
  if (least === -Infinity && most === Infinity) return undefined;
  return {
    meant: boundsText(bounds),
    fit: (series) => fitOf(of(series), ({ min, max }) => min >= least && max <= most),
  };
}

function boundsText({ least, most, unit }: Bounds): string {
  if (least === undefined) return `meant for up to ${String(most)} ${unit}`;
  if (most === undefined) return `meant from ${String(least)} ${unit}`;
  return `meant for ${String(least)} to ${String(most)} ${unit}`;
}

/** A limit that no series is within. Where one series does not say, that one may be. */
function loneFinding(
  matter: Matter,
  { code, name, meant, fit }: Named & Stated,
  candidates: readonly SeriesFacts[],
): readonly Finding[] {
  const fits = candidates.map(fit);
  if (fits.includes('fits')) return NO_FINDINGS;
  if (fits.includes('unknown')) return [missing(name)];
  return [{ code, facts: { ...namesOf(matter), detail: meant } }];
}

function missing(detail: string): Finding {
  return { code: 'context-missing', facts: { detail } };
}

type Tried = readonly (readonly { readonly limit: Named; readonly fit: Fit }[])[];

/** Each limit is met by some series, and no series meets all. */
function noneFits(matter: Matter, tried: Tried): Finding {
  const nearest = tried.find((fits) => fits.every(({ fit }) => fit !== 'outside'));
  if (nearest === undefined) return { code: 'series-outside-use', facts: namesOf(matter) };
  const unknown = nearest.filter(({ fit }) => fit === 'unknown').map(({ limit }) => limit.name);
  return missing(unknown.join(', '));
}
