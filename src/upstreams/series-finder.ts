import { textOf } from '../domain/dicom/dicom-json.ts';
import { includeFieldPairs, type PacsProfile } from '../domain/dicom/pacs-profile.ts';
import { GatewayError, UpstreamFault } from '../domain/errors.ts';
import { parseSeriesUid, parseStudyUid, type SeriesUid, type StudyUid } from '../domain/identifiers.ts';
import type { PacsClient, SeriesFinder } from '../flows/ports.ts';
import { createCachedLookup, type CacheLimits } from './cached-lookup.ts';
import { firstThatHolds } from './first-that-holds.ts';
import { askPacs } from './pacs-search.ts';

interface Options extends CacheLimits {
  readonly pacs: Pick<PacsClient, 'fetch'>;
  readonly profile: PacsProfile;
}

const SERIES = '0020000E';
const STUDY = '0020000D';
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Asks one PACS (QIDO-RS, PS3.18 §10.6: all series) which study a series belongs to; see SeriesFinder for what it promises. */
export function createSeriesFinder(options: Options): SeriesFinder {
  const lookup = createCachedLookup<StudyUid>(options, (key, signal) =>
    findStudy(options, parseKey(key), signal),
  );
  return { studyOf: (series, signal) => lookup.get(series, signal) };
}

function parseKey(key: string): SeriesUid {
  return key as SeriesUid;
}

async function findStudy(
  { pacs, profile }: Options,
  series: SeriesUid,
  signal: AbortSignal,
): Promise<StudyUid> {
  const query = [[SERIES, series], ...includeFieldPairs([STUDY], profile)] as const;
  const rows = await askPacs(pacs, { segments: ['series'], query, maxBytes: MAX_ANSWER_BYTES }, signal);
  // The PACS may ignore the filter: only rows that name the series speak of it.
  const named = rows.filter((row) => parseSeriesUid(textOf(row, SERIES) ?? '') === series);
  const [study, ...others] = new Set(named.map((row) => parseStudyUid(textOf(row, STUDY) ?? '')));
  if (others.length > 0) {
    const detail =
      'The PACS says that the series belongs to several studies, so none of them can be decided about.';
    throw new UpstreamFault('upstream-bad-answer', 'pacs', { detail });
  }
  if (study === undefined) throw unknownSeries();
  return study;
}

/** Asks several PACS, the first that holds the series. */
export function seriesOfSeveral(finders: readonly SeriesFinder[]): SeriesFinder {
  return {
    studyOf: (series, signal) => {
      const looks = finders.map((finder) => () => finder.studyOf(series, signal));
      return firstThatHolds(looks, unknownSeries, signal);
    },
  };
}

function unknownSeries(): GatewayError {
  const detail = 'The PACS holds no such series. Name it by its Series Instance UID.';
  return new GatewayError('not-found', { detail });
}
