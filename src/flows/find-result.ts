import { gradeOf, type ObjectGrade } from '../domain/classified-results.ts';
import { GatewayError } from '../domain/errors.ts';
import type { ResultObject } from '../domain/result-verdict.ts';
import type { AiResultReader } from './ports.ts';
import type { StoredResults } from './ports-store.ts';

/** What finding an object needs. */
export interface FindResultDeps {
  /** One for each PACS. */
  readonly resultReaders: readonly Pick<AiResultReader, 'objectsOf'>[];
  readonly storedResults: Pick<StoredResults, 'find'>;
}

/**
 * How sure it is that AI made an object, over all PACS that hold it; what an AI machine stored is definite, whatever it says itself.
 * Throws GatewayError('not-found'), UpstreamFault when it was found nowhere and not every PACS could be asked, RegisterUnavailable.
 */
export async function findGrade(
  { resultReaders, storedResults }: FindResultDeps,
  object: ResultObject,
  signal: AbortSignal,
): Promise<ObjectGrade> {
  const { study, series, sopInstanceUid } = object;
  if ((await storedResults.find(sopInstanceUid)) !== undefined) return 'definite';
  const asked = await Promise.allSettled(
    resultReaders.map((reader) => reader.objectsOf(study, { instance: sopInstanceUid }, signal)),
  );
  const holding = asked.flatMap((one) =>
    one.status === 'fulfilled' && one.value.objects.get(sopInstanceUid)?.seriesInstanceUid === series
      ? [one.value]
      : [],
  );
  if (holding.length > 0) {
    const results = holding.flatMap(({ aiResults }) => aiResults);
    return gradeOf(results.filter((result) => result.sopInstanceUid === sopInstanceUid));
  }
  for (const one of asked) if (one.status === 'rejected') throw one.reason;
  throw new GatewayError('not-found', { detail: 'The PACS holds no such object in that study and series.' });
}
