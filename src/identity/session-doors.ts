import type { RequestHandler } from 'express';
import type { DoorDeps } from './door-deps.ts';
import { secretHash } from './secret-hash.ts';
import { clearSession, sessionTokenOf } from './sign-in-cookies.ts';

export interface SessionDoors {
  /** POST /auth/logout */
  readonly logout: RequestHandler;
}

const SIGNED_OUT_PAGE = '/auth/sign-in?signed-out=1';

/** The doors through which a person goes out. */
export function createSessionDoors(deps: DoorDeps): SessionDoors {
  return {
    logout: async (req, res) => {
      const token = sessionTokenOf(req);
      const [ended] = token === undefined ? [] : await deps.sessions.end(secretHash(token));
      if (ended !== undefined) {
        const { provider, subject, method } = ended.principal;
        deps.onEvent({ outcome: 'signed-out', provider, subject, method });
      }
      clearSession(res);
      res.setHeader('Cache-Control', 'no-store');
      res.redirect(303, SIGNED_OUT_PAGE);
    },
  };
}
