import type { Request, RequestHandler, Response, Router } from 'express';
import { extname } from 'node:path';
import { GatewayError } from '../domain/errors.ts';
import { LABEL_SERVER_COOKIE } from '../domain/cookies.ts';
import type { ViewerFile } from '../ui/load-viewer.ts';
import { isViewerPage, VIEWER_ROOT } from '../ui/viewer-address.ts';
import { viewerConfigScript } from '../ui/viewer-config.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';

interface Deps extends Pick<AppDeps, 'viewer' | 'publicUrl'> {
  readonly flows: Pick<AppDeps['flows'], 'whoSignedIn'>;
}

const ONE_YEAR_SECONDS = 31_536_000;
const CONFIG = 'app-config.js';
const SCRIPT = /\.m?js$/;
/**
 * Scripts of workers run under the policy that comes with them (CSP level 3 §4.2.2). Decoders of image formats make functions of
 * text (embind of Emscripten), so they may; they see pixels and no page.
 */
const WORKER_POLICY =
  "default-src 'none'; script-src 'self' blob: 'unsafe-eval' 'wasm-unsafe-eval'; connect-src 'self' blob: data:; worker-src 'self' blob:";

/** The viewer below `/viewer/`: its page for whoever is signed in, at each of its own addresses; and the files that the page loads. */
export function createViewerRoutes({ flows, viewer, publicUrl }: Deps): Router {
  const router = strictRouter();
  if (viewer === undefined) return router;
  const deps = { flows, viewer, publicUrl };
  router.use(VIEWER_ROOT, isolate());
  // Its own router leaves the slash out.
  addRoute(router, VIEWER_ROOT.slice(0, -1), { get: [getPage(deps)] });
  addRoute(router, `${VIEWER_ROOT}${CONFIG}`, { get: [getConfig(deps)] });
  addRoute(router, `${VIEWER_ROOT}{*path}`, { get: [getFile(deps), getPage(deps)] });
  return router;
}

/** Fast volumes need shared memory, which browsers give to pages that load nothing from elsewhere (HTML, "cross-origin isolation"). */
function isolate(): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    next();
  };
}

/** For whoever is signed in: it names every PACS. */
function getConfig({ flows, viewer }: Required<Deps>): RequestHandler {
  const script = viewerConfigScript(viewer.pacs);
  return async (req, res) => {
    await flows.whoSignedIn({ evidence: liftLoginEvidence(req) }, abortSignalOf(req, res));
    res.setHeader('Cache-Control', 'no-store');
    res.type('js').end(script);
  };
}

/** A file by its exact name in the list that was made at the start; whatever else an address says leads to none. */
function getFile({ viewer: { files } }: Required<Deps>): RequestHandler {
  return (req, res, next) => {
    const name = req.path.slice(VIEWER_ROOT.length);
    const file = files.files.get(name);
    if (file === undefined) {
      next();
      return;
    }
    setFileHeaders(res, name, file);
    if (file.bytes !== undefined) sendBytes(req, res, file.bytes);
    else sendStored(res, files.folder, name, next);
  };
}

function setFileHeaders(res: Response, name: string, { etag, isLasting }: ViewerFile): void {
  if (SCRIPT.test(name)) res.setHeader('Content-Security-Policy', WORKER_POLICY);
  res.setHeader('Cache-Control', isLasting ? `public, max-age=${ONE_YEAR_SECONDS}, immutable` : 'no-cache');
  res.setHeader('ETag', etag);
  res.type(extname(name));
}

function sendBytes(req: Request, res: Response, bytes: Uint8Array | string): void {
  if (req.fresh) res.status(304);
  res.end(req.fresh ? undefined : bytes);
}

function sendStored(res: Response, root: string, name: string, next: (error: unknown) => void): void {
  const options = { root, dotfiles: 'deny', cacheControl: false, etag: false, lastModified: false } as const;
  res.sendFile(name, options, (error: unknown) => {
    // Most often the browser has left; what is gone from the folder since the start is gone.
    if (error === undefined || res.headersSent || res.destroyed) return;
    res.removeHeader('ETag');
    next(new GatewayError('not-found', { detail: 'The viewer has no such file.', cause: error }));
  });
}

/** The viewer's one page. It tells its own addresses apart; who is not signed in is sent to sign in, and comes back to this one. */
function getPage({ flows, viewer, publicUrl }: Required<Deps>): RequestHandler {
  const { html, etag, scriptHashes } = viewer.files.page;
  const policy = pagePolicy(scriptHashes);
  const cookie = labelServerCookie(publicUrl);
  return async (req, res) => {
    if (!isNavigation(req)) throw new GatewayError('not-found', { detail: 'The viewer has no such file.' });
    await flows.whoSignedIn({ evidence: liftLoginEvidence(req) }, abortSignalOf(req, res));
    res.setHeader('Content-Security-Policy', policy);
    res.setHeader('Referrer-Policy', 'same-origin');
    res.append('Set-Cookie', cookie);
    res.setHeader('Cache-Control', 'private, no-cache');
    res.setHeader('ETag', etag);
    res.type('html');
    sendBytes(req, res, html);
  };
}

/**
 * Where OHIF's MONAI Label extension looks for its server; without it, at port 8000 of this host. The extension reads it by script, and it is
 * no secret: it names this gateway. Its address must end in a slash (`new URL('info/', server)`).
 */
function labelServerCookie(publicUrl: string): string {
  const { origin, protocol } = new URL(publicUrl);
  const secure = protocol === 'https:' ? '; Secure' : '';
  return `${LABEL_SERVER_COOKIE}=${origin}/monai/; Path=/; SameSite=Lax${secure}`;
}

function isNavigation(req: Request): boolean {
  const isPage = isViewerPage(req.path) || req.path === `${VIEWER_ROOT}index.html`;
  return isPage && (req.headers.accept ?? '').includes('text/html');
}

/** Our own scripts, and what a viewer makes in memory: pictures, films, documents, workers. Nothing from elsewhere. */
function pagePolicy(scriptHashes: readonly string[]): string {
  return [
    "default-src 'none'",
    // `unsafe-eval`: OHIF reads segmentations with a library (ndarray) that compiles its loops from text, and shows none without it. The text is
    // the library's own; scripts still come from here alone.
    `script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval' ${scriptHashes.join(' ')}`,
    // Its parts are placed and coloured by attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "font-src 'self' data:",
    "connect-src 'self' blob: data:",
    "worker-src 'self' blob:",
    // Films are played from the address at which they are rendered.
    "media-src 'self' blob:",
    // The frame of a document is empty until it has come. That counts as the page's own address, and where that is refused, so is the document.
    "object-src 'self' blob:",
    'frame-src blob:',
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
