import type { SeriesUid, StudyUid } from '../domain/identifiers.ts';
import { identifyPerson } from './identify-person.ts';
import type { IdentityVerifier, LoginEvidence, SeriesFinder } from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly seriesFinder: SeriesFinder;
}

/**
 * The study that a series belongs to, as the PACS says, for dialects that name nothing but the series. Nothing of the study is told, and
 * nothing is decided: that is for the call. Throws NotIdentified, GatewayError('scope-missing'), GatewayError('not-found'), UpstreamFault.
 */
export async function findSeriesStudy(
  deps: Deps,
  input: { readonly evidence: LoginEvidence; readonly series: SeriesUid },
  signal: AbortSignal,
): Promise<StudyUid> {
  await identifyPerson(deps, { evidence: input.evidence, scope: 'ai' }, signal);
  return await deps.seriesFinder.studyOf(input.series, signal);
}
