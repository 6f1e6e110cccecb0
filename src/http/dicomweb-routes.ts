import type { Request, RequestHandler, Response } from 'express';
import { isDicomwebTarget } from '../domain/dicom/dicomweb-resource.ts';
import { parseRetrieveQuery } from '../domain/dicom/retrieve-query.ts';
import { parseWadoUriQuery } from '../domain/dicom/wado-uri-query.ts';
import { GatewayError } from '../domain/errors.ts';
import type { DicomwebAnswer } from '../flows/dicomweb-answer.ts';
import type { LoginEvidence } from '../flows/ports.ts';
import { abortSignalOf } from './abort-signal.ts';
import type { Flows } from './app-deps.ts';
import { sendCapabilities } from './dicomweb-capabilities.ts';
import { createCors, type Cors } from './dicomweb-cors.ts';
import { sendPacsError } from './dicomweb-pacs-error.ts';
import { storeTarget, type StoreDoor } from './dicomweb-store.ts';
import { dropBody } from './drop-body.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { requestIdOf } from './request-context.ts';
import type { WorkitemsDoor } from './dicomweb-workitems.ts';
import { createTargets, type DicomwebTarget, type Targets } from './search-targets.ts';
import { createStreamLimit, type StreamLimit } from './stream-limit.ts';
import { sendHead, streamResponse } from './stream-response.ts';
import { createTurnEnd } from './turn-end.ts';

/** What the door needs. */
export interface DicomwebRoutesDeps {
  readonly flows: Pick<Flows, 'retrieve' | 'search'>;
  /** The gateway's own address as browsers see it. */
  readonly publicUrl: string;
  /** Other origins whose viewers may read with the person's session; none by default, and never all. */
  readonly allowedOrigins?: readonly string[];
  /** Ids of the PACS beside the main one; none when absent. */
  readonly morePacs?: readonly string[];
  /** Takes objects (STOW-RS); without it this door only reads. */
  readonly store?: StoreDoor;
  /** The workitems (UPS-RS), which the gateway keeps itself; without it there are none. */
  readonly workitems?: WorkitemsDoor;
}

interface Serving extends DicomwebRoutesDeps {
  readonly limit: StreamLimit;
  readonly targets: Targets;
  readonly turnEnd: () => Promise<void>;
  readonly isAlone: () => boolean;
}

/** What is asked for, as the flows take it. */
interface Asking {
  readonly target: DicomwebTarget;
  readonly signal: AbortSignal;
  readonly evidence: LoginEvidence;
}

/** What every address here takes. */
const METHODS = ['GET', 'HEAD', 'OPTIONS'] as const;
/** OHIF alone asks for 100 frames, 25 ahead and 5 thumbnails; the client of the PACS has several times as many connections. */
const MAX_STREAMS_OF_A_LOGIN = 160;

/**
 * The DICOMweb door: `/dicom-web/**` and `/wado`. Mount it at the root of the app: it takes the address apart by
 * hand, before any router has folded or decoded it, and leaves all others to the next handler.
 */
export function createDicomwebRoutes(deps: DicomwebRoutesDeps): RequestHandler {
  const cors = createCors([new URL(deps.publicUrl).origin, ...(deps.allowedOrigins ?? [])]);
  const limit = createStreamLimit(MAX_STREAMS_OF_A_LOGIN);
  const serving = {
    ...deps,
    limit,
    targets: createTargets(),
    turnEnd: createTurnEnd(),
    isAlone: () => limit.taken() === 1,
  };
  return async (req, res, next) => {
    if (!isDicomwebTarget(req.originalUrl)) {
      next();
      return;
    }
    cors.allow(req, res);
    if (await serveWorkitem(deps, cors, { req, res })) return;
    // Elsewhere a body has no place; read and dropped, it cannot keep the client from hearing the answer.
    if (deps.store === undefined || storeTarget(req) === undefined) dropBody(req, res);
    if (cors.isPreflight(req)) sayBeforehand(cors, res, methodsAt(deps, req));
    else await serve(serving, req, res);
  };
}

/** Whether it was about workitems, and so has been answered. */
async function serveWorkitem(
  { workitems }: DicomwebRoutesDeps,
  cors: Cors,
  { req, res }: { readonly req: Request; readonly res: Response },
): Promise<boolean> {
  const isPreflight = cors.isPreflight(req);
  const target = targetAt(workitems, { req, res, isPreflight });
  if (workitems === undefined || target === undefined) return false;
  if (isPreflight) sayBeforehand(cors, res, workitems.methodsAt(target));
  else await workitems.serve(req, res, target);
  return true;
}

/** Who asks beforehand is told nothing of the address but what is taken there; everybody else what is wrong with it. */
function targetAt(
  workitems: WorkitemsDoor | undefined,
  { req, res, isPreflight }: { readonly req: Request; readonly res: Response; readonly isPreflight: boolean },
): ReturnType<WorkitemsDoor['at']> {
  try {
    return workitems?.at(req.originalUrl);
  } catch (error: unknown) {
    if (isPreflight) return undefined;
    dropBody(req, res);
    throw error;
  }
}

function sayBeforehand(cors: Cors, res: Response, methods: readonly string[]): void {
  res.setHeader('Allow', methods.join(', '));
  cors.answerPreflight(
    res,
    methods.filter((method) => method !== 'OPTIONS'),
  );
}

/** What an address takes. Objects are stored at some of those where sets of objects are read. */
function methodsAt(deps: DicomwebRoutesDeps, req: Request): readonly string[] {
  const { originalUrl } = req;
  const isStore = deps.store !== undefined && storeTarget({ method: 'POST', originalUrl }) !== undefined;
  return isStore ? ['GET', 'HEAD', 'POST', 'OPTIONS'] : METHODS;
}

async function serve(deps: Serving, req: Request, res: Response): Promise<void> {
  const target = deps.targets.parse(req.originalUrl);
  const { pacs, resource } = target;
  checkPacs(deps, pacs);
  const storing = deps.store === undefined ? undefined : storeTarget(req);
  if (storing !== undefined) {
    await deps.store?.(req, res, storing);
    return;
  }
  checkMethod(deps, req, res);
  if (resource.kind === 'capabilities') sendCapabilities(req, res, describedOf(deps, pacs));
  else if (req.method === 'OPTIONS') res.status(204).end();
  else await answer(deps, req, { res, target });
}

function checkPacs({ morePacs }: Serving, pacs: string): void {
  if (pacs !== '' && morePacs?.includes(pacs) !== true)
    throw new GatewayError('not-found', { detail: 'There is no such PACS.' });
}

/** Says which methods there are where another is used, or where that is the question (RFC 9110 §9.3.7, §15.5.6). */
function checkMethod(deps: Serving, req: Request, res: Response): void {
  const isTaken = METHODS.some((method) => method === req.method);
  if (isTaken && req.method !== 'OPTIONS') return;
  const allow = methodsAt(deps, req).join(', ');
  res.setHeader('Allow', allow);
  if (!isTaken) throw new GatewayError('method-not-allowed', { detail: `This address takes ${allow}.` });
}

/** Workitems are the gateway's own, whatever PACS there are: they stand at the door itself. */
function describedOf(
  { publicUrl, workitems, store }: Serving,
  pacs: string,
): Parameters<typeof sendCapabilities>[2] {
  const isMain = pacs === '';
  return {
    baseUrl: `${publicUrl}/dicom-web${isMain ? '' : `/${pacs}`}`,
    hasWorkitems: isMain && workitems !== undefined,
    hasStore: store !== undefined,
  };
}

async function answer(
  deps: Serving,
  req: Request,
  to: { readonly res: Response; readonly target: DicomwebTarget },
): Promise<void> {
  const { res, target } = to;
  const signal = abortSignalOf(req, res);
  const evidence = liftLoginEvidence(req);
  const giveBack = deps.limit.take(evidence);
  if (giveBack === undefined) {
    throw new GatewayError('overloaded', {
      detail: 'This login is reading as much at once as one may. Wait until some of it has arrived.',
    });
  }
  try {
    const found = await ask(deps, req, { res, target, signal, evidence });
    if (found.status >= 400) sendPacsError(req, res, found);
    else if (req.method === 'HEAD') sendHead(res, found);
    else await streamResponse(res, found, signal, deps);
  } finally {
    giveBack();
  }
}

async function ask(
  { flows, targets }: Serving,
  req: Request,
  { res, target, signal, evidence }: Asking & { readonly res: Response },
): Promise<DicomwebAnswer> {
  const { pacs, resource, query } = target;
  const base = { evidence, requestId: requestIdOf(res), pacs };
  if (resource.kind === 'search') {
    const input = { ...base, resource, query: targets.queryOf(target), accept: req.headers.accept };
    return await flows.search(input, signal);
  }
  const headers = plainHeaders(req);
  if (resource.kind === 'retrieve')
    return await flows.retrieve({ ...base, resource, query: parseRetrieveQuery(query), headers }, signal);
  const wadoUri = parseWadoUriQuery(query);
  return await flows.retrieve({ ...base, resource: wadoUri.resource, query: [], headers, wadoUri }, signal);
}

/** Headers that come once, as all that matter here do. */
function plainHeaders(req: Request): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.headers)) if (typeof value === 'string') kept[name] = value;
  return kept;
}
