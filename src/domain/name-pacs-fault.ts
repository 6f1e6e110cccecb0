import { UpstreamFault } from './errors.ts';

/** A fault of a PACS, telling which one of several it was; every other error as it is. Without a title nothing is told. */
export function namePacsFault(error: unknown, title: string | undefined): unknown {
  if (title === undefined || !(error instanceof UpstreamFault) || error.peer !== 'pacs') return error;
  const { code, caseId, cause } = error;
  return new UpstreamFault(code, error.peer, {
    detail: `${title}: ${error.detail}`,
    ...(caseId === undefined ? {} : { caseId }),
    cause,
  });
}
