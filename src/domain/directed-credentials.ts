import type { Duty } from './policy.ts';
import { holds } from './walk-list.ts';

/**
 * Credentials that allow a duty's function of a model: those of the duty, and those of the patient-group directions that cover the model.
 * Their holders prescribe nothing ("radiographers, who may administer contrast under patient-group directions"), so nothing else is open to them.
 */
export function credentialsFor(
  { credentials, directions }: Pick<Duty, 'credentials' | 'directions'>,
  model: string,
): readonly string[] {
  if (directions === undefined) return credentials;
  const covering = directions.filter(({ models }) => holds(models, model));
  return [...credentials, ...covering.flatMap((direction) => direction.credentials)];
}
