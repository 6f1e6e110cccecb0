import type { StudyObject } from '../domain/dicom/ai-result.ts';
import { RegisterUnavailable } from '../domain/errors.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { ResultsIndex } from '../flows/ports-store.ts';

/**
 * The objects of a study that no AI machine stored: what those say of patient or scanner, or leave out, says nothing of the study. All of
 * them where there is no index. Throws RegisterUnavailable while the index is away: what it said last may lack what AI made since.
 */
export async function withoutResults(
  index: ResultsIndex | undefined,
  study: StudyUid,
  objects: ReadonlyMap<string, StudyObject>,
): Promise<readonly StudyObject[]> {
  const all = [...objects.values()];
  if (index === undefined) return all;
  const { results, elsewhere, isCurrent } = await index.among([study], [...objects.keys()]);
  if (!isCurrent) throw new RegisterUnavailable('What AI machines stored in this study cannot be told now.');
  const stored = [...(results.get(study) ?? []), ...elsewhere];
  const uids = new Set(stored.map((result): string => result.sopInstanceUid));
  return all.filter((object) => !uids.has(object.sopInstanceUid));
}
