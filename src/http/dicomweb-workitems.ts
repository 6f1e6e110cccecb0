import type { Request, Response } from 'express';
import { parseSearchQuery } from '../domain/dicom/dicomweb-query.ts';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { sentFormat, XML_TYPE, type DatasetFormat } from '../domain/dicom/dicomweb-media.ts';
import { MAX_BODY_BYTES, parseWorkitem, workitemTooLarge } from '../domain/dicom/parse-workitem.ts';
import { onlyOne, splitQuery } from '../domain/dicom/query-pairs.ts';
import {
  parseWorkitemTarget,
  uidOfQuery,
  type WorkitemResource,
  type WorkitemTarget,
} from '../domain/dicom/workitem-resource.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { SopInstanceUid } from '../domain/identifiers.ts';
import { WorkitemRefused } from '../domain/workitem-refused.ts';
import { abortSignalOf } from './abort-signal.ts';
import type { Flows } from './app-deps.ts';
import { dropBody } from './drop-body.ts';
import { leaveBody } from './leave-body.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { requestIdOf } from './request-context.ts';
import { formOf, sendNothing, sendWorkitem, sendWorkitems } from './send-workitems.ts';
import { createStreamLimit, type StreamLimit } from './stream-limit.ts';
import type { ChannelDoor } from './workitem-channel.ts';
import {
  channelAnswers,
  subscriptionAnswers,
  suspensionAnswers,
  type SubscriberFlows,
} from './workitem-subscribers.ts';

/** The door of the workitem service. */
export interface WorkitemsDoor {
  /** What of it a target names; undefined for every other. Throws BadRequest, GatewayError('not-found'). */
  readonly at: (target: string) => WorkitemTarget | undefined;
  readonly methodsAt: (target: WorkitemTarget) => readonly string[];
  /** Answers a request. Throws what the flows throw. */
  readonly serve: (req: Request, res: Response, target: WorkitemTarget) => Promise<void>;
}

type DoorFlows = SubscriberFlows &
  Pick<
    Flows,
    | 'whoCalls'
    | 'createWorkitem'
    | 'readWorkitem'
    | 'searchWorkitems'
    | 'updateWorkitem'
    | 'changeWorkitemState'
    | 'cancelWorkitem'
  >;

interface Asking {
  readonly flows: DoorFlows;
  /** The service, as it names itself. */
  readonly baseUrl: string;
  readonly channels: ChannelDoor;
  readonly req: Request;
  readonly res: Response;
  readonly query: string;
  readonly base: { readonly evidence: ReturnType<typeof liftLoginEvidence>; readonly requestId: string };
  readonly signal: AbortSignal;
  /** How its body is read, once it is. */
  readonly body: { pieces?: AsyncIterableIterator<Uint8Array> };
}

type Answer = (asking: Asking) => Promise<void>;

/** Performers ask again and again; none needs more than a few answers at once. */
const MAX_REQUESTS_OF_A_LOGIN = 16;

/** The workitem service below the DICOMweb door (UPS-RS, PS3.18 §11): the gateway itself keeps the workitems, and no PACS is asked. */
export function createWorkitemsDoor(
  flows: DoorFlows,
  { publicUrl, channels }: { readonly publicUrl: string; readonly channels: ChannelDoor },
): WorkitemsDoor {
  const limit = createStreamLimit(MAX_REQUESTS_OF_A_LOGIN);
  const baseUrl = `${publicUrl}/dicom-web`;
  return {
    at: parseWorkitemTarget,
    methodsAt,
    serve: async (req, res, target) => {
      const answer = answerTo(req, res, target);
      const evidence = liftLoginEvidence(req);
      const base = { evidence, requestId: requestIdOf(res) };
      const { query } = target;
      const signal = abortSignalOf(req, res);
      const asking: Asking = { flows, baseUrl, channels, req, res, base, query, signal, body: {} };
      try {
        await withPlace(limit, asking, answer);
      } finally {
        // What is left of a body is read and dropped, so that the client hears the answer.
        if (asking.body.pieces === undefined) dropBody(req, res);
        else leaveBody(req, res, asking.body.pieces);
      }
    },
  };
}

/** What each kind of address takes. */
function handlersAt(resource: WorkitemResource): Readonly<Record<string, Answer>> {
  switch (resource.kind) {
    case 'workitems':
      return { GET: search, HEAD: search, POST: create };
    case 'workitem': {
      const { uid } = resource;
      const reading: Answer = (asking) => read(asking, uid);
      return { GET: reading, HEAD: reading, POST: (asking) => update(asking, uid) };
    }
    case 'state':
      return { PUT: (asking) => changeState(asking, resource.uid) };
    case 'cancel-request':
      return { POST: (asking) => cancel(asking, resource.uid) };
    case 'subscription':
      return subscriptionAnswers(resource);
    case 'suspension':
      return suspensionAnswers(resource);
    case 'channel':
      return channelAnswers(resource.aet);
  }
}

function methodsAt({ resource }: WorkitemTarget): readonly string[] {
  return [...Object.keys(handlersAt(resource)), 'OPTIONS'];
}

/** Says which methods there are where another is used, or where that is the question (RFC 9110 §9.3.7, §15.5.6). */
function answerTo(req: Request, res: Response, target: WorkitemTarget): Answer {
  const handlers = handlersAt(target.resource);
  const found = Object.hasOwn(handlers, req.method) ? handlers[req.method] : undefined;
  if (found !== undefined) return found;
  const allow = methodsAt(target).join(', ');
  res.setHeader('Allow', allow);
  if (req.method === 'OPTIONS') return sayMethods;
  throw new GatewayError('method-not-allowed', { detail: `This address takes ${allow}.` });
}

async function sayMethods({ res }: Asking): Promise<void> {
  res.status(204).end();
  await Promise.resolve();
}

async function withPlace(limit: StreamLimit, asking: Asking, run: Answer): Promise<void> {
  const { base, baseUrl, res } = asking;
  const giveBack = limit.take(base.evidence);
  if (giveBack === undefined) {
    const detail =
      'This login asks for as many workitems at once as one may. Wait until some have been answered.';
    throw new GatewayError('overloaded', { detail });
  }
  // Not when the answer is made: until it is read it is in memory.
  if (res.closed) giveBack();
  else res.once('close', giveBack);
  try {
    await run(asking);
  } catch (error: unknown) {
    if (error instanceof WorkitemRefused) res.setHeader('Warning', `299 ${baseUrl}: ${error.warning}`);
    throw error;
  }
}

async function search({ flows, baseUrl, req, res, query, base, signal }: Asking): Promise<void> {
  const asked = parseSearchQuery(query);
  const { format } = formOf(req, asked.accept);
  const { rows, hasMore } = await flows.searchWorkitems({ ...base, query: asked, format }, signal);
  const warnings = [
    ...(hasMore ? ['There are additional results that can be requested.'] : []),
    ...(isFuzzy(asked) ? [NOT_FUZZY] : []),
  ];
  if (warnings.length > 0)
    res.setHeader('Warning', warnings.map((text) => `299 ${baseUrl}: ${text}`).join(', '));
  await sendWorkitems(req, res, { format, rows, signal });
}

/** PS3.18 §8.3.4.2: who cannot match like this says so. */
const NOT_FUZZY = 'The fuzzymatching parameter is not supported. Only literal matching has been performed.';

function isFuzzy({ flags = [] }: ReturnType<typeof parseSearchQuery>): boolean {
  return flags.some(([word, value]) => word === 'fuzzymatching' && value === 'true');
}

async function read({ flows, req, res, query, base, signal }: Asking, uid: SopInstanceUid): Promise<void> {
  const form = formOf(req, onlyOne(splitQuery(query), 'accept'));
  const workitem = await flows.readWorkitem({ ...base, uid }, signal);
  await sendWorkitem(req, res, { form, workitem, signal });
}

async function create(asking: Asking): Promise<void> {
  const { flows, baseUrl, res, query, base, signal } = asking;
  const uid = uidOfQuery(query, ['workitem', 'workitemuid', 'affectedsopinstanceuid']);
  const dataset = await readDataset(asking);
  const named = uid === undefined ? {} : { uid };
  const created = await flows.createWorkitem({ ...base, dataset, ...named }, signal);
  const address = `${baseUrl}/workitems/${created.uid}`;
  res.setHeader('Location', address);
  res.setHeader('Content-Location', address);
  res.setHeader('Case-Id', created.caseId);
  sendNothing(res, 201);
}

async function update(asking: Asking, uid: SopInstanceUid): Promise<void> {
  const { flows, baseUrl, res, query, base, signal } = asking;
  const transactionUid = uidOfQuery(query, ['transaction', 'transactionuid', 'transaction-uid']);
  const key = transactionUid === undefined ? {} : { transactionUid };
  await flows.updateWorkitem({ ...base, uid, dataset: await readDataset(asking), ...key }, signal);
  res.setHeader('Content-Location', `${baseUrl}/workitems/${uid}`);
  sendNothing(res, 200);
}

async function changeState(asking: Asking, uid: SopInstanceUid): Promise<void> {
  const { flows, baseUrl, res, base, signal } = asking;
  const dataset = await readDataset(asking);
  const { warning } = await flows.changeWorkitemState({ ...base, uid, dataset }, signal);
  if (warning !== undefined) res.setHeader('Warning', `299 ${baseUrl}: ${warning}`);
  sendNothing(res, 200);
}

async function cancel(asking: Asking, uid: SopInstanceUid): Promise<void> {
  const { flows, res, base, signal } = asking;
  await flows.cancelWorkitem({ ...base, uid, dataset: await readDataset(asking, {}) }, signal);
  sendNothing(res, 202);
}

/** The dataset of a request; `otherwise` where it has no body and needs none. */
async function readDataset(asking: Asking, otherwise?: DicomJsonObject): Promise<DicomJsonObject> {
  const { flows, req, base, signal } = asking;
  // Of nobody anything is read: slow bodies without a login would take the places of those who show no token but a certificate.
  await flows.whoCalls(base, signal);
  const format = sentAs(req);
  const bytes = await readBytes(asking, MAX_BODY_BYTES[format ?? 'json']);
  if (bytes.length === 0 && otherwise !== undefined) return otherwise;
  if (format !== undefined) return parseWorkitem(bytes, format);
  const detail = `Send a workitem as application/dicom+json or ${XML_TYPE} in UTF-8, not compressed.`;
  throw new GatewayError('unsupported-media-type', { detail });
}

function sentAs({ headers }: Pick<Request, 'headers'>): DatasetFormat | undefined {
  return headers['content-encoding'] === undefined ? sentFormat(headers['content-type']) : undefined;
}

/** What is too large by its own word is not read at all; what turns out so, no further. */
async function readBytes({ req, body }: Asking, maxBytes: number): Promise<Uint8Array> {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw workitemTooLarge();
  const pieces: Uint8Array[] = [];
  let length = 0;
  const arriving: AsyncIterableIterator<Uint8Array> = req.iterator({ destroyOnReturn: false });
  body.pieces = arriving;
  try {
    for await (const piece of arriving) {
      length += piece.length;
      if (length > maxBytes) throw workitemTooLarge();
      pieces.push(piece);
    }
  } catch (error: unknown) {
    if (error instanceof GatewayError) throw error;
    throw new BadRequest('The request broke off before its end.', error);
  }
  return Buffer.concat(pieces);
}
