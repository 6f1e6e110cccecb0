import type { Request, Response } from 'express';
import { datasetXml } from '../domain/dicom/dataset-xml.ts';
import {
  parseDicomwebTarget,
  type RetrieveResource,
  type SearchResource,
} from '../domain/dicom/dicomweb-resource.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import { PacsRefused } from '../flows/pacs-refused.ts';
import type { StoreAnswer } from '../flows/store-objects.ts';
import { abortSignalOf } from './abort-signal.ts';
import type { Flows } from './app-deps.ts';
import { createSweeper } from './create-sweeper.ts';
import { sendPacsRefusal } from './dicomweb-pacs-error.ts';
import { leaveBody } from './leave-body.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { createReadAheadRoom, readAhead } from './read-ahead.ts';
import { noteProblem, requestIdOf } from './request-context.ts';
import { createStreamLimit } from './stream-limit.ts';

/** Where objects are to be stored. */
export interface StoreTarget {
  /** Which of several PACS; empty for the main one. */
  readonly pacs: string;
  readonly study?: StudyUid;
}

/** Answers a store request. Throws what the flow throws. */
export type StoreDoor = (req: Request, res: Response, target: StoreTarget) => Promise<void>;

/** Each holds a few MiB at most; archives send a handful at once. */
const MAX_STORES_OF_A_LOGIN = 16;

/** Where a request stores (PS3.18 §10.5): a POST to `studies` or to one study. Undefined for every other request. */
export function storeTarget(req: Pick<Request, 'method' | 'originalUrl'>): StoreTarget | undefined {
  const target = req.method === 'POST' ? targetOf(req.originalUrl) : undefined;
  if (target === undefined) return undefined;
  const { pacs, resource } = target;
  if (resource.kind === 'search') return isEverywhere(resource) ? { pacs } : undefined;
  return resource.kind === 'retrieve' && isStudy(resource) ? { pacs, study: resource.study } : undefined;
}

function isEverywhere({ of, study }: SearchResource): boolean {
  return of === 'studies' && study === undefined;
}

function isStudy({ level, part }: RetrieveResource): boolean {
  return level === 'study' && part === 'objects';
}

/** The store door: objects stream in and through; the answer is the list of what became of each. */
export function createStoreDoor(flows: Pick<Flows, 'storeObjects'>, maxBytes: number | undefined): StoreDoor {
  const limit = createStreamLimit(MAX_STORES_OF_A_LOGIN);
  const room = createReadAheadRoom();
  return async (req, res, target) => {
    const evidence = liftLoginEvidence(req);
    const giveBack = limit.take(evidence);
    if (giveBack === undefined) {
      const detail = 'This login is storing as much at once as one may. Wait until some of it is done.';
      throw new GatewayError('overloaded', { detail });
    }
    const pieces = readAhead(piecesOf(req), room);
    try {
      checkLength(req, maxBytes);
      const body = bodyOf(pieces, maxBytes);
      const base = { evidence, requestId: requestIdOf(res), headers: plainHeaders(req), body };
      const answer = await flows.storeObjects({ ...base, ...target }, abortSignalOf(req, res));
      sendOutcome(res, answer);
    } catch (error: unknown) {
      if (!(error instanceof PacsRefused)) throw error;
      noteProblem(res, error);
      sendPacsRefusal(req, res, error);
    } finally {
      giveBack();
      leaveBody(req, res, pieces);
    }
  };
}

function targetOf(url: string): ReturnType<typeof parseDicomwebTarget> | undefined {
  try {
    return parseDicomwebTarget(url);
  } catch {
    // The door takes the same address apart again, and says what is wrong with it.
    return undefined;
  }
}

function sendOutcome(res: Response, answer: StoreAnswer): void {
  const isXml = answer.format === 'xml';
  res.statusCode = answer.status;
  // The PACS's word and the gateway's: it says which objects the gateway refused.
  res.setHeader('Gateway-Origin', 'gateway');
  res.setHeader('Cache-Control', 'no-store');
  if (answer.warning !== undefined) res.setHeader('Warning', answer.warning);
  // Set raw: Express's own setters add a charset that DICOMweb clients do not expect.
  res.setHeader('Content-Type', isXml ? 'application/dicom+xml' : 'application/dicom+json');
  res.end(isXml ? datasetXml(answer.dataset) : JSON.stringify(answer.dataset));
}

/** Reads no byte before it is asked for one, and leaves the connection alone when it is left. */
function piecesOf(req: Request): AsyncIterableIterator<Uint8Array> {
  return req.iterator({ destroyOnReturn: false });
}

async function* bodyOf(
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0;
  const sweep = createSweeper();
  try {
    for await (const piece of pieces) {
      length += piece.length;
      if (maxBytes !== undefined && length > maxBytes) throw tooLarge();
      yield piece;
      sweep(piece.length);
    }
  } catch (error: unknown) {
    if (error instanceof GatewayError) throw error;
    throw new BadRequest('The request broke off before its end.', error);
  }
}

/** Before anything is read, where the sender says how much it is. */
function checkLength(req: Request, maxBytes: number | undefined): void {
  if (maxBytes !== undefined && Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
}

function tooLarge(): GatewayError {
  const detail = 'The request is larger than this gateway takes. Send fewer objects at once.';
  return new GatewayError('payload-too-large', { detail });
}

/** Headers that come once, as all that matter here do. */
function plainHeaders(req: Request): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.headers)) if (typeof value === 'string') kept[name] = value;
  return kept;
}
