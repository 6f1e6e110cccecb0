import type { CaseId } from '../domain/identifiers.ts';

/** Which cases this process is working on at the moment. */
export interface InFlightCases {
  /** Marks a case as being worked on; call the returned function when it is over, however it ended. */
  readonly begin: (caseId: CaseId) => () => void;
  readonly has: (caseId: CaseId) => boolean;
}

/** An empty list of cases under way; one for each process, shared by the calls and the search for orphans. */
export function createInFlightCases(): InFlightCases {
  const underWay = new Set<CaseId>();
  return {
    begin: (caseId) => {
      underWay.add(caseId);
      return () => {
        underWay.delete(caseId);
      };
    },
    has: (caseId) => underWay.has(caseId),
  };
}
