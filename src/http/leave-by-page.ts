import type { RequestHandler, Response } from 'express';
import { frameOf, sendPage, type PageDeps } from './page-context.ts';

type Deps = Pick<PageDeps, 'doors' | 'pages' | 'simulator'> & { readonly publicUrl: string };

/**
 * A sign-out whose door sends the browser on to the identity provider goes there by a page in between. Chromium holds every
 * redirect that follows a form against the page's `form-action` (CSP level 3), and would stop at the first foreign address; a list
 * of allowed ones would not do, because identity providers send people on to addresses of their own.
 */
export function leaveByPage(deps: Deps, door: RequestHandler): RequestHandler {
  const own = new URL(deps.publicUrl).origin;
  return (req, res, next) => {
    const redirect = res.redirect.bind(res);
    const leave = (status: number, address: string): void => {
      if (new URL(address, own).origin === own) redirect(status, address);
      else sendLeaving(deps, res, address);
    };
    Object.defineProperty(res, 'redirect', { value: leave });
    return door(req, res, next);
  };
}

function sendLeaving(deps: Deps, res: Response, href: string): void {
  const frame = frameOf(deps, { aiLocked: [] }, { title: 'You are signed out here' });
  sendPage(deps, res, 'leaving', { frame, model: { href } });
}
