import type { RequestHandler } from 'express';
import { abortSignalOf } from './abort-signal.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';

/** Lets nobody unknown on, so that no body of theirs is read. Passes NotIdentified on. */
export function requirePerson({
  flows,
}: {
  readonly flows: Pick<AppDeps['flows'], 'whoAmI'>;
}): RequestHandler {
  return async (req, res, next) => {
    await flows.whoAmI({ evidence: liftLoginEvidence(req) }, abortSignalOf(req, res));
    next();
  };
}
