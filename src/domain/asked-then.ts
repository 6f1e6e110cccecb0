import type { EntryFacts } from './log-entry.ts';
import type { Instant } from './register.ts';
import type { SeriesFacts } from './dicom/series-facts.ts';
import type { AgeBand } from './dicom/study-context.ts';
import type { Assurance } from './words.ts';

/** What a decision looked at beside person, function and model, without what would tell patients apart. */
export interface AskedThen extends NonNullable<EntryFacts['asked']> {
  readonly login?: { readonly method: string; readonly assurance: Assurance; readonly at: Instant };
  readonly site?: string;
  readonly study?: {
    readonly modality: readonly string[];
    readonly bodyPart: readonly string[];
    readonly age: AgeBand;
    readonly simulator?: boolean;
    readonly series?: readonly SeriesFacts[];
    /** The call named the one series that is its input, and `series` is that one. */
    readonly seriesNamed?: true;
  };
}

/** What an entry says that its decision looked at. */
export function askedThen({ auth, site, study, asked }: EntryFacts): AskedThen {
  return {
    ...(auth === undefined ? {} : { login: { method: auth.method, assurance: auth.assurance, at: auth.at } }),
    ...(site === undefined ? {} : { site }),
    ...(study === undefined ? {} : { study: studyThen(study) }),
    ...asked,
  };
}

function studyThen(study: NonNullable<EntryFacts['study']>): NonNullable<AskedThen['study']> {
  const { modality, bodyPart, age, simulator, series, seriesNamed } = study;
  return {
    ...{ modality, bodyPart, age },
    ...(simulator === undefined ? {} : { simulator }),
    ...(series === undefined ? {} : { series }),
    ...(seriesNamed === undefined ? {} : { seriesNamed }),
  };
}
