import type { Request } from 'express';
import { viewerReturn } from '../ui/viewer-address.ts';

/** Where a person may be sent back to after signing in: our own pages, and nothing that could lead elsewhere. */
const OWN_PAGE = /^\/me\/[A-Za-z0-9./_-]*(\?[A-Za-z0-9=&._%-]*)?$/;

/** A local path of our own pages as it is, or of the viewer's without what only it understands; undefined for anything else. */
export function ownPage(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  return OWN_PAGE.test(path) && !/\/\/|\.\./.test(path) ? path : viewerReturn(path);
}

/** The page of this request; for a form that was sent, the page it stood on. Undefined where that is no page of ours. */
export function pageOf(req: Pick<Request, 'method' | 'originalUrl' | 'path'>): string | undefined {
  return ownPage(req.method === 'POST' ? req.path.slice(0, req.path.lastIndexOf('/')) : req.originalUrl);
}
