import { GatewayError } from '../domain/errors.ts';

/**
 * Id of the one entry that ends a case, be it `case.outcome` or `case.orphan`: ids are unique in a log, so that it takes whichever comes
 * first and refuses the other, whatever node it comes from. A read before writing was rejected: the other may come right after it. Logs may
 * hold endings with ids of their own kind (`<intent>:case.outcome`): readers go by `kind` and `intent`, never by an id.
 */
export function endingId(intentId: string): string {
  return `${intentId}:end`;
}

/** Whether an ending could not be appended because its case has ended otherwise. */
export function hasEndedOtherwise(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'conflict';
}
