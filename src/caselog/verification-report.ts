import { GatewayError } from '../domain/errors.ts';

/** One thing that does not fit, and where: a table, the row, and the column if it is known. */
export interface LogProblem {
  readonly place: string;
  readonly detail: string;
}

/** Problems kept; more are counted. One changed row can make everything after it look wrong. */
const MAX_PROBLEMS = 100;

/** Collects what a verification finds, in constant memory. */
export interface VerificationReport {
  readonly add: (place: string, detail: string) => void;
  readonly problems: () => readonly LogProblem[];
}

export function createVerificationReport(): VerificationReport {
  const kept: LogProblem[] = [];
  let count = 0;
  return {
    add: (place, detail) => {
      count += 1;
      if (kept.length < MAX_PROBLEMS) kept.push({ place, detail });
    },
    problems: () => {
      const more = count - kept.length;
      return more === 0 ? [...kept] : [...kept, { place: 'case log', detail: `And ${more} problems more.` }];
    },
  };
}

/** What an error says, for the report: ours in plain words, a driver's as it is. */
export function describeError(error: unknown): string {
  return error instanceof GatewayError ? error.detail : `It cannot be read: ${String(error)}`;
}
