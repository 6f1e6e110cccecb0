import type { RequestHandler, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { abortSignalOf } from './abort-signal.ts';
import { strictRouter } from './add-route.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';

interface Deps {
  readonly flows: Pick<AppDeps['flows'], 'whoAmI'>;
}

/** Doors that are promised and not built: MONAI Label, the OpenAI protocol. */
const DOORS: readonly string[] = ['/monai', '/monai/', '/monai/*rest', '/v1', '/v1/', '/v1/*rest'];

/** Answers 501 at doors that are not built yet, to those who are signed in; never 200. */
export function createNotBuiltRoutes(deps: Deps): Router {
  const router = strictRouter();
  for (const path of DOORS) router.all(path, sayNotBuilt(deps));
  return router;
}

function sayNotBuilt({ flows }: Deps): RequestHandler {
  return async (req, res) => {
    await flows.whoAmI({ evidence: liftLoginEvidence(req) }, abortSignalOf(req, res));
    const detail =
      'This gateway does not speak that protocol yet. Use /dicom-web/ for images and /v2/ for AI.';
    throw new GatewayError('not-built', { detail });
  };
}
